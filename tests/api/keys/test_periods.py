"""Key periods: against a deliberately naive reading of the same rules."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from telstar_api.keys.periods import Period, covering, in_force, periods

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# Few moments and few KIDs, so that some come together.
moments = st.integers(-3, 12).map(lambda minutes: START + timedelta(minutes=minutes))
channels = st.dictionaries(st.integers(0, 9).map(lambda number: f"{number:032x}"), moments, max_size=8)


def newest(keys: dict[str, datetime], at: datetime) -> str | None:
    """The KID in force: of those that have come into force, the one that did so last."""
    begun = [(start, kid) for kid, start in keys.items() if start <= at]
    return max(begun)[1] if begun else None


@given(channels, moments)
def test_in_force_is_the_key_that_came_into_force_last(keys: dict[str, datetime], at: datetime) -> None:
    found = in_force(periods(keys.items()), at)
    assert (found.kid if found else None) == newest(keys, at)


@given(channels)
def test_periods_are_in_order_without_gap_or_overlap_and_counted_from_one(keys: dict[str, datetime]) -> None:
    found = periods(keys.items())
    assert [each.index for each in found] == list(range(1, len(keys) + 1))
    assert [(each.start, each.kid) for each in found] == sorted((start, kid) for kid, start in keys.items())
    assert all(before.end == after.start for before, after in itertools.pairwise(found))
    assert all(each.end is None for each in found[-1:])
    assert {each.kid: each.start for each in found} == keys


@given(channels, moments, moments)
def test_a_window_is_covered_by_the_keys_in_force_at_any_of_its_moments(
    keys: dict[str, datetime], start: datetime, end: datetime
) -> None:
    found = [each.kid for each in covering(periods(keys.items()), start, end)]
    # Keys change on whole minutes here, so that every minute stands for all moments until the next.
    minutes = int((end - start) / timedelta(minutes=1))
    expected = [newest(keys, start + timedelta(minutes=minute)) for minute in range(minutes)]
    assert found == list(dict.fromkeys(kid for kid in expected if kid))


@given(channels, moments)
def test_a_moment_as_a_window_is_covered_by_the_key_in_force(keys: dict[str, datetime], at: datetime) -> None:
    found = periods(keys.items())
    present = in_force(found, at)
    assert covering(found, at, at + timedelta.resolution) == ((present,) if present else ())
    assert covering(found, at, at) == ()


@given(channels, st.integers(13, 20))
def test_a_later_key_changes_no_index_and_ends_only_the_last_period(
    keys: dict[str, datetime], minutes: int
) -> None:
    before = periods(keys.items())
    start = START + timedelta(minutes=minutes)
    after = periods([*keys.items(), ("f" * 32, start)])
    assert after[:-2] == before[:-1]
    assert after[-1] == Period(len(keys) + 1, "f" * 32, start, None)
    assert [each.end for each in after[-2:-1]] == [start for _ in before[-1:]]


def test_keys_of_one_moment_leave_all_but_the_last_without_a_period() -> None:
    first, second = periods([("b" * 32, START), ("a" * 32, START)])
    assert (first.kid, first.empty, second.kid, second.empty) == ("a" * 32, True, "b" * 32, False)
    assert in_force((first, second), START) == second
    assert covering((first, second), START - timedelta(days=1), START + timedelta(days=1)) == (second,)
