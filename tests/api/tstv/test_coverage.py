"""What is stored of a stretch of time, against counting milliseconds one by one."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from telstar_api.tstv.coverage import Coverage
from telstar_simlive.journal import Slot, TrackPart

gaps_and_lengths = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=12)


@given(gaps_and_lengths, st.integers(0, 12), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_fraction_is_what_counting_gives(
    past: list[tuple[int, int]], cut: int, start: int, end: int, kept_from: int
) -> None:
    slots, clock = [], 0
    for sequence, (gap, length) in enumerate(past, 1):
        slots.append(Slot(sequence, 1, clock + gap, length, {"a": TrackPart(length, 1)}))
        clock += gap + length
    coverage = Coverage()
    coverage.extend(slots[:cut])
    coverage.extend(slots[cut:])
    stored = {moment for slot in slots for moment in range(slot.start, slot.end) if moment >= kept_from}
    wanted = range(start, end)
    expected = len(stored & set(wanted)) / len(wanted) if wanted else 0.0
    assert coverage.fraction(start, end, kept_from) == expected
    gaps = coverage.gaps(start, end, kept_from)
    assert {moment for first, last in gaps for moment in range(first, last)} == set(wanted) - stored
    assert all(last < first for (_, last), (first, _) in pairwise(gaps))
    assert coverage.end == max((slot.end for slot in slots), default=0)
