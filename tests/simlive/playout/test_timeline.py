"""The channel's time under wall clocks that are slewed, set forward and set back."""

from itertools import pairwise

import pytest
from telstar_simlive.playout import Timeline

SECOND = 1_000_000_000
EPOCH = 1_795_000_000 * SECOND


class Clocks:
    """A wall clock and a monotonic clock that are set by hand."""

    def __init__(self) -> None:
        self.wall, self.monotonic = EPOCH, 77 * SECOND
        self.timeline = Timeline(lambda: self.wall, lambda: self.monotonic)

    def passes(self, seconds: float, rate: float = 1.0, step: float = 0.04) -> list[int]:
        """Lets time pass, of which the wall clock tells `rate` times as much; what the timeline told."""
        told = []
        for _ in range(round(seconds / step)):
            self.monotonic += round(step * SECOND)
            self.wall += round(step * rate * SECOND)
            told.append(self.timeline.now())
        return told

    def off(self) -> float:
        """Seconds that the timeline is before the wall clock."""
        return self.timeline.now() / 1000 - self.wall / SECOND


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def test_it_is_the_wall_clock(clocks: Clocks) -> None:
    told = clocks.passes(10)
    assert told == [(EPOCH // 1_000_000) + 40 * count for count in range(1, 251)]
    assert (clocks.timeline.steps, clocks.timeline.ahead) == (0, 0)


@pytest.mark.parametrize("rate", [0.9995, 1.0005])
def test_it_follows_a_clock_that_is_slewed(clocks: Clocks, rate: float) -> None:
    told = clocks.passes(3600, rate, step=1)
    assert abs(clocks.off()) < 0.002
    assert all(999 <= after - before <= 1001 for before, after in pairwise(told))
    assert (clocks.timeline.steps, clocks.timeline.ahead) == (0, 0)


@pytest.mark.parametrize("error", [-0.4, 0.4])
def test_a_small_error_is_worn_away_a_millisecond_a_frame(clocks: Clocks, error: float) -> None:
    clocks.passes(1)
    clocks.wall += round(error * SECOND)
    told = clocks.passes(8)
    assert all(39 <= after - before <= 41 for before, after in pairwise(told))
    assert 0.15 < abs(clocks.off()) < 0.25
    clocks.passes(12)
    assert abs(clocks.off()) < 0.002
    assert (clocks.timeline.steps, clocks.timeline.ahead) == (0, 0)


def test_set_forward_it_jumps_along(clocks: Clocks) -> None:
    clocks.passes(1)
    clocks.wall += 3600 * SECOND
    assert abs(clocks.off()) < 0.002
    moment = clocks.timeline.look()
    assert (moment.jumps, clocks.timeline.steps, clocks.timeline.ahead) == (1, 1, 0)


def test_set_back_it_goes_on_on_its_own_time_until_the_wall_clock_is_there(clocks: Clocks) -> None:
    before = clocks.passes(1)[-1]
    clocks.wall -= 3600 * SECOND
    told = clocks.passes(10)
    assert told == [before + 40 * count for count in range(1, 251)]
    assert abs(clocks.timeline.ahead - 3_600_000) <= 1
    assert clocks.timeline.steps == 1
    clocks.wall += 3600 * SECOND
    assert clocks.passes(1)[-1] == before + 11_000
    assert (clocks.timeline.steps, clocks.timeline.ahead, clocks.timeline.look().jumps) == (2, 0, 0)


def test_set_back_and_then_too_far_forward_it_jumps_to_the_wall_clock(clocks: Clocks) -> None:
    clocks.passes(1)
    clocks.wall -= 60 * SECOND
    clocks.passes(1)
    clocks.wall += 120 * SECOND
    clocks.passes(1)
    assert abs(clocks.off()) < 0.002
    assert (clocks.timeline.steps, clocks.timeline.ahead, clocks.timeline.look().jumps) == (2, 0, 1)


def test_a_process_that_was_stopped_sees_no_step(clocks: Clocks) -> None:
    clocks.passes(1)
    clocks.passes(30, step=30)
    assert abs(clocks.off()) < 0.002
    assert clocks.timeline.steps == 0


def test_time_never_goes_back_whatever_the_clocks_do(clocks: Clocks) -> None:
    told = [clocks.timeline.now()]
    for jump in (0.3, -0.3, -0.6, 0.6, -5, 3, -0.45, 10, -0.49, 0.0):
        clocks.wall += round(jump * SECOND)
        told += clocks.passes(1)
    assert told == sorted(told)
