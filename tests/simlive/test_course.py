"""What the supervisor does next, decision by decision."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_simlive.course import (
    DRIFT,
    HUNG,
    OPENING,
    PATIENCE,
    STARTUP,
    STOPPING,
    Action,
    Close,
    Collect,
    End,
    Facts,
    Finish,
    Open,
    RunFacts,
    Start,
    Succeed,
    Wait,
    back_off,
    decide,
    failures_after,
    off_time_after,
)

T = 1795371840_000
IDLE = Facts(now=T + 50, opened=T - 60_000, ready=True)
RUN = RunFacts(start=T - 8000, end=T, segment=4000)
RUNNING = replace(IDLE, runs=(RUN,))
FORMER = replace(RUN, until=T + 4000)
NEXT = RunFacts(start=T + 4000, end=T + 4000, segment=4000)


def running(*runs: RunFacts, **facts: Any) -> Facts:
    return replace(RUNNING, runs=runs, **facts)


@pytest.mark.parametrize(
    ("facts", "action"),
    [
        (IDLE, Start(T + 1000)),
        (replace(IDLE, now=T), Start(T + 1000)),
        (replace(IDLE, now=T + 701), Start(T + 2000)),
        (replace(IDLE, newest_end=T), Start(T + 1000)),
        (replace(IDLE, newest_end=T + 1000), Start(T + 1000)),
        (replace(IDLE, newest_end=T + 1040), Wait(100, "the newest slot's end")),
        (replace(IDLE, newest_end=T + 3_600_000), Wait(100, "the newest slot's end")),
        (replace(IDLE, opened=None), Open()),
        (replace(IDLE, missing="the key", opened=None), Wait(100, "the key")),
        (replace(IDLE, ready=False, opened=T), Wait(100, "the source")),
        (replace(IDLE, ready=False, opened=T + 50 - OPENING), Start(T + 1000)),
        (replace(IDLE, over=True), Wait(100, "nothing: the playlist is at its end")),
        (replace(IDLE, ended=T, failures=1), Start(T + 1000)),
        (replace(IDLE, ended=T, failures=2), Wait(100, "the back-off")),
        (replace(IDLE, ended=T - 1000, failures=2), Start(T + 1000)),
        (replace(IDLE, stopping=T), Finish()),
        (RUNNING, Wait(100, "the next slot")),
        (running(replace(RUN, complete=True)), Collect()),
        (running(RUN, due=T + 4000), Succeed(T + 4000)),
        (running(RUN, opened=None, due=T + 4000), Open()),
        (running(RUN, ready=False, opened=T, due=T + 4000), Wait(100, "the next slot")),
        (running(RUN, ready=False, opened=T - OPENING, due=T + 4000), Succeed(T + 4000)),
        (running(RUN, missing="the key", opened=None), Wait(100, "the next slot")),
        (running(FORMER, NEXT), Wait(100, "the next slot")),
        (running(RUN, stopping=T), Close(T + 4000)),
        (running(RUN, stopping=T, now=T + 3950), Close(T + 8000)),
        (running(FORMER, stopping=T), Wait(100, "the next slot")),
        (running(replace(RUN, copied=True, until=T)), End(0, "it was whole", wished=True)),
        (running(replace(RUN, copied=True, until=T + 4000)), Wait(100, "the next slot")),
        (running(replace(RUN, until=T)), Wait(100, "the next slot")),
        (
            running(replace(RUN, copied=True, exit_code=0, over=True)),
            End(0, "the playlist is at its end", wished=True),
        ),
        (running(replace(RUN, copied=True, exit_code=0)), End(0, "the encoder ended with exit code 0")),
    ],
)
def test_the_next_step_is(facts: Facts, action: Action) -> None:
    assert decide(facts) == action


@pytest.mark.parametrize(
    ("run", "facts", "reason"),
    [
        ({"exit_code": 1}, {}, "the encoder ended with exit code 1"),
        ({"exit_code": -9}, {}, "exit code -9"),
        ({"exit_code": 1}, {"over": True}, "exit code 1"),
        ({"exit_code": 0, "until": T + 4000}, {}, "exit code 0"),
        ({"fault": "torn"}, {}, "cannot be used: torn"),
        ({"off_time": PATIENCE, "lag": 2001}, {}, "2.0 s behind the channel's time"),
        ({"end": T - 13_001}, {}, "no slot was complete for 13."),
        ({"start": T - 24_000, "end": T - 24_000}, {}, "no slot was complete for 24."),
        ({"idle": HUNG + 1}, {}, "has done nothing for 2.5 s"),
        ({"cut": True}, {}, "could not give it all frames"),
    ],
)
def test_a_fault_ends_the_run_and_says_why(run: dict[str, Any], facts: dict[str, Any], reason: str) -> None:
    action = decide(running(replace(RUN, **run), **facts))
    assert isinstance(action, End)
    assert not action.wished
    assert reason in action.reason


@pytest.mark.parametrize(
    ("run", "facts"),
    [
        ({"exit_code": 0, "until": T}, {}),
        ({"exit_code": 255, "until": T}, {}),
        ({"exit_code": 0}, {"over": True}),
        ({}, {"stopping": T, "hurry": True}),
    ],
)
def test_an_end_that_was_wished_is_no_fault(run: dict[str, Any], facts: dict[str, Any]) -> None:
    action = decide(running(replace(RUN, **run), **facts))
    assert isinstance(action, End)
    assert action.wished


def test_a_last_slot_that_does_not_end_is_not_waited_for_for_ever() -> None:
    last = replace(RUN, until=T + 4000)
    told = T - 4000 - STOPPING
    assert decide(running(last, stopping=told + 50)) == Wait(100, "the next slot")
    assert isinstance(decide(running(last, stopping=told + 49)), End)


def test_a_successor_that_has_not_begun_is_not_needed_when_told_to_stop() -> None:
    assert decide(running(FORMER, NEXT, stopping=T)) == End(1, "SimLive is told to stop", wished=True)


def test_a_dead_successor_waits_for_the_slots_before_its_own() -> None:
    dead = replace(NEXT, exit_code=1)
    assert decide(running(FORMER, dead)) == Wait(100, "the next slot")
    whole = replace(FORMER, exit_code=0, end=T + 4000)
    assert decide(running(whole, dead)) == End(0, "it was whole", wished=True)
    assert decide(running(dead)) == End(0, "the encoder ended with exit code 1")


def test_a_hung_successor_is_ended_without_waiting() -> None:
    hung = replace(NEXT, start=T - 4000, end=T - 4000, idle=HUNG + 1)
    action = decide(running(replace(RUN, until=T - 4000), hung))
    assert isinstance(action, End)
    assert action.index == 1


def test_an_encoder_that_waits_for_its_first_frame_does_not_hang() -> None:
    waiting = replace(NEXT, idle=HUNG + 500)
    assert decide(running(FORMER, waiting)) == Wait(100, "the next slot")


def test_a_lag_is_given_time() -> None:
    run = replace(RUN, off_time=PATIENCE - 1, lag=5000)
    assert decide(running(run)) == Wait(100, "the next slot")


def test_a_new_encoder_has_longer_for_its_first_slot() -> None:
    start = T - 3 * 4000 - 1000 - STARTUP + 100
    assert decide(running(RunFacts(start, start, 4000))) == Wait(100, "the next slot")


@given(
    exit_code=st.none() | st.integers(-15, 255),
    stopping=st.none() | st.just(T),
    hurry=st.booleans(),
    over=st.booleans(),
    off_time=st.integers(0, 5),
    idle=st.integers(0, 5000),
    due=st.none() | st.just(T + 4000),
)
def test_a_complete_slot_is_taken_before_anything_else(
    exit_code: int | None,
    stopping: int | None,
    hurry: bool,
    over: bool,
    off_time: int,
    idle: int,
    due: int | None,
) -> None:
    run = replace(RUN, complete=True, exit_code=exit_code, off_time=off_time, idle=idle)
    assert decide(running(run, stopping=stopping, hurry=hurry, over=over, due=due)) == Collect()


@given(now=st.integers(T, T + 10_000), newest=st.none() | st.integers(T - 5000, T + 15_000))
def test_a_run_starts_at_a_whole_second_that_is_about_to_come_and_overlaps_nothing(
    now: int, newest: int | None
) -> None:
    action = decide(replace(IDLE, now=now, newest_end=newest))
    if isinstance(action, Start):
        assert action.start % 1000 == 0
        assert now + 300 <= action.start <= now + 1300
        assert newest is None or action.start >= newest
    else:
        assert isinstance(action, Wait)


def test_the_first_retry_is_at_once_and_the_back_off_doubles_up_to_half_a_minute() -> None:
    assert [back_off(failures) // 1000 for failures in range(9)] == [0, 0, 1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize(
    ("failures", "collected", "wished", "expected"),
    [(0, 0, False, 1), (4, 2, False, 5), (4, 3, False, 0), (4, 0, True, 0)],
)
def test_a_run_that_settled_clears_the_count(
    failures: int, collected: int, wished: bool, expected: int
) -> None:
    assert failures_after(failures, collected, wished) == expected


@pytest.mark.parametrize(
    ("lag", "before", "expected"),
    [
        (0, 0, 0),
        (DRIFT, 9000, 0),
        (-DRIFT, 0, 0),
        (DRIFT + 1, 0, 3),
        (-DRIFT - 1, 0, 3),
        (9000, 9000, 3),
        (8999, 9000, 2),
        (-8999, -9000, 2),
    ],
)
def test_a_slot_off_the_channels_time_counts_unless_it_is_catching_up(
    lag: int, before: int, expected: int
) -> None:
    assert off_time_after(2, lag, before) == expected
