"""What is too old goes, in an order that no reader can trip over."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_simlive.journal import (
    JournalReader,
    JournalWriter,
    SegmentName,
    Slot,
    Span,
    Spans,
    Stored,
    descriptor_path,
    init_path,
    journal_path,
    segment_path,
)
from telstar_simlive.retention import (
    Expiry,
    announcement,
    expire,
    expired_days,
    expired_runs,
    expired_segments,
    expiry,
)

DAY = 1795305600_000
HOUR = 3_600_000
WEEK = 168 * HOUR
MakeSlot = Callable[..., Slot]


@pytest.mark.parametrize(
    ("now", "retention", "announced", "expected"),
    [
        (DAY, WEEK, 0, Expiry(DAY - WEEK, 0)),  # nothing goes before it was announced
        (DAY, WEEK, DAY - WEEK - 60_000, Expiry(DAY - WEEK, DAY - WEEK - 6 * HOUR)),
        (DAY, 8 * HOUR, DAY - 8 * HOUR, Expiry(DAY - 8 * HOUR, DAY - 9 * HOUR)),
        (DAY, HOUR, DAY - WEEK, Expiry(DAY - HOUR, DAY - WEEK)),  # shortened: one pass later
        (DAY, WEEK, DAY - HOUR, Expiry(DAY - HOUR, DAY - 7 * HOUR)),  # lengthened: what went stays gone
    ],
)
def test_the_stored_time_begins_and_files_go(
    now: int, retention: int, announced: int, expected: Expiry
) -> None:
    assert expiry(now, retention, announced) == expected


@pytest.mark.parametrize(
    ("before", "held", "kept"),
    [
        (Stored(50, 20), (Span(60, 70),), (Span(60, 70),)),  # held as its time comes
        (Stored(50, 20), (Span(30, 40),), (Span(30, 40),)),  # held while its files wait to go
        (Stored(50, 20), (Span(10, 30),), (Span(20, 30),)),  # what went before does not come back
        (Stored(50, 20, (Span(5, 15),)), (Span(0, 12),), (Span(5, 12),)),  # kept, as far as it is still held
        (Stored(50, 20, (Span(5, 15),)), (), ()),
        (Stored(50, 20), (Span(75, 200),), (Span(75, 80),)),  # from the stored time on all is stored
    ],
)
def test_what_is_kept_is_what_is_held_and_still_there(before: Stored, held: Spans, kept: Spans) -> None:
    assert announcement(before, 80, 30, held) == Stored(80, 30, kept)


@given(
    now=st.integers(DAY, DAY * 2),
    retention=st.integers(60_000, WEEK),
    announced=st.integers(0, DAY),
)
def test_nothing_goes_that_a_reader_may_still_name(now: int, retention: int, announced: int) -> None:
    due = expiry(now, retention, announced)
    assert due.stored_from >= announced
    assert due.delete_before <= announced
    assert due.delete_before <= due.stored_from


@given(
    starts=st.lists(st.integers(0, 100), unique=True), before=st.integers(0, 100), limit=st.integers(0, 20)
)
def test_only_the_oldest_go_and_not_more_than_the_limit(starts: list[int], before: int, limit: int) -> None:
    names = [SegmentName(start, 1, 1 + start) for start in sorted(starts)]
    gone = list(expired_segments(names, before, limit))
    assert gone == [name for name in names if name.start < before][:limit]


def test_a_journal_file_goes_with_its_last_slot_but_never_the_newest() -> None:
    days = ["20261122", "20261120", "20261121"]
    assert expired_days(days, "20261121") == ["20261120"]
    assert expired_days(days, "20270101") == ["20261120", "20261121"]
    assert expired_days([], "20270101") == []


def test_runs_of_which_nothing_is_left_go() -> None:
    assert expired_runs([3, 1, 2, 9], oldest_kept=3) == [1, 2]


def make_channel(folder: Path, make_slot: MakeSlot, days: int) -> list[Slot]:
    """A run a day, each of three hours with a slot an hour, and all its files."""
    writer = JournalWriter(folder)
    for day in range(days):
        for hour in range(3):
            slot = make_slot(day * 3 + hour + 1, DAY + day * 24 * HOUR + hour * HOUR, run=day * 3 + hour + 1)
            for track in slot.tracks:
                for path in (
                    segment_path(track, slot.start, slot.run, slot.sequence),
                    init_path(track, slot.run),
                ):
                    (folder / path).parent.mkdir(parents=True, exist_ok=True)
                    (folder / path).write_bytes(b"segment")
            (folder / descriptor_path(slot.run)).write_bytes(b"{}")
            writer.append(slot)
    return list(JournalReader(folder))


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_pass_announces_and_the_next_deletes(tmp_path: Path, make_slot: MakeSlot) -> None:
    slots = make_channel(tmp_path, make_slot, days=4)
    before, reader = files(tmp_path), JournalReader(tmp_path)
    now = DAY + 3 * 24 * HOUR + 3 * HOUR
    assert expire(tmp_path, reader, now, 24 * HOUR) == 0
    assert files(tmp_path) == before | {"stored.json"}
    assert json.loads((tmp_path / "stored.json").read_text()) == {
        "from": now - 24 * HOUR,
        "gone": 0,
        "kept": [],
    }
    reader.refresh()
    assert [slot.sequence for slot in reader] == [10, 11, 12]

    assert expire(tmp_path, reader, now, 24 * HOUR) == 2 * 6
    reader.refresh()
    kept = [slot for slot in slots if slot.start >= now - 27 * HOUR]
    assert [slot.sequence for slot in kept] == [7, 8, 9, 10, 11, 12]
    expected = {"stored.json", journal_path(DAY + 2 * 24 * HOUR), journal_path(DAY + 3 * 24 * HOUR)}
    for slot in kept:
        expected |= {segment_path(track, slot.start, slot.run, slot.sequence) for track in slot.tracks}
        expected |= {init_path(track, slot.run) for track in slot.tracks} | {descriptor_path(slot.run)}
    assert files(tmp_path) == expected
    assert not [path for path in tmp_path.rglob("*") if path.is_dir() and not any(path.iterdir())]
    assert expire(tmp_path, reader, now, 24 * HOUR) == 0


def test_a_pass_is_bounded_and_the_rest_follows(tmp_path: Path, make_slot: MakeSlot) -> None:
    make_channel(tmp_path, make_slot, days=2)
    reader, later = JournalReader(tmp_path), DAY + 100 * 24 * HOUR
    expire(tmp_path, reader, later, HOUR)
    bites = [expire(tmp_path, reader, later + n, HOUR, limit=5) for n in range(1, 5)]
    assert bites == [5, 5, 2, 0]


def test_the_newest_run_and_the_place_in_the_journal_stay_however_old(
    tmp_path: Path, make_slot: MakeSlot
) -> None:
    make_channel(tmp_path, make_slot, days=2)
    reader, later = JournalReader(tmp_path), DAY + 100 * 24 * HOUR
    for _ in range(3):
        expire(tmp_path, reader, later, HOUR)
        reader.refresh()
    newest = {journal_path(DAY + 24 * HOUR), descriptor_path(6), init_path("720p", 6), init_path("audio", 6)}
    assert files(tmp_path) == newest | {"stored.json"}
    assert len(reader) == 0
    assert (last := JournalWriter(tmp_path).last) and last.sequence == 6


def test_a_young_channel_is_left_alone(tmp_path: Path, make_slot: MakeSlot) -> None:
    make_channel(tmp_path, make_slot, days=1)
    before = files(tmp_path)
    assert expire(tmp_path, JournalReader(tmp_path), DAY + 4 * HOUR, WEEK) == 0
    assert files(tmp_path) == before
