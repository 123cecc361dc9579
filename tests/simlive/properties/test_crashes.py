"""A crash anywhere: at every byte of a journal's append, and before every change of the file system."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.crashing import every_crash
from support.station import (
    KIDS,
    LADDERS,
    SEGMENT,
    Station,
    assert_rebuild_agrees,
    assert_sound,
    listed,
    memory_folder,
    name_of,
    on_disk,
    records,
    used,
)
from telstar_simlive.journal import JournalReader, Slot, Span, journal_path
from telstar_simlive.recovery import recover
from telstar_simlive.retention import expire
from telstar_simlive.volume import Space, make_room

MIDNIGHT = 1795305600_000
Prepare = Callable[[Station], int]


@pytest.fixture
def place() -> Iterator[Path]:
    with memory_folder() as folder:
        yield folder


def fresh(place: Path) -> Station:
    """A station in an empty folder, started."""
    for name in ("news", "spool"):
        shutil.rmtree(place / name, ignore_errors=True)
    station = Station(place / "news", place / "spool")
    station.claim()
    return station


def first_ever(station: Station) -> int:
    return MIDNIGHT + SEGMENT


def next_of_a_run(station: Station) -> int:
    return station.publish(MIDNIGHT + SEGMENT).end


def after_a_gap(station: Station) -> int:
    return station.publish(MIDNIGHT + SEGMENT).end + 60_000


def with_another_key_and_ladder(station: Station) -> int:
    end = station.publish(MIDNIGHT + SEGMENT).end
    station.ladder, station.kid = LADDERS[1], KIDS[1]
    station.new_run()
    return end


def in_a_new_day(station: Station) -> int:
    return station.publish(MIDNIGHT - SEGMENT).end


@pytest.mark.parametrize(
    "prepare", [first_ever, next_of_a_run, after_a_gap, with_another_key_and_ladder, in_a_new_day]
)
def test_a_crash_before_every_change_of_a_publication(place: Path, prepare: Prepare) -> None:
    stations: list[tuple[Station, int, list[Slot]]] = []

    def publication() -> Callable[[], object]:
        station = fresh(place)
        start = prepare(station)
        stations.append((station, start, listed(station.folder)))
        return lambda: station.publish(start)

    outcomes = set()
    for _ in every_crash(publication):
        crashed, start, before = stations[-1]
        station = Station(crashed.folder, crashed.spool)
        station.ladder, station.kid = crashed.ladder, crashed.kid
        station.claim()
        after = listed(station.folder)
        assert_sound(station.folder)
        assert after[: len(before)] == before, "a slot was lost"
        assert len(after) - len(before) in (0, 1)
        outcomes.add(len(after) - len(before))
        assert set(on_disk(station.folder)) == {name_of(slot) for slot in after}, "files without a record"
        assert not list(station.folder.rglob(".*.new"))
        following = station.publish(start)
        assert [slot.sequence for slot in listed(station.folder)] == list(range(1, following.sequence + 1))
        assert_sound(station.folder)
        assert_rebuild_agrees(station.folder, place / "copy")
    assert outcomes == {0, 1}, "crashes both before and after the slot existed"


def test_a_crash_at_every_byte_of_an_append(place: Path) -> None:
    station = fresh(place)
    slots = [station.publish(MIDNIGHT) for _ in range(3)]
    journal = station.folder / journal_path(MIDNIGHT)
    whole = journal.read_bytes()
    for length in range(len(whole) - len(slots[-1].to_line()), len(whole) + 1):
        journal.write_bytes(whole[:length])
        reader = JournalReader(station.folder)
        assert len(reader) == (3 if length == len(whole) else 2), "readers take whole records only"
        assert Station(station.folder, station.spool).claim().removed == 0
        assert listed(station.folder) == slots
        assert reader.refresh() is (length < len(whole) or list(reader) != slots) or list(reader) == slots
        assert list(reader) == slots
        assert_sound(station.folder)


def test_a_crash_in_the_midst_of_recovery_is_recovered_from(place: Path) -> None:
    def recovery() -> Callable[[], object]:
        station = fresh(place)
        for _ in range(3):
            station.publish(MIDNIGHT)
        journal = station.folder / journal_path(MIDNIGHT)
        journal.write_bytes(journal.read_bytes()[:-40])
        (station.folder / ".stored.json.0a1b2c3d.new").write_bytes(b"{")
        return lambda: Station(station.folder, station.spool).claim()

    for _ in every_crash(recovery):
        station = Station(place / "news", place / "spool")
        station.claim()
        assert [slot.sequence for slot in listed(station.folder)] == [1, 2, 3]
        assert_sound(station.folder)
        assert not list(station.folder.rglob(".*.new"))


def test_a_crash_in_the_midst_of_a_lost_journals_rebuilding_is_recovered_from(place: Path) -> None:
    def recovery() -> Callable[[], object]:
        station = fresh(place)
        for _ in range(6):
            station.publish(MIDNIGHT - 12_000)
        shutil.rmtree(station.folder / "journal")
        shutil.rmtree(station.folder / "runs")
        return lambda: Station(station.folder, station.spool).claim()

    for _ in every_crash(recovery):
        Station(place / "news", place / "spool").claim()
        assert [slot.sequence for slot in listed(place / "news")] == list(range(1, 7))
        assert_sound(place / "news")


def aged(place: Path) -> Station:
    """Twelve slots in three runs, each with a key of its own, over midnight."""
    station = fresh(place)
    for number in range(12):
        if number in (4, 8):
            station.kid = KIDS[number // 4]
            station.new_run()
        station.publish(MIDNIGHT - 6 * SEGMENT)
    return station


HOLDS = [Span(MIDNIGHT - 4 * SEGMENT - 1, MIDNIGHT - 3 * SEGMENT)]  # overlaps the slots 2 and 3


def test_a_crash_before_every_change_of_a_retention_pass(place: Path) -> None:
    now, retention = MIDNIGHT + 6 * SEGMENT, 60_000

    def retain(folder: Path) -> None:
        for later in (0, 1, 2):
            expire(folder, JournalReader(folder), now + later * 30_000, retention - 40_000, HOLDS)

    def passes() -> Callable[[], object]:
        station = aged(place)
        return lambda: retain(station.folder)

    for _ in every_crash(passes):
        folder = place / "news"
        assert_sound(folder)
        assert {2, 3} <= {slot.sequence for slot in listed(folder)}, "a held slot is gone"
        recover(folder)
        assert_sound(folder)
        retain(folder)
        retain(folder)
        assert_sound(folder)
        assert [slot.sequence for slot in listed(folder)][:2] == [2, 3]
        assert {name.sequence for name in on_disk(folder)} == {2, 3}
        assert {path.name for path in (folder / "runs").iterdir()} == {"000001.json", "000003.json"}


def test_a_crash_before_every_change_of_making_room(place: Path) -> None:
    def room(folder: Path) -> None:
        capacity = 5000
        make_room(
            folder,
            JournalReader(folder),
            capacity - 1,
            HOLDS,
            most=5,
            measure=lambda path: Space(capacity - used(path), capacity),
        )

    def making() -> Callable[[], object]:
        station = aged(place)
        return lambda: room(station.folder)

    for _ in every_crash(making):
        folder = place / "news"
        assert_sound(folder)
        left = {name.sequence for name in on_disk(folder)}
        assert {2, 3, 8, 9, 10, 11, 12} <= left
        assert {slot.sequence for slot in listed(folder)} <= left
        recover(folder)
        assert_sound(folder)
    assert left == {2, 3, 8, 9, 10, 11, 12}
    assert len(records(place / "news")) == 12
