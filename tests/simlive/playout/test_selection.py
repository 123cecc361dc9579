"""Which source is on the air, as a table."""

from dataclasses import replace

import pytest
from telstar_simlive.playout.selection import (
    FALLS_REMEMBERED,
    STEADY_AT_MOST,
    Candidate,
    OnAir,
    all_ended,
    choose,
    recent,
    retry_delay,
    state_of,
    steady_for,
    to_be_open,
)

NOW = 1000.0
COLD = Candidate()
NEW = Candidate(open_since=NOW - 0.5)
TRIED = Candidate(open_since=NOW - 60)
REFUSED = Candidate(open_since=NOW - 0.5, failed=True)
ENDED = Candidate(open_since=NOW - 60, ended=True)
BEGUN = 500.0


def ready(seconds: float) -> Candidate:
    """Gives frames for so long."""
    return Candidate(open_since=NOW - seconds - 1, ready_since=NOW - seconds)


def flapping(falls: int, seconds: float) -> Candidate:
    """Failed so often on the air, and gives frames for so long."""
    return replace(ready(seconds), falls=falls)


def on(place: int | None, starved: float | None = None, since: float = 100, **more: bool) -> OnAir:
    """On the air for so many seconds, without a frame for `starved`."""
    return OnAir(place, NOW - since, None if starved is None else NOW - starved, begun=True, **more)


START = OnAir(None, NOW - 0.5)


@pytest.mark.parametrize(
    ("candidates", "on_air", "expected"),
    [
        # the beginning: the first to be ready, at once
        ([NEW], START, None),
        ([ready(0)], START, 0),
        ([TRIED, ready(0)], START, 1),
        ([ready(0), ready(9)], START, 0),
        # the source on the air stays, also while it gives nothing for a moment
        ([ready(50)], on(0), 0),
        ([TRIED], on(0, starved=0.5), 0),
        ([TRIED, ready(9)], on(0, starved=0.7), 0),
        # then the next that is ready, else the slate
        ([TRIED, ready(0.1)], on(0, starved=0.81), 1),
        ([TRIED, NEW], on(0, starved=0.81), None),
        ([TRIED, NEW, ready(5)], on(0, starved=0.81), 2),
        ([TRIED], on(0, starved=5), None),
        # one that has its frames, but does not give them, is not taken again at once
        ([ready(9)], on(0, starved=0.81), None),
        # one that has ended is not waited for
        ([ENDED, ready(0.1)], on(0, starved=0.0), 1),
        ([ENDED, NEW], on(0, starved=0.0), None),
        ([ENDED, ready(2)], on(0), 0),
        # from the slate: steady for a second
        ([ready(0.9)], on(None), None),
        ([ready(1.0)], on(None), 0),
        ([ready(0.9), ready(1.5)], on(None), 1),
        # back to a better one: steady for three seconds
        ([ready(2.9), ready(60)], on(1), 1),
        ([ready(3.0), ready(60)], on(1), 0),
        ([TRIED, ready(3.0), ready(60)], on(2), 1),
        ([ready(3.0), ready(3.0), ready(60)], on(2), 0),
        # one that failed often of late must be steady for longer, but not when there is nothing better
        ([flapping(2, 3.0), ready(60)], on(1), 0),
        ([flapping(3, 5.9), ready(60)], on(1), 1),
        ([flapping(3, 6.0), ready(60)], on(1), 0),
        ([flapping(99, 59.9), ready(60)], on(1), 1),
        ([flapping(99, 60.0), ready(60)], on(1), 0),
        ([flapping(99, 1.0)], on(None), 0),
        ([flapping(99, 0.1), ready(60)], on(1, starved=0.81), 0),
        ([flapping(99, 4.0), flapping(2, 4.0), ready(60)], on(2), 1),
        # never to a worse one while this one gives frames
        ([ready(5), ready(60)], on(0), 0),
        # a source of before gives way at once; but not to a backup while the preferred may still come
        ([NEW, ready(5)], on(1, leaving=True), 1),
        ([ready(0), ready(5)], on(1, leaving=True), 0),
        ([NEW, ready(0), ready(5)], on(2, leaving=True), 2),
        ([TRIED, ready(0), ready(5)], on(2, leaving=True), 1),
        ([REFUSED, ready(0), ready(5)], on(2, leaving=True), 1),
        ([ENDED, ready(0), ready(5)], on(2, leaving=True), 1),
        # no sources at all
        ([], START, None),
    ],
)
def test_what_is_on_the_air(candidates: list[Candidate], on_air: OnAir, expected: int | None) -> None:
    assert choose(candidates, on_air, NOW) == expected


