"""The running product: a cluster brought up by `make up`, seen through its ingress and kubectl."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import chromium, fresh_page
from support.database import sql
from support.kube import Kube, Resource
from support.viewer import Viewer

expect.set_options(timeout=20_000)  # milliseconds
MakeChannel = Callable[..., str]


@pytest.fixture(scope="session")
def kube() -> Kube:
    """Kubectl in the product's namespace."""
    kube = Kube()
    assert kube.get("deployment", "telstar-api"), "no Telstar in this cluster: run `make up` first"
    return kube


@pytest.fixture
def premium() -> Viewer:
    """Subscribed to everything."""
    return Viewer("premium@example.com").sign_in()


@pytest.fixture
def free() -> Viewer:
    """Signed in, subscribed to nothing."""
    return Viewer("free@example.com").sign_in()


def manifest(name: str, **spec: object) -> Resource:
    """A small, cheap Channel: one 320×180 rendition, slots of two seconds."""
    defaults: Resource = {
        "displayName": f"Test {name}",
        "number": 9000 + int(uuid.uuid4().hex[:4], 16) % 999,
        "source": {"testPattern": {"pattern": "smptehdbars", "toneHz": 440}},
        "renditions": [{"name": "180p", "width": 320, "height": 180, "videoBitrate": "300k"}],
        "segmentDuration": "2s",
        "podTemplate": {"resources": {"requests": {"cpu": "50m"}}},
    }
    return {
        "apiVersion": "telstar.dev/v1alpha1",
        "kind": "Channel",
        "metadata": {"name": name, "namespace": "telstar"},
        "spec": {**defaults, **spec},
    }


@contextmanager
def channels(kube: Kube) -> Iterator[MakeChannel]:
    """Applies small Channels, waits until each is Ready unless told not to, and deletes them at the end."""
    made: list[str] = []

    def make(wait: bool = True, **spec: object) -> str:
        name = f"e2e-{uuid.uuid4().hex[:6]}"
        kube.apply(manifest(name, **spec))
        made.append(name)
        if wait:
            kube.wait_for("channel", name, "Ready")
        return name

    try:
        yield make
    finally:
        for name in made:
            kube.delete("channel", name)


@pytest.fixture
def make_channel(kube: Kube) -> Iterator[MakeChannel]:
    """Channels of one test: a small machine encodes few at a time."""
    with channels(kube) as make:
        yield make


@pytest.fixture(scope="module")
def make_module_channel(kube: Kube) -> Iterator[MakeChannel]:
    """Channels that the tests of a module share."""
    with channels(kube) as make:
        yield make


@pytest.fixture
def schedule(kube: Kube) -> Iterator[Callable[[str, datetime, datetime], str]]:
    """Puts a programme into a channel's schedule and takes it out again; answers its id."""
    made: list[str] = []

    def add(channel: str, start: datetime, end: datetime) -> str:
        programme = str(uuid.uuid4())
        sql(
            kube,
            "INSERT INTO schedule_entries (id, channel, title, starts_at, ends_at) "
            f"VALUES ('{programme}', '{channel}', 'Test programme', '{start}', '{end}')",
        )
        made.append(programme)
        return programme

    yield add
    for programme in made:
        sql(kube, f"DELETE FROM schedule_entries WHERE id = '{programme}'")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page on the product."""
    with fresh_page(browser) as page:
        yield page
