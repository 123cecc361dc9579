"""What the supervisor does next, decision by decision."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_simlive.course import (
    DRIFT,
    PATIENCE,
    STARTUP,
    Action,
    End,
    Facts,
    Finish,
    OpenSource,
    Publish,
    RunFacts,
    SourceState,
    Start,
    Wait,
    back_off,
    decide,
    failures_after,
    off_time_after,
)

T = 1795371840_000
IDLE = Facts(now=T + 50, segment=4000, source=SourceState.READY)
RUNNING = replace(IDLE, run=RunFacts(start=T - 8000, end=T))


@pytest.mark.parametrize(
    ("facts", "action"),
    [
        (IDLE, Start(T)),
        (replace(IDLE, now=T), Start(T)),
        (replace(IDLE, newest_end=T), Start(T)),
        (replace(IDLE, now=T - 1), Wait(1, "the next whole second")),
        (replace(IDLE, now=T + 700), Wait(100, "the next whole second")),
        (replace(IDLE, newest_end=T + 40), Wait(40, "the wall clock to pass the newest slot's end")),
        (replace(IDLE, newest_end=T + 3_600_000), Wait(100, "the wall clock to pass the newest slot's end")),
        (replace(IDLE, source=SourceState.CLOSED), OpenSource()),
        (replace(IDLE, source=SourceState.FAILED), OpenSource()),
        (replace(IDLE, source=SourceState.OPENING), Wait(100, "the source")),
        (replace(IDLE, source=SourceState.FINISHED), Wait(100, "nothing: the playlist is at its end")),
        (replace(IDLE, ended=T, failures=0), Start(T)),
        (replace(IDLE, ended=T, failures=1), Wait(100, "the back-off")),
        (replace(IDLE, ended=T - 1000, failures=1), Start(T)),
        (replace(IDLE, ended=T + 90_000, failures=1), Start(T)),  # the clock was set back
        (replace(IDLE, stopping=True), Finish()),
        (RUNNING, Wait(100, "the next slot")),
    ],
)
def test_the_next_step_is(facts: Facts, action: Action) -> None:
    assert decide(facts) == action


@pytest.mark.parametrize(
    ("run", "facts", "reason"),
    [
        ({"exit_code": 1}, {}, "the encoder ended with exit code 1"),
        ({"exit_code": -9}, {}, "exit code -9"),
        (
            {"exit_code": 0},
            {"source": SourceState.FAILED, "source_message": "gone"},
            "the source failed: gone",
        ),
        ({}, {"source": SourceState.FAILED, "source_message": "gone"}, "the source failed: gone"),
        ({"fault": "torn"}, {}, "could not be published: torn"),
        ({"off_time": PATIENCE, "lag": 2001}, {}, "2.0 s behind the wall clock"),
        ({"end": T - 13_001}, {}, "no slot was complete for 13."),
        ({"start": T - 24_000, "end": T - 24_000}, {}, "no slot was complete for 24."),
    ],
)
def test_a_fault_ends_the_run_and_says_why(
    run: dict[str, int], facts: dict[str, object], reason: str
) -> None:
    assert RUNNING.run
    action = decide(replace(RUNNING, run=replace(RUNNING.run, **run), **facts))
    assert isinstance(action, End)
    assert not action.wished
    assert reason in action.reason


@pytest.mark.parametrize("run", [{}, {"exit_code": 255}, {"fault": "torn"}, {"off_time": PATIENCE}])
def test_to_stop_is_no_fault(run: dict[str, int]) -> None:
    assert RUNNING.run
    action = decide(replace(RUNNING, run=replace(RUNNING.run, **run), stopping=True))
    assert isinstance(action, End)
    assert action.wished


def test_the_end_of_the_playlist_is_no_fault() -> None:
    facts = replace(RUNNING, source=SourceState.FINISHED, run=RunFacts(T - 8000, T, exit_code=0))
    assert decide(facts) == End("the playlist is at its end", wished=True)


def test_a_lag_is_given_time() -> None:
    run = RunFacts(T - 8000, T, off_time=PATIENCE - 1, lag=5000)
    assert decide(replace(RUNNING, run=run)) == Wait(100, "the next slot")


def test_a_new_encoder_has_longer_for_its_first_slot() -> None:
    start = T - 3 * 4000 - 1000 - STARTUP + 100
    assert decide(replace(RUNNING, run=RunFacts(start, start))) == Wait(100, "the next slot")


@given(
    exit_code=st.none() | st.integers(-15, 255),
    stopping=st.booleans(),
    source=st.sampled_from(SourceState),
    off_time=st.integers(0, 5),
)
def test_a_complete_slot_is_published_before_anything_else(
    exit_code: int | None, stopping: bool, source: SourceState, off_time: int
) -> None:
    run = RunFacts(T - 8000, T, complete=True, exit_code=exit_code, off_time=off_time)
    assert decide(replace(RUNNING, run=run, stopping=stopping, source=source)) == Publish()


@given(now=st.integers(T, T + 10_000), newest=st.none() | st.integers(T - 5000, T + 15_000))
def test_a_run_starts_at_a_whole_second_that_has_just_come_and_overlaps_nothing(
    now: int, newest: int | None
) -> None:
    action = decide(replace(IDLE, now=now, newest_end=newest))
    if isinstance(action, Start):
        assert action.start % 1000 == 0
        assert action.start <= now < action.start + 1000
        assert newest is None or action.start >= newest
    else:
        assert isinstance(action, Wait)
        assert 0 < action.duration <= 100


def test_the_back_off_doubles_up_to_half_a_minute() -> None:
    assert [back_off(failures) // 1000 for failures in range(8)] == [0, 1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize(
    ("failures", "published", "wished", "expected"),
    [(0, 0, False, 1), (4, 2, False, 5), (4, 3, False, 0), (4, 0, True, 0)],
)
def test_a_run_that_settled_clears_the_count(
    failures: int, published: int, wished: bool, expected: int
) -> None:
    assert failures_after(failures, published, wished) == expected


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
def test_a_slot_off_the_wall_clock_counts_unless_it_is_catching_up(
    lag: int, before: int, expected: int
) -> None:
    assert off_time_after(2, lag, before) == expected
