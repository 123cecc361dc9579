"""When a status is written, and what is told of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from telstar_operator.plan.conditions import MESSAGE_LIMIT, all_of, conditions, no, yes
from telstar_operator.plan.status import announcements, worth_writing
from telstar_operator.resources import Channel, ChannelStatus, Condition

GOOD = yes("Streaming", "segments are being published")
BAD = no("CrashLooping", "SimLive ended")


def status(streaming: Any = GOOD, **changes: Any) -> ChannelStatus:
    entry = Condition(
        type="Streaming", status=streaming.status, reason=streaming.reason, message=streaming.message
    )
    return ChannelStatus(conditions=(entry,), **changes)


def test_transition_times_move_only_with_the_status(
    make_channel: Callable[..., Channel], now: datetime
) -> None:
    since = "2026-11-22T18:00:00Z"
    before = [
        {"type": kind, "status": "True", "reason": "Old", "message": "old", "lastTransitionTime": since}
        for kind in ("Streaming", "Ready")
    ]
    channel = make_channel(status={"conditions": before})
    kept = conditions(channel, {"Streaming": GOOD}, now)
    assert [entry.last_transition_time for entry in kept] == [datetime.fromisoformat(since)] * 2
    assert kept[0].reason == "Streaming"
    moved = conditions(channel, {"Streaming": BAD}, now)
    assert [entry.last_transition_time for entry in moved] == [now.replace(microsecond=0)] * 2
    assert all(entry.observed_generation == 3 for entry in moved)


def test_ready_gives_the_first_lack() -> None:
    assert all_of({"KeysReady": GOOD, "Streaming": GOOD}).holds
    lack = all_of({"KeysReady": no("SecretInvalid", "short"), "Streaming": BAD})
    assert (lack.reason, lack.message) == ("SecretInvalid", "KeysReady: short")


def test_long_messages_are_cut(make_channel: Callable[..., Channel], now: datetime) -> None:
    made = conditions(make_channel(), {"Streaming": no("CrashLooping", "x" * 5000)}, now)
    assert [len(entry.message) for entry in made] == [MESSAGE_LIMIT] * 2


@pytest.mark.parametrize(
    ("after", "worth"),
    [
        ({"lastSegmentTime": 59}, False),
        ({"lastSegmentTime": 60}, True),
        ({"storedFrom": 60}, True),
        ({"restarts": 1}, True),
        ({"keyId": "b" * 32}, True),
        ({"observedGeneration": 4}, True),
        ({}, False),
    ],
)
def test_times_alone_are_written_once_a_minute(after: dict[str, Any], worth: bool, now: datetime) -> None:
    before = status(
        last_segment_time=now, stored_from=now, restarts=0, key_id="a" * 32, observed_generation=3
    )
    changes = {
        field: now + timedelta(seconds=value) if field in ("lastSegmentTime", "storedFrom") else value
        for field, value in after.items()
    }
    changed = ChannelStatus.model_validate({**before.model_dump(by_alias=True), **changes})
    assert worth_writing(before, changed) is worth


def test_a_time_that_comes_or_goes_is_written(now: datetime) -> None:
    assert worth_writing(status(), status(last_segment_time=now))
    assert worth_writing(status(stored_from=now), status())
    assert worth_writing(status(), status(BAD))


def test_the_order_of_conditions_is_nothing_to_write() -> None:
    first = Condition(type="A", status="True", reason="R", message="m")
    second = first.model_copy(update={"type": "B"})
    assert not worth_writing(
        ChannelStatus(conditions=(first, second)), ChannelStatus(conditions=(second, first))
    )


STOPPED = no("Stopped", "spec.state is Stopped")
STARTING = no("Starting", "the pod is being made")
OVERDUE = no("StopOverdue", "pod a has not ended")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (STARTING, GOOD, [("Normal", "StreamingBegan")]),
        (GOOD, GOOD, []),
        (GOOD, yes("Streaming", "in other words"), []),
        (GOOD, BAD, [("Warning", "StreamingStopped")]),
        (GOOD, STARTING, [("Warning", "StreamingStopped")]),
        (GOOD, STOPPED, [("Normal", "StreamingStopped")]),
        (STARTING, STOPPED, []),
        (STARTING, BAD, [("Warning", "CrashLooping")]),
        (BAD, BAD, []),
        (BAD, STARTING, []),
        (STOPPED, OVERDUE, [("Warning", "StopOverdue")]),
    ],
)
def test_events_tell_of_steps_not_of_states(before: Any, after: Any, told: list[tuple[str, str]]) -> None:
    found = announcements(status(before), status(after))
    assert [(event.kind, event.reason) for event in found] == told


def test_the_first_lack_of_a_new_channel_is_told() -> None:
    told = announcements(ChannelStatus(), status(no("SecretNotFound", "create it")))
    assert [(event.kind, event.reason, event.note) for event in told] == [
        ("Warning", "SecretNotFound", "create it")
    ]
