"""Delays that grow, and what they never do."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.api_world import NOON
from telstar_api.limits.decision import Limit, Tried, try_again
from telstar_api.limits.service import Counter

LIMIT = Limit(free=3, first=timedelta(seconds=1), longest=timedelta(seconds=30), memory=timedelta(hours=1))


def test_some_are_free_then_pauses_double_to_their_longest() -> None:
    pauses = [LIMIT.pause(failures).total_seconds() for failures in range(12)]
    assert pauses == [0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]
    assert LIMIT.pause(10**9) == LIMIT.longest


@given(st.lists(st.integers(0, 7200), max_size=60))
def test_whoever_waits_as_told_is_let_through(gaps: list[int]) -> None:
    tried: Tried | None = None
    now = NOON
    for gap in gaps:
        now += timedelta(seconds=gap)
        outcome = try_again(tried, LIMIT, now)
        if isinstance(outcome, timedelta):
            assert timedelta(0) < outcome <= LIMIT.longest
            now += outcome
            outcome = try_again(tried, LIMIT, now)
        assert isinstance(outcome, Tried)
        tried = outcome


@given(st.lists(st.integers(0, 3), min_size=10, max_size=300))
def test_no_rhythm_gets_more_through_than_the_pauses_allow(gaps: list[int]) -> None:
    tried, now, through = None, NOON, 0
    for gap in gaps:
        now += timedelta(seconds=gap)
        outcome = try_again(tried, LIMIT, now)
        if isinstance(outcome, Tried):
            tried, through = outcome, through + 1
    seconds = (now - NOON).total_seconds()
    allowed, at = 0, 0.0
    while at <= seconds:
        allowed += 1
        at += LIMIT.pause(allowed).total_seconds()
        if allowed > len(gaps):
            break
    assert through <= allowed


def test_hammering_makes_nobody_wait_longer() -> None:
    tried = Tried(10, NOON, NOON + timedelta(seconds=30))
    for second in range(30):
        assert try_again(tried, LIMIT, NOON + timedelta(seconds=second)) == timedelta(seconds=30 - second)
    assert isinstance(try_again(tried, LIMIT, NOON + timedelta(seconds=30)), Tried)


def test_what_was_long_ago_is_forgotten() -> None:
    tried = Tried(1000, NOON, NOON + timedelta(days=9))
    outcome = try_again(tried, LIMIT, NOON + LIMIT.memory)
    assert isinstance(outcome, Tried)
    assert outcome.failures == 1


@pytest.mark.parametrize("other", [("a", "bc"), ("ab", "c", ""), ("abc",), ("", "abc"), ("1:a", "bc")])
def test_counters_of_different_things_have_different_keys(other: tuple[str, ...]) -> None:
    assert Counter(("ab", "c"), LIMIT).key != Counter(other, LIMIT).key
