"""Keys that the operator changes each minute while Chromium plays: live over three changes, then catch-up.

Takes about seven minutes, so it runs in `make test-chaos`. tests/api/test_rotation_in_chromium.py shows the
page's part alone, in one and a half.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page
from support import hls_lint
from support.browser import sign_in
from support.database import sql
from support.kube import Kube
from support.viewer import ADDRESS, Viewer
from support.waiting import wait_until
from support.watching import LicenceRequest, Watching

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CHANGES = 3
PERIOD = timedelta(minutes=1)
# Over so much time after a change players meet the new key: slots appear, and are fetched.
MEETING = timedelta(seconds=10)


@dataclass(frozen=True)
class Change:
    """A segment that is encrypted with another key than the one before it."""

    at: datetime
    kid: str


@dataclass
class Story:
    """A channel whose keys changed while its live stream was watched."""

    channel: str
    began: datetime
    ended: datetime
    changes: list[Change]
    """Those that were watched."""
    key_ids: set[str]
    """What the Channel's status said meanwhile."""
    licences: list[LicenceRequest]
    announced: dict[str, datetime]
    stalls: list[dict[str, object]]
    refusals: list[str]


def programme(kube: Kube, channel: str, start: datetime, end: datetime) -> str:
    identity = str(uuid.uuid4())
    sql(
        kube,
        "INSERT INTO schedule_entries (id, channel, title, starts_at, ends_at) "
        f"VALUES ('{identity}', '{channel}', 'Rotation', '{start}', '{end}')",
    )
    return identity


def changes_of(playlist: str) -> list[Change]:
    """Where keys change; AssertionError where that, or anything else, breaks the timeline."""
    assert hls_lint.check_media(playlist) == []
    segments = hls_lint.read(playlist).segments
    found = []
    for before, segment in pairwise(segments):
        assert before.start is not None and segment.start == before.start + before.duration, (
            f"a gap before {segment.uri}"
        )
        if segment.key != before.key:
            kid = hls_lint.attributes(segment.key or "")["KEYID"].removeprefix("0x")
            found.append(Change(datetime.fromtimestamp(segment.start / 1000, UTC), kid))
    return found


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page for all of it: a viewer stays signed in."""
    context = browser.new_context(base_url=ADDRESS, viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def story(make_module_channel: Callable[..., str], kube: Kube, page: Page) -> Iterator[Story]:
    """Watches live from soon after the channel's start until the third change is seen."""
    channel = make_module_channel(segmentDuration="2s", drm={"rotationPeriod": "1m"})
    began = datetime.now(UTC)
    whole = programme(kube, channel, began, began + timedelta(minutes=30))
    viewer = Viewer("premium@example.com").sign_in()
    session = wait_until("three segments", lambda: playable(viewer, channel, whole), 60, every=1)
    path = f"/api/v1/playback/{session['session_id']}/heartbeat"
    playlist = viewer.tracks(session["manifest_url"])["180p"]

    watching = Watching(page)
    sign_in(page, "premium@example.com")
    page.goto(f"/watch/{channel}?mode=live")
    watching.watch_until(began, 60)
    first = watching.shown() or began
    seen: list[Change] = []
    key_ids: set[str] = set()
    deadline = datetime.now(UTC) + (CHANGES + 1.5) * PERIOD
    while len(seen) < CHANGES and datetime.now(UTC) < deadline:
        page.wait_for_timeout(5_000)
        viewer.http.post(path).raise_for_status()
        seen = [change for change in changes_of(viewer.text(playlist)) if change.at > first]
        key_ids.add((kube.get("channel", channel) or {})["status"]["keyId"])
    assert len(seen) >= CHANGES, f"the key changed {len(seen)} times only since {first}: {seen}"
    watching.watch_until(seen[-1].at + MEETING, 60)
    key_ids.add((kube.get("channel", channel) or {})["status"]["keyId"])
    yield Story(
        channel=channel,
        began=began,
        ended=seen[-1].at + MEETING,
        changes=seen,
        key_ids=key_ids,
        licences=watching.licences(),
        announced=watching.announced,
        stalls=watching.stalls(),
        refusals=watching.statuses,
    )
    sql(kube, f"DELETE FROM schedule_entries WHERE channel = '{channel}'")


def playable(viewer: Viewer, channel: str, whole: str) -> dict[str, str] | None:
    answer = viewer.play(channel, "start-over", whole)
    if answer.status_code != 201:
        return None
    session: dict[str, str] = answer.json()
    return session if len(viewer.segments(viewer.tracks(session["manifest_url"])["180p"])) >= 3 else None


def test_live_does_not_stall_over_three_changes_of_key(story: Story) -> None:
    print(f"\nwatched live over {len(story.changes)} changes of key; licences: {story.licences}")
    assert story.stalls == []
    assert story.refusals == []
    kids = [change.kid for change in story.changes]
    assert len(set(kids)) == len(kids) >= CHANGES
    assert story.key_ids >= set(kids), "status.keyId did not follow"


def test_keys_change_each_minute_at_the_moment_announced(story: Story) -> None:
    for before, change in pairwise(story.changes):
        assert timedelta(seconds=58) <= change.at - before.at <= timedelta(seconds=75)
    for change in story.changes:
        late = change.at - story.announced[change.kid]
        assert timedelta(0) <= late <= timedelta(seconds=2), "at the first slot that begins then or later"


def test_nobody_asks_for_a_licence_at_a_change(story: Story) -> None:
    """Each key was heard of ahead, by a heartbeat, and is there when its first segment is."""
    for change in story.changes:
        at_it = [
            request
            for request in story.licences[1:]
            if change.at - timedelta(seconds=1) <= request.at <= change.at + MEETING
        ]
        assert at_it == []


def test_catching_up_over_all_keys_does_not_stall(story: Story, kube: Kube, page: Page) -> None:
    wait_until("the programme's end", lambda: datetime.now(UTC) > story.ended + timedelta(seconds=4), 60)
    whole = programme(kube, story.channel, story.began, story.ended)
    watching = Watching(page)
    page.goto(f"/watch/{story.channel}?mode=catch-up&programme={whole}")
    watching.watch_until(story.began, 60)
    watching.hurry(2)
    watching.watch_until(story.ended - timedelta(seconds=2), 240)
    assert watching.stalls() == []
    assert watching.statuses == []
    print(f"\ncaught up over {len(story.changes)} changes of key with {len(watching.licences())} licences")
    assert len(watching.licences()) <= len(story.changes), "each licence holds the key after it, too"
