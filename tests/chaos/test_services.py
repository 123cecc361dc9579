"""The API or its database is away: who watches goes on watching, who is new waits and is told why."""

import time
import uuid
from collections.abc import Callable

import pytest
from chaos.air import VIDEO, Air
from chaos.conftest import manifest as channel_manifest
from chaos.figures import Budget
from chaos.watch import manifest, watching
from support.kube import Kube
from support.viewer import Viewer
from support.waiting import wait_until

API_BACK = Budget("API back", "a waiting channel Ready after", 30, "s")
DATABASE_BACK = Budget("Postgres back", "a waiting channel Ready after", 45, "s")
LIVE_BACK = Budget("API back", "live playlist moves on after", 10, "s")
DATABASE_LIVE_BACK = Budget("Postgres back", "live playlist moves on after", 30, "s")
KEPT = 10
"""Seconds for which a playlist is served from the edge's cache without the API; it promises 15."""
SLOTS = 8
"""How many slots are stored at least while it is away."""


@pytest.mark.parametrize(
    ("kind", "name", "ready", "live"),
    [
        ("deployment", "telstar-api", API_BACK, LIVE_BACK),
        ("statefulset", "telstar-postgres", DATABASE_BACK, DATABASE_LIVE_BACK),
    ],
    ids=["api", "postgres"],
)
def test_channels_stream_on_and_a_new_one_waits(
    air: Air,
    kube: Kube,
    premium: Viewer,
    note: Callable[[Budget, float], None],
    kind: str,
    name: str,
    ready: Budget,
    live: Budget,
) -> None:
    new = f"chaos-{uuid.uuid4().hex[:6]}"
    try:
        with watching(air, premium) as watch:
            uri = premium.tracks(manifest(premium, air.name, "live"))[VIDEO]
            premium.text(uri)
            with kube.away(name, kind):
                last = air.slots()[-1]
                assert_segments_are_served(air, premium)
                kube.apply(channel_manifest(new))
                assert_it_waits(kube, new)
                during = air.await_slots(SLOTS, last, 60)
                assert kube.condition("channel", air.name, "Streaming") == "True"
            back = time.monotonic()
            wait_until("the live playlist to move on", lambda: lists(premium, uri, during[-1].sequence), 90)
            note(live, time.monotonic() - back)
            kube.wait_for("channel", new, "Ready")
            note(ready, time.monotonic() - back)
            assert watch.gap(watch.hold()) == 0, "the channel itself was disturbed"
    finally:
        kube.delete("channel", new)


def assert_segments_are_served(air: Air, viewer: Viewer) -> None:
    """The edge needs nobody for what is stored."""
    for slot in air.slots()[-3:]:
        answer = viewer.http.head(f"/hls/{air.name}/{slot.path(VIDEO)}")
        assert answer.status_code == 200, slot


def assert_it_waits(kube: Kube, channel: str) -> None:
    """A new channel says that it waits for the API: no key is used that the API does not have."""
    kube.wait_for("channel", channel, "Ready", status="False", seconds=60)
    found = kube.get("channel", channel)
    assert found
    ready = next(entry for entry in found["status"]["conditions"] if entry["type"] == "Ready")
    assert ready["reason"] == "RegistryUnavailable", ready
    assert not kube.list("pods", f"telstar.dev/channel={channel}")


def lists(viewer: Viewer, uri: str, sequence: int) -> bool:
    """Whether a playlist is there and lists a slot."""
    answer = viewer.http.get(uri)
    return answer.status_code == 200 and f"-{sequence:07}.m4s" in answer.text


def test_a_playlist_outlives_the_api_for_a_while(air: Air, kube: Kube, premium: Viewer) -> None:
    """The edge keeps who watches going over a short absence, such as an API that is being replaced."""
    uri = premium.tracks(manifest(premium, air.name, "live"))[VIDEO]
    premium.text(uri)
    pod = kube.pod("app.kubernetes.io/name=telstar,app.kubernetes.io/component=api")
    kube.run("delete", "pod", pod, "--grace-period=0", "--force", "--wait=false")
    until = time.monotonic() + KEPT
    while time.monotonic() < until:
        answer = premium.http.get(uri)
        assert answer.status_code == 200, answer.text
        time.sleep(0.5)
    kube.pod("app.kubernetes.io/name=telstar,app.kubernetes.io/component=api")