@pytest.mark.parametrize(
    ("candidates", "on_air", "expected"),
    [
        ([COLD, COLD], START, {0}),
        ([NEW, COLD], START, {0}),
        ([TRIED, COLD, COLD], START, {0, 1}),
        ([REFUSED, COLD, COLD], START, {0, 1}),
        ([REFUSED, REFUSED, COLD], START, {0, 1, 2}),
        ([TRIED, NEW, COLD], on(None), {0, 1}),
        ([TRIED, TRIED, COLD], on(None), {0, 1, 2}),
        ([ready(50), COLD], on(0), {0}),
        ([ready(50), COLD], on(0, starved=0.2), {0}),
        ([ready(50), COLD], on(0, starved=0.31), {0, 1}),
        ([TRIED, ready(9), COLD], on(1), {0, 1}),
        ([TRIED, TRIED, COLD], on(1, starved=0.31), {0, 1, 2}),
        ([ready(2), ready(9), COLD], on(1), {0, 1}),
        # a backup that was left stays warm for a while
        ([ready(9), ready(60)], on(0, since=5), {0, 1}),
        ([ready(9), ready(60)], on(0, since=10), {0}),
        # what has ended is closed once its last frame is given
        ([ENDED, ready(5)], on(1), {1}),
        ([ENDED, COLD], on(0, starved=0.0), {0, 1}),
        ([ENDED, COLD], on(None), {1}),
        ([], START, set()),
    ],
)
def test_which_sources_are_open(candidates: list[Candidate], on_air: OnAir, expected: set[int]) -> None:
    assert to_be_open(candidates, on_air, NOW) == expected


@pytest.mark.parametrize(
    ("candidates", "on_air", "expected"),
    [
        ([ENDED], on(0, starved=0.0), True),
        ([ENDED], on(0), False),
        ([ENDED], on(None), True),
        ([ENDED, COLD], on(None), False),
        ([ENDED, ENDED], on(1, starved=0.0), True),
        ([], START, False),
    ],
)
def test_the_programme_ends_with_the_last_source(
    candidates: list[Candidate], on_air: OnAir, expected: bool
) -> None:
    assert all_ended(candidates, on_air) is expected


def test_what_is_on_the_air_in_a_word() -> None:
    states = [state_of(on_air) for on_air in (on(0), on(1), on(3), on(None), on(1, leaving=True))]
    assert states == ["preferred", "backup-1", "backup-3", "slate", "preferred"]


def test_a_flapping_source_waits_longer_each_time_up_to_a_minute_and_is_forgiven() -> None:
    assert [steady_for(falls) for falls in range(9)] == [3, 3, 3, 6, 12, 24, 48, 60, 60]
    assert steady_for(10_000) == STEADY_AT_MOST
    falls = (NOW - FALLS_REMEMBERED, NOW - FALLS_REMEMBERED + 1, NOW)
    assert recent(falls, NOW) == falls[1:]


def test_attempts_become_rarer_up_to_a_limit() -> None:
    assert [retry_delay(failures, 30) for failures in range(9)] == [0, 0, 1, 2, 4, 8, 16, 30, 30]
    assert [retry_delay(failures, 5) for failures in (4, 5, 5000)] == [4, 5, 5]
