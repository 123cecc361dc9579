"""A cluster that `make up` brought up, a channel on the air, and a table of what each fault cost."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from chaos.air import Air
from chaos.figures import Budget, Figures, table, write
from chaos.watch import LOOK_BACK
from playwright.sync_api import Page
from support.browser import chromium, fresh_page
from support.kube import Kube, Resource
from support.viewer import Viewer

RESULTS = Path(__file__).parents[2] / "test-results"
FIGURES = pytest.StashKey[Figures]()
DEMO = ("testcard", "cinema", "news")
PREFER_THE_SECOND_NODE = {
    "nodeAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {
                "weight": 100,
                "preference": {
                    "matchExpressions": [
                        {"key": "node-role.kubernetes.io/control-plane", "operator": "DoesNotExist"}
                    ]
                },
            }
        ]
    }
}
Note = Callable[[Budget, float], None]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = Figures()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is seen afterwards comes last: it plays over all faults."""
    items.sort(key=lambda item: "test_afterwards" in item.nodeid)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Prints the table, and writes it."""
    measured = config.stash[FIGURES].measured
    if not measured:
        return
    terminalreporter.section("what each fault cost")
    for line in table(measured):
        terminalreporter.write_line(line)
    for path in write(measured, RESULTS):
        terminalreporter.write_line(f"written to {path.relative_to(RESULTS.parent)}")


@pytest.fixture(scope="session")
def note(request: pytest.FixtureRequest) -> Note:
    """Keeps a figure for the table; fails where it is over its budget."""
    return request.config.stash[FIGURES].note


@pytest.fixture(scope="session")
def kube() -> Kube:
    """Kubectl in the product's namespace."""
    kube = Kube()
    assert kube.get("deployment", "telstar-api"), "no Telstar in this cluster: run `make up` first"
    assert len(kube.list("nodes")) > 1, "one node only: `make down` and `make up` make two"
    return kube


@pytest.fixture(scope="session", autouse=True)
def _demo_rests(kube: Kube) -> Iterator[None]:
    """Faults are timed: the demo's channels leave the machine to the test's own."""
    running = [
        name for name in DEMO if (kube.get("channel", name) or {}).get("spec", {}).get("state") == "Running"
    ]
    for name in running:
        set_state(kube, name, "Stopped")
    yield
    for name in running:
        set_state(kube, name, "Running")


def set_state(kube: Kube, channel: str, state: str) -> None:
    """Stop or start a channel."""
    kube.run("patch", "channel", channel, "--type=merge", f'--patch={{"spec":{{"state":"{state}"}}}}')


@pytest.fixture
def premium() -> Viewer:
    """Subscribed to everything."""
    return Viewer("premium@example.com").sign_in()


def manifest(name: str, **spec: object) -> Resource:
    """A Channel with one small rendition and slots of two seconds, preferably on the second node."""
    defaults: Resource = {
        "displayName": f"Chaos {name}",
        "number": 8000 + int(uuid.uuid4().hex[:4], 16) % 999,
        "source": {"testPattern": {"pattern": "smptehdbars", "toneHz": 440}},
        "renditions": [{"name": "360p", "width": 640, "height": 360, "videoBitrate": "400k"}],
        "segmentDuration": "2s",
        "podTemplate": {
            "resources": {"requests": {"cpu": "50m"}},
            "affinity": PREFER_THE_SECOND_NODE,
        },
    }
    return {
        "apiVersion": "telstar.dev/v1alpha1",
        "kind": "Channel",
        "metadata": {"name": name, "namespace": "telstar"},
        "spec": {**defaults, **spec},
    }


@contextmanager
def on_the_air(kube: Kube, **spec: object) -> Iterator[Air]:
    """A channel of its own, a few slots on the air; deleted at the end."""
    air = Air(kube, f"chaos-{uuid.uuid4().hex[:6]}")
    kube.apply(manifest(air.name, **spec))
    try:
        kube.wait_for("channel", air.name, "Ready")
        air.await_slots(LOOK_BACK + 1, None, 60)
        yield air
    finally:
        kube.delete("channel", air.name)


@pytest.fixture(scope="session")
def shared(kube: Kube) -> Iterator[Air]:
    """The channel that goes through one fault after another."""
    with on_the_air(kube) as air:
        yield air


@pytest.fixture
def air(shared: Air, kube: Kube) -> Air:
    """The shared channel, recovered from the fault before."""
    kube.wait_for("channel", shared.name, "Ready")
    shared.await_slots(4, shared.slots()[-1], 60)
    return shared


@pytest.fixture
def page() -> Iterator[Page]:
    """A fresh page on the product."""
    with chromium() as browser, fresh_page(browser) as page:
        yield page
