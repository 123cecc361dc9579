"""SourceHealthy, and what else SimLive's own word makes of a channel's conditions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telstar_operator.manifests.config_map import revision
from telstar_operator.plan.conditions import Verdict, all_of
from telstar_operator.plan.facts import NotAsked, Observed, RegistryView, Silent
from telstar_operator.plan.pods import explain
from telstar_operator.plan.simlive import SimLiveStatus, at_least, spoken, telling
from telstar_operator.plan.source import decide_source, presentable
from telstar_operator.plan.status import told_by_simlive
from telstar_operator.plan.streaming import on_air
from telstar_operator.resources import Channel

Make = Callable[..., Channel]
NOW = datetime(2026, 11, 22, 18, 24, tzinfo=UTC)
FEED = "srt://feed:9000"
PLAYLIST = {"source": {"testPattern": None, "playlist": {"items": ["file:///a", "file:///b"]}}}
RUNNING: dict[str, Any] = {
    "metadata": {"name": "simlive-news-1", "uid": "1", "creationTimestamp": "2026-11-22T18:00:00Z"},
    "status": {
        "containerStatuses": [
            {"name": "simlive", "state": {"running": {"startedAt": "2026-11-22T18:00:00Z"}}}
        ]
    },
}


def said(state: str = "preferred", faults: dict[str, str] | None = None, **more: Any) -> SimLiveStatus:
    source = {"state": state, "message": more.pop("message", ""), "faults": faults or {}}
    return SimLiveStatus.model_validate({"channel": "news", "revision": "r", "source": source, **more})


def judged(channel: Channel, simlive: Any, pods: Any = (RUNNING,)) -> Verdict:
    return decide_source(channel, Observed(RegistryView(), pods=pods, simlive=simlive), NOW)


def known(status: str, streaming: str = "True") -> dict[str, Any]:
    """A Channel's status as it was written before."""
    since = {"message": "said before", "lastTransitionTime": "2026-11-22T18:00:00Z"}
    return {
        "conditions": [
            {"type": "SourceHealthy", "status": status, "reason": "Before", **since},
            {"type": "Streaming", "status": streaming, "reason": "Before", **since},
        ]
    }


def silent(seconds: float) -> Silent:
    """Has not answered for so long."""
    return Silent("no route", NOW - timedelta(seconds=seconds))


CASES = [
    ({}, said(message="a test pattern"), ("True", "SourcePlaying"), "a test pattern"),
    (
        {},
        said(faults={FEED: "refused"}),
        ("True", "SourcePlaying"),
        "cannot be played: srt://feed:9000 (refused)",
    ),
    (
        PLAYLIST,
        said(faults={"file:///b": "no such file"}),
        ("True", "ItemsLeftOut"),
        "file:///b (no such file)",
    ),
    ({}, said("backup-1", {FEED: "refused"}), ("False", "OnBackup"), "backup-1 is on the air"),
    ({}, said("backup-2", {FEED: "refused"}), ("False", "OnBackup"), "srt://feed:9000 (refused)"),
    ({}, said("slate", {FEED: "timed out"}), ("False", "NoSignal"), "srt://feed:9000 (timed out)"),
    ({}, said("slate"), ("False", "NoSignal"), "spec.backupSources"),
    (PLAYLIST, said("ended"), ("False", "PlaylistEnded"), "loop"),
    ({}, Silent("it answered 500"), ("Unknown", "NotObserved"), "it answered 500"),
    ({}, NotAsked(), ("Unknown", "NotObserved"), "not begun"),
    ({}, said("slate", revision=None), ("Unknown", "NotObserved"), "not begun"),
    ({"state": "Stopped"}, said(), ("Unknown", "Stopped"), "does not run"),
]


@pytest.mark.parametrize(("spec", "simlive", "verdict", "words"), CASES)
def test_what_is_on_the_air(
    spec: dict[str, Any], simlive: Any, verdict: tuple[str, str], words: str, make_channel: Make
) -> None:
    found = judged(make_channel(spec=spec), simlive)
    assert (found.status, found.reason) == verdict
    assert words in found.message


def test_without_a_running_pod_nobody_can_tell(make_channel: Make) -> None:
    starting = {**RUNNING, "status": {}}
    for pods in ((), (starting,)):
        assert judged(make_channel(), said(), pods).reason == "NotObserved"


READY = {**RUNNING, "status": {**RUNNING["status"], "conditions": [{"type": "Ready", "status": "True"}]}}


@pytest.mark.parametrize(
    ("before", "simlive", "pod", "expected"),
    [
        # an answer or two that are missed while the pod streams: what was said stands, for a minute
        (known("True"), silent(7), READY, "True"),
        (known("True"), silent(59), READY, "True"),
        (known("False"), silent(59), READY, "False"),
        (known("True"), silent(60), READY, "Unknown"),
        (known("True"), Silent("no route"), READY, "Unknown"),
        # a pod that does not stream and says nothing
        (known("True"), silent(7), RUNNING, "Unknown"),
        # nothing was known
        (known("Unknown"), silent(7), READY, "Unknown"),
        ({}, silent(7), READY, "Unknown"),
        # an operator that starts anew while the channel streams does not forget that all was well
        (known("True"), NotAsked(), READY, "True"),
        # a pod that has just begun to stream must say so itself
        (known("True", streaming="False"), NotAsked(), READY, "Unknown"),
        (known("True", streaming="False"), said(revision=None), READY, "Unknown"),
        # what was wrong stands until it is known to be right
        (known("False", streaming="False"), NotAsked(), READY, "False"),
    ],
)
def test_ready_neither_comes_before_simlive_spoke_nor_flaps_when_it_misses_an_answer(
    before: dict[str, Any], simlive: Any, pod: Any, expected: str, make_channel: Make
) -> None:
    assert judged(make_channel(status=before), simlive, (pod,)).status == expected


