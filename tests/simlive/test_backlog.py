"""Slots that wait for the volume."""

from hypothesis import given
from hypothesis import strategies as st
from telstar_simlive.backlog import LONGEST, Waiting, overflow, run_of_slot
from telstar_simlive.journal import Slot, TrackPart

T = 1795371840_000
LAST = Slot(9, 3, T, 4000, {"audio": TrackPart(4000, 1)})
waiting = st.lists(st.builds(Waiting, st.integers(500, 10_000), st.integers(1, 10_000)), max_size=100)


@given(slots=waiting, limit=st.integers(1, 300_000))
def test_no_more_is_given_up_than_must_be(slots: list[Waiting], limit: int) -> None:
    def fits(kept: list[Waiting]) -> bool:
        return sum(one.duration for one in kept) <= LONGEST and sum(one.size for one in kept) <= limit

    lost = overflow(slots, limit)
    assert fits(slots[lost:]) or lost == len(slots) - 1
    assert lost == 0 or not fits(slots[lost - 1 :])


def test_a_run_keeps_its_number_as_long_as_its_slots_follow_each_other() -> None:
    assert run_of_slot(3, T + 4000, LAST) == 3
    assert run_of_slot(None, T + 4000, LAST) == 4


def test_what_comes_after_slots_that_were_lost_is_a_run_of_its_own() -> None:
    assert run_of_slot(3, T + 8000, LAST) == 4


def test_a_run_of_which_nothing_was_stored_takes_no_number() -> None:
    assert run_of_slot(None, T, None) == 1
    assert run_of_slot(None, T + 60_000, LAST) == 4
