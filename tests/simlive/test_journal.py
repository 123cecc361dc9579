"""The journal: append-only, safe against torn lines, read incrementally, never out of order."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telstar_simlive.journal import (
    AudioTrack,
    FencedError,
    JournalError,
    JournalReader,
    JournalWriter,
    Run,
    Slot,
    TrackPart,
    VideoTrack,
    journal_path,
    parse_slot,
    read,
    read_run,
    write_run,
)

DAY = 1795305600_000
DAY_LENGTH = 86_400_000
Fill = Callable[..., Path]
MakeSlot = Callable[..., Slot]


def append_raw(folder: Path, day: int, content: bytes) -> None:
    with (folder / journal_path(day)).open("ab") as file:
        file.write(content)


def test_a_line_is_that_of_the_contract() -> None:
    tracks = {"720p": TrackPart(4000, 1250312), "audio": TrackPart(4011, 64120)}
    slot = Slot(123, 7, 1795371840_000, 4000, tracks)
    expected = (
        b'{"sequence":123,"run":7,"start":1795371840000,"duration":4000,'
        b'"tracks":{"720p":[4000,1250312],"audio":[4011,64120]}}\n'
    )
    assert slot.to_line() == expected
    assert parse_slot(expected) == slot
    assert slot.end == 1795371844_000


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"sequence":1}',
        b'{"sequence":1,"run":1,"start":0,"duration":4000,"tracks":{}}',
        b'{"sequence":1,"run":1,"start":0,"duration":4000,"tracks":{"a":[1]}}',
        b'{"sequence":1.5,"run":1,"start":0,"duration":4000,"tracks":{"a":[1,2]}}',
        b'{"sequence":-1,"run":1,"start":0,"duration":4000,"tracks":{"a":[1,2]}}',
        b'{"sequence":"1","run":1,"start":0,"duration":4000,"tracks":{"a":[1,2]}}',
    ],
)
def test_what_is_no_record_is_refused(line: bytes) -> None:
    with pytest.raises(JournalError):
        parse_slot(line)


def test_what_was_written_is_read_across_midnight(filled: Fill) -> None:
    folder = filled(20, start=DAY + DAY_LENGTH - 40_000)
    reader = JournalReader(folder)
    assert [slot.sequence for slot in reader] == list(range(1, 21))
    assert reader[0].start == DAY + DAY_LENGTH - 40_000
    assert reader[-1] == reader.newest == reader[19]
    assert reader.oldest == reader[0]
    assert [slot.sequence for slot in reader[8:12]] == [9, 10, 11, 12]
    assert len(list((folder / "journal").iterdir())) == 2
    with pytest.raises(IndexError):
        reader[20]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 8000, [1, 2]),
        (0, 8001, [1, 2, 3]),
        (3999, 4000, [1]),
        (4000, 4001, [2]),
        (-5000, 1, [1]),
        (-5000, 0, []),
        (36_000, 99_000, [10]),
        (40_000, 99_000, []),
        (5000, 5000, []),
    ],
)
def test_a_window_holds_the_slots_that_overlap_it(
    filled: Fill, start: int, end: int, expected: list[int]
) -> None:
    folder = filled(10)
    assert [slot.sequence for slot in read(folder, DAY + start, DAY + end)] == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(window=st.tuples(st.integers(-60_000, 200_000), st.integers(-60_000, 200_000)))
def test_a_window_is_what_looking_at_every_slot_finds(
    tmp_path_factory: pytest.TempPathFactory, make_slot: MakeSlot, window: tuple[int, int]
) -> None:
    folder = tmp_path_factory.mktemp("channel")
    writer, start = JournalWriter(folder), DAY + DAY_LENGTH - 60_000
    for index in range(15):  # a gap of 6 s after each slot, midnight among them
        writer.append(make_slot(index + 1, start + index * 10_000, run=index + 1))
    reader = JournalReader(folder)
    first, last = (start + moment for moment in window)
    expected = [slot for slot in reader if slot.start < last and slot.end > first] if first < last else []
    assert reader.slots_between(first, last) == expected


def test_a_channel_without_a_journal_is_empty_until_it_has_one(tmp_path: Path, make_slot: MakeSlot) -> None:
    reader = JournalReader(tmp_path)
    assert len(reader) == 0
    assert reader.oldest is reader.newest is reader.stored_from is None
    assert reader.slots_between(0, DAY * 2) == []
    assert not reader.refresh()
    JournalWriter(tmp_path).append(make_slot(1, DAY))
    assert reader.refresh()
    assert [slot.sequence for slot in reader] == [1]


def test_a_refresh_reads_only_what_was_appended(filled: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = filled(5)
    reader = JournalReader(folder)
    parsed: list[object] = []
    original = reader._days[0].slots.extend
    monkeypatch.setattr(
        reader._days[0].slots, "extend", lambda lines: (parsed.extend(lines), original(lines))
    )
    assert not reader.refresh()
    filled(2, start=DAY + 20_000)
    assert reader.refresh()
    assert len(parsed) == 2
    assert [slot.sequence for slot in reader] == list(range(1, 8))


@pytest.mark.parametrize("length", range(1, 95))
def test_a_torn_last_line_is_not_seen_and_cut_by_the_next_writer(
    filled: Fill, make_slot: MakeSlot, length: int
) -> None:
    folder = filled(2)
    append_raw(folder, DAY, make_slot(3, DAY + 8000).to_line()[:length])
    reader = JournalReader(folder)
    assert len(reader) == 2
    writer = JournalWriter(folder)
    assert writer.last is not None
    assert writer.last.sequence == 2
    writer.append(make_slot(3, DAY + 8000))
    assert reader.refresh()
    assert [slot.sequence for slot in reader] == [1, 2, 3]
    assert reader.damaged == 0


def test_a_line_is_seen_once_it_is_whole(filled: Fill, make_slot: MakeSlot) -> None:
    folder = filled(1)
    reader, line = JournalReader(folder), make_slot(2, DAY + 4000).to_line()
    append_raw(folder, DAY, line[:40])
    assert not reader.refresh()
    append_raw(folder, DAY, line[40:])
    assert reader.refresh()
    assert len(reader) == 2


def test_damage_in_the_middle_costs_only_the_damaged_lines(filled: Fill, make_slot: MakeSlot) -> None:
    folder = filled(2)
    append_raw(folder, DAY, b"\0\0\0garbage\n{}\n" + make_slot(3, DAY + 8000).to_line())
    reader = JournalReader(folder)
    assert [slot.sequence for slot in reader] == [1, 2, 3]
    assert reader.damaged == 2


def test_a_record_out_of_order_is_left_out(filled: Fill, make_slot: MakeSlot) -> None:
    folder = filled(3)
    append_raw(folder, DAY, make_slot(3, DAY + 12_000).to_line() + make_slot(9, DAY + 4000).to_line())
    reader = JournalReader(folder)
    assert [slot.sequence for slot in reader] == [1, 2, 3]
    assert reader.damaged == 2


def test_a_day_that_retention_took_goes(filled: Fill) -> None:
    folder = filled(20, start=DAY + DAY_LENGTH - 40_000)
    reader = JournalReader(folder)
    (folder / journal_path(DAY)).unlink()
    assert reader.refresh()
    assert [slot.sequence for slot in reader] == list(range(11, 21))
    assert not reader.refresh()


def test_days_that_retention_took_between_held_ones_are_no_journal_written_anew(
    tmp_path: Path, make_slot: MakeSlot
) -> None:
    writer = JournalWriter(tmp_path)
    for day in range(4):
        writer.append(make_slot(day + 1, DAY + day * DAY_LENGTH, run=day + 1))
    reader = JournalReader(tmp_path)
    kept = [[DAY, DAY + 4000]]
    (tmp_path / "stored.json").write_text(json.dumps({"from": DAY + 3 * DAY_LENGTH, "kept": kept}))
    (tmp_path / journal_path(DAY + DAY_LENGTH)).unlink()
    assert reader.refresh()
    assert reader.rewritten == 0
    assert [slot.sequence for slot in reader] == [4]
    assert [slot.sequence for slot in reader.kept_between(0, DAY * 2)] == [1]
    (tmp_path / "stored.json").unlink()
    (tmp_path / journal_path(DAY + 2 * DAY_LENGTH)).unlink()
    assert reader.refresh()
    assert reader.rewritten == 1


@pytest.mark.parametrize("how", ["shrunk", "replaced", "gone", "day inserted"])
def test_a_journal_written_anew_is_read_anew(filled: Fill, make_slot: MakeSlot, how: str) -> None:
    folder = filled(6, start=DAY)
    path, reader = folder / journal_path(DAY), JournalReader(folder)
    new = b"".join(make_slot(sequence, DAY + 4000 * sequence).to_line() for sequence in range(2, 5))
    if how == "shrunk":
        path.write_bytes(new)
    elif how == "replaced":
        other = folder / "other"
        other.write_bytes(new)
        other.replace(path)
    elif how == "gone":
        path.unlink()
    else:
        (folder / journal_path(DAY - DAY_LENGTH)).write_bytes(make_slot(1, DAY - 4000).to_line())
    assert reader.refresh()
    fresh = JournalReader(folder)
    assert list(reader) == list(fresh)
    assert [slot.start for slot in fresh] == {
        "gone": [],
        "day inserted": [DAY - 4000, *(DAY + 4000 * n for n in range(6))],
    }.get(how, [DAY + 8000, DAY + 12_000, DAY + 16_000])


def test_slots_before_the_stored_time_are_gone_for_readers(filled: Fill) -> None:
    folder = filled(10)
    reader = JournalReader(folder)
    (folder / "stored.json").write_text(json.dumps({"from": DAY + 10_000}))
    assert reader.refresh()
    assert [slot.sequence for slot in reader] == list(range(4, 11))
    assert reader.stored_from == DAY + 12_000
    assert [slot.sequence for slot in reader.slots_between(DAY, DAY + 20_000)] == [4, 5]
    assert reader[-7].sequence == 4
    assert (first := reader.first_since(DAY + 4000)) and first.sequence == 2


def test_a_damaged_stored_file_is_named(filled: Fill) -> None:
    folder = filled(1)
    (folder / "stored.json").write_text("{")
    with pytest.raises(JournalError, match=r"stored\.json"):
        JournalReader(folder)


@pytest.mark.parametrize(
    ("sequence", "start", "run", "complaint"),
    [
        (3, 8000, 1, "holes"),
        (5, 8000, 1, "holes"),
        (4, 8000, 1, "before the last ends"),
        (4, 4000, 2, "before the last ends"),
        (4, 16_000, 1, "needs a new run"),
        (4, 12_500, 3, "whole second"),
        (4, 12_000, 0, "runs count up"),
    ],
)
def test_the_writer_refuses_what_goes_backwards_overlaps_or_leaves_a_hole(
    filled: Fill, make_slot: MakeSlot, sequence: int, start: int, run: int, complaint: str
) -> None:
    folder = filled(3)
    before = (folder / journal_path(DAY)).read_bytes()
    writer = JournalWriter(folder)
    with pytest.raises(JournalError, match=complaint):
        writer.append(make_slot(sequence, DAY + start, run=run))
    assert (folder / journal_path(DAY)).read_bytes() == before
    writer.append(make_slot(4, DAY + 12_000))


def test_a_full_disk_leaves_no_half_record(
    filled: Fill, make_slot: MakeSlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, write = filled(2), os.write
    writer = JournalWriter(folder)
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:20]))
        with pytest.raises(OSError, match="only a part"):
            writer.append(make_slot(3, DAY + 8000))
    writer.append(make_slot(3, DAY + 8000))
    reader = JournalReader(folder)
    assert [slot.sequence for slot in reader] == [1, 2, 3]
    assert reader.damaged == 0


def test_a_gap_is_a_new_run_and_order_goes_on_after_a_day_without_slots(
    filled: Fill, make_slot: MakeSlot
) -> None:
    folder = filled(2)
    JournalWriter(folder).append(make_slot(3, DAY + 3 * DAY_LENGTH, run=2))
    assert (last := JournalWriter(folder).last) and (last.sequence, last.run) == (3, 2)
    assert [slot.run for slot in JournalReader(folder)] == [1, 1, 2]


def test_an_empty_newest_file_does_not_lose_the_place(filled: Fill) -> None:
    folder = filled(2)
    (folder / journal_path(DAY + DAY_LENGTH)).write_bytes(b'{"sequence":3')
    assert (last := JournalWriter(folder).last) and last.sequence == 2


def test_a_run_descriptor_is_read_as_written_and_a_missing_one_is_named(tmp_path: Path) -> None:
    video = VideoTrack(name="720p", codecs="avc1.64001f", bandwidth=1, width=1280, height=720, frame_rate=25)
    audio = AudioTrack(name="audio", codecs="mp4a.40.2", bandwidth=1, channels=2, sample_rate=48_000)
    run = Run(run=7, began=DAY, segment_duration=4000, kid="0" * 32, tracks=(video, audio))
    write_run(tmp_path, run)
    assert read_run(tmp_path, 7) == run
    assert JournalReader(tmp_path).run(7).video == (video,)
    assert [entry.name for entry in (tmp_path / "runs").iterdir()] == ["000007.json"]
    with pytest.raises(JournalError, match="run 8"):
        read_run(tmp_path, 8)
    (tmp_path / "runs" / "000009.json").write_text('{"run":9')
    with pytest.raises(JournalError, match="run 9"):
        JournalReader(tmp_path).run(9)


def test_the_writer_notices_that_another_appended(filled: Fill, make_slot: MakeSlot) -> None:
    folder = filled(2)
    first, second = JournalWriter(folder), JournalWriter(folder)
    second.append(make_slot(3, DAY + 8000))
    before = (folder / journal_path(DAY)).read_bytes()
    with pytest.raises(FencedError, match="another one writes"):
        first.append(make_slot(3, DAY + 8000))
    assert (folder / journal_path(DAY)).read_bytes() == before


@pytest.mark.parametrize("how", ["replaced", "gone", "new day"])
def test_the_writer_notices_a_file_that_came_or_went(filled: Fill, make_slot: MakeSlot, how: str) -> None:
    folder = filled(2)
    writer, path = JournalWriter(folder), folder / journal_path(DAY)
    slot = make_slot(3, DAY + (DAY_LENGTH if how == "new day" else 8000), run=2)
    if how == "new day":
        (folder / journal_path(slot.start)).write_bytes(b"")
    elif how == "gone":
        path.unlink()
    else:
        path.rename(folder / "aside")
        path.write_bytes((folder / "aside").read_bytes())
    with pytest.raises(FencedError):
        writer.append(slot)


def test_the_writer_asks_its_fence_before_each_append(filled: Fill, make_slot: MakeSlot) -> None:
    folder, overtaken = filled(2), False

    def check() -> None:
        if overtaken:
            raise FencedError("overtaken")

    writer = JournalWriter(folder, check)
    writer.append(make_slot(3, DAY + 8000))
    overtaken = True
    with pytest.raises(FencedError):
        writer.append(make_slot(4, DAY + 12_000))
    assert len(JournalReader(folder)) == 3


def test_a_torn_line_that_could_not_be_cut_is_cut_by_the_next_append(
    filled: Fill, make_slot: MakeSlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "broken for a moment")

    folder, write = filled(2), os.write
    writer = JournalWriter(folder)
    with monkeypatch.context() as broken:
        broken.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:20]))
        broken.setattr(os, "ftruncate", fail)
        with pytest.raises(OSError, match="broken"):
            writer.append(make_slot(3, DAY + 8000))
    writer.append(make_slot(3, DAY + 8000))
    assert [slot.sequence for slot in JournalReader(folder)] == [1, 2, 3]
    assert JournalReader(folder).damaged == 0