@pytest.mark.parametrize(
    ("statuses", "ready"),
    [
        ("True True True", ("True", "Ready")),
        ("True True Unknown", ("Unknown", "r2")),
        ("True Unknown False", ("False", "r2")),
        ("Unknown True True", ("Unknown", "r0")),
        ("False True Unknown", ("False", "r0")),
    ],
)
def test_ready_is_all_of_the_others(statuses: str, ready: tuple[str, str]) -> None:
    verdicts = {
        str(place): Verdict(status, f"r{place}", "why")  # type: ignore[arg-type]
        for place, status in enumerate(statuses.split())
    }
    found = all_of(verdicts)
    assert (found.status, found.reason) == ready


@pytest.mark.parametrize("simlive", [NotAsked(), said("slate", revision=None)])
def test_what_was_known_stands_until_simlive_speaks(simlive: Any, make_channel: Make) -> None:
    before = {
        "type": "SourceHealthy", "status": "False", "reason": "NoSignal", "message": "a slate",
        "lastTransitionTime": "2026-11-22T18:00:00Z",
    }  # fmt: skip
    channel = make_channel(status={"conditions": [before]})
    assert judged(channel, simlive) == Verdict("False", "NoSignal", "a slate")


def test_messages_hold_no_password_and_not_a_whole_playlist(make_channel: Make) -> None:
    assert presentable("srt://u:pw@a:1?passphrase=x&y=1, http://b/c?t=1: 404") == "srt://a:1, http://b/c: 404"
    many = {f"file:///{number}": "broken" for number in range(300)}
    message = judged(make_channel(), said("slate", many)).message
    assert "and 295 more" in message
    assert len(message) < 600


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ({}, "Streaming"),
        ({"revision": None}, "Streaming"),
        ({"revision": "former"}, "Updating"),
        ({"volume": {"short": True}}, "VolumeShort"),
        ({"volume": {"late_seconds": 8.0}}, "Streaming"),
        ({"volume": {"late_seconds": 11.0}}, "VolumeSlow"),
        ({"clock": {"ahead_seconds": 4.0}}, "Streaming"),
        ({"clock": {"ahead_seconds": 90.0}}, "ClockSetBack"),
        ({"clock": {"off_seconds": 29.0}}, "Streaming"),
        ({"clock": {"off_seconds": 86400.0 * 30}}, "ClockDiffers"),
        ({"clock": {"off_seconds": -3600.0}}, "ClockDiffers"),
        ({"clock": {"off_seconds": None}}, "Streaming"),
    ],
)
def test_a_difficulty_is_told_while_the_channel_streams(
    word: dict[str, Any], reason: str, make_channel: Make
) -> None:
    channel = make_channel()
    found = on_air(channel, said(**{"revision": revision(channel), **word}))
    assert (found.status, found.reason) == ("True", reason)


def test_a_silent_simlive_with_a_ready_pod_streams(make_channel: Make) -> None:
    assert on_air(make_channel(), None).reason == "Streaming"


def test_why_nothing_is_published_is_told_in_simlives_words(now: datetime) -> None:
    word = said(waiting_for="the channel's folder", log=["[info] x", "[error] no space left"])
    message = explain({"metadata": {}}, (RUNNING,), now, word).message
    assert "it waits for the channel's folder" in message
    assert "last words: [error] no space left" in message
    assert explain({"metadata": {}}, (RUNNING,), now, said("ended")).reason == "PlaylistEnded"


def test_what_left_no_trace_in_conditions_is_told_once() -> None:
    calm, stepped = said(), said(clock={"steps": 1})
    restarted = said(clock={"steps": 1}, restarts=2, log=["[error] segfault"])
    assert told_by_simlive(None, stepped) == told_by_simlive(calm, calm) == ()
    assert [event.reason for event in told_by_simlive(calm, stepped)] == ["ClockSet"]
    (event,) = told_by_simlive(stepped, restarted)
    assert (event.kind, event.reason) == ("Warning", "EncoderRestarted")
    assert "segfault" in event.note
    assert told_by_simlive(restarted, calm) == ()


def test_amounts_are_told_in_steps() -> None:
    assert [at_least(seconds) for seconds in (0, 4.9, 5, 61.5, 1e9)] == [0, 0, 5, 60, 86400]
    assert [spoken(seconds) for seconds in (5, 60, 900, 3600, 86400)] == [
        "5 s",
        "1 min",
        "15 min",
        "1 h",
        "24 h",
    ]


def test_a_word_that_changes_only_in_times_makes_no_difference() -> None:
    one = said(last_segment_time="2026-11-22T18:00:00Z", clock={"ahead_seconds": 1.0}, log=["a"])
    other = said(last_segment_time="2026-11-22T18:00:04Z", clock={"ahead_seconds": 2.0}, log=["b"])
    assert telling(one) == telling(other)
    assert telling(one) != telling(said("slate"))
    drifting = [telling(said(clock={"off_seconds": seconds})) for seconds in (0.2, 12.0, 31.0, -31.0, 61.0)]
    assert drifting[0] == drifting[1] != drifting[2] == drifting[3] != drifting[4]
