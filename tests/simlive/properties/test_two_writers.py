"""Two writers of one channel where no lock reaches: wherever one falls asleep, the last to claim wins."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.station import KIDS, SEGMENT, Station, assert_sound, listed, memory_folder, records
from telstar_simlive.journal import FencedError

MIDNIGHT = 1795305600_000


@pytest.fixture
def place() -> Iterator[Path]:
    with memory_folder() as folder:
        yield folder


def assert_one_record_each(folder: Path) -> None:
    counted = Counter(slot.sequence for slot in records(folder))
    assert [sequence for sequence, count in counted.items() if count > 1] == []
    assert_sound(folder)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["claim", "publish"])), max_size=15))
def test_whoever_claimed_last_writes_and_nobody_else(steps: list[tuple[int, str]]) -> None:
    with memory_folder() as place:
        writers = [Station(place / "news", place / f"spool-{number}") for number in range(3)]
        present: int | None = None
        started: set[int] = set()
        for who, what in steps:
            if what == "claim":
                writers[who].claim()
                started.add(who)
                present = who
            elif who in started:
                before = listed(place / "news")
                if who == present:
                    slot = writers[who].publish(MIDNIGHT)
                    assert listed(place / "news") == [*before, slot]
                else:
                    with pytest.raises(FencedError):
                        writers[who].publish(MIDNIGHT)
                    assert listed(place / "news") == before
            assert_one_record_each(place / "news") if started else None


def falling_asleep(place: Path, look: int, start: int, then: int) -> tuple[bool, bool]:
    """A writer falls asleep right after its n-th look at the fence of one publication, which was granted;
    another takes over and publishes; it wakes up.

    Returns whether it fell asleep at all, and whether it was fenced out at once.
    """
    shutil.rmtree(place / "news", ignore_errors=True)
    former, successor = (Station(place / "news", place / name) for name in ("spool-1", "spool-2"))
    former.claim()
    for _ in range(2):
        former.publish(start)
    looks = 0

    def sleep() -> None:
        nonlocal looks
        looks += 1
        if looks == look:
            successor.kid = KIDS[1]
            successor.claim()
            for _ in range(then):
                successor.publish(start)

    former.between = sleep
    former.new_run()
    fenced = False
    try:
        former.publish(start)
    except FencedError:
        fenced = True
    if looks >= look:
        with pytest.raises(FencedError):
            former.publish(start)
        successor.publish(start)
    assert_one_record_each(place / "news")
    slots = listed(place / "news")
    assert [slot.sequence for slot in slots] == list(range(1, len(slots) + 1))
    return looks >= look, fenced


@pytest.mark.parametrize("start", [MIDNIGHT, MIDNIGHT - 2 * SEGMENT], ids=["in a day", "into a new day"])
@pytest.mark.parametrize("then", [0, 1, 3])
def test_a_writer_that_sleeps_between_look_and_write_writes_nothing(
    place: Path, start: int, then: int
) -> None:
    look, fenced_at = 1, []
    while (outcome := falling_asleep(place, look, start, then))[0]:
        fenced_at.append(outcome[1])
        look += 1
    assert len(fenced_at) >= 6, "a look before each file and before the record"
    assert all(fenced_at[:-1])
