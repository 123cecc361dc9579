"""A volume that fills up costs the oldest segments that nobody holds, never the channel."""

import asyncio
import errno
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.station import SEGMENT, Station, assert_sound, listed, memory_folder, on_disk, used
from telstar_simlive.holds import HoldsError, read_holds
from telstar_simlive.journal import JournalReader, Span
from telstar_simlive.keeper import Keeper
from telstar_simlive.metrics import Metrics
from telstar_simlive.volume import Space, coming, floor, make_room, measure

DAY = 1795305600_000
MIB = 1 << 20


@pytest.mark.parametrize(
    ("total", "two_minutes", "expected"),
    [
        (100 << 30, 10 * MIB, 64 * MIB),
        (100 << 30, 750 * MIB, 750 * MIB),
        (2 << 30, 750 * MIB, (2 << 30) // 20),  # never more than a twentieth
        (20 * MIB, 10 * MIB, MIB),
        (0, 0, 0),
    ],
)
def test_how_much_should_be_free(total: int, two_minutes: int, expected: int) -> None:
    assert floor(total, two_minutes) == expected


@pytest.fixture
def station() -> Iterator[Station]:
    with memory_folder() as folder:
        station = Station(folder / "news", folder / "spool")
        station.claim()
        yield station


def room(station: Station, needed: int, holds: list[Span], most: int | None = None) -> tuple[int, int]:
    """Room on a volume that has just enough for what is there."""
    capacity = used(station.folder)
    reader = JournalReader(station.folder)

    def space(path: Path) -> Space:
        return Space(capacity - used(path), capacity)

    return make_room(station.folder, reader, needed, holds, most, space)


def test_what_is_coming_follows_from_what_came(station: Station) -> None:
    slots = [station.publish(DAY) for _ in range(5)]
    size = sum(part.size for slot in slots for part in slot.tracks.values())
    assert coming(slots) == size * 120_000 // (5 * SEGMENT)
    assert coming([]) == 0


def test_the_oldest_go_and_no_more_than_needed(station: Station) -> None:
    slots = [station.publish(DAY) for _ in range(40)]
    assert room(station, 1, []) == (8, 16)
    assert listed(station.folder) == slots[8:]
    assert_sound(station.folder)
    assert room(station, 1, [], most=2) == (2, 4)
    assert listed(station.folder) == slots[10:]


def test_held_ones_and_the_newest_stay_and_the_fault_says_what_to_do(station: Station) -> None:
    slots = [station.publish(DAY) for _ in range(10)]
    with pytest.raises(OSError, match="Enlarge the volume") as raised:
        room(station, MIB, [Span(slots[2].start, slots[3].end)])
    assert raised.value.errno == errno.ENOSPC
    assert listed(station.folder) == [slots[2], slots[3], *slots[7:]]
    assert len(on_disk(station.folder)) == 5
    assert_sound(station.folder)


def test_what_has_expired_goes_first_and_is_not_counted_as_given_up(station: Station) -> None:
    slots = [station.publish(DAY) for _ in range(10)]
    (station.folder / "stored.json").write_text(json.dumps({"from": slots[5].start}))
    assert room(station, 1, [], most=5) == (0, 10)
    assert listed(station.folder) == slots[5:]


def test_a_channel_without_slots_has_nothing_to_give(station: Station) -> None:
    with pytest.raises(OSError, match="nothing of this channel can go"):
        make_room(station.folder, JournalReader(station.folder), measure(station.folder).total + 1)


@pytest.mark.parametrize("content", ["{", "{}", '{"holds": [{"start": "yesterday", "end": 5}]}', "[]"])
def test_holds_that_cannot_be_read_are_named(tmp_path: Path, content: str) -> None:
    assert read_holds(tmp_path / "holds.json") == ()
    (tmp_path / "holds.json").write_text(content)
    with pytest.raises(HoldsError, match=r"holds\.json cannot be read, so nothing is deleted"):
        read_holds(tmp_path / "holds.json")


def test_holds_are_read_in_either_form(tmp_path: Path) -> None:
    holds = [
        {"start": "2026-11-22T00:00:00Z", "end": "2026-11-22T01:00:04+01:00"},
        {"start": DAY, "end": DAY + 9},
    ]
    (tmp_path / "holds.json").write_text(json.dumps({"holds": holds}))
    assert read_holds(tmp_path / "holds.json") == (Span(DAY, DAY + 4000),)


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A volume of its own, of 1 MiB."""
    volume = tmp_path / "volume"
    volume.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(volume)]
    if subprocess.run(command, capture_output=True, timeout=20).returncode != 0:
        pytest.skip("mounting a volume of one's own takes root")
    yield volume
    subprocess.run(["umount", "--lazy", str(volume)], check=True, timeout=20)


MakeKeeper = Callable[[Station], Keeper]


@pytest.fixture
def make_keeper(tmp_path: Path) -> MakeKeeper:
    def make(station: Station) -> Keeper:
        spec = {
            "displayName": "News",
            "source": {"testPattern": {}},
            "renditions": [{"name": "720p", "width": 1280, "height": 720, "videoBitrate": "1000k"}],
            "retention": "1h",
        }
        (tmp_path / "channel.json").write_text(json.dumps({"name": "news", "spec": spec}))
        return Keeper(
            station.folder, tmp_path / "channel.json", Metrics("news"), lambda: DAY, station.fence.check
        )

    return make


def fill(volume: Path) -> None:
    """Leaves no room at all."""
    with suppress(OSError), (volume / "filling").open("ab", buffering=0) as file:
        while file.write(bytes(512)):
            pass
    assert measure(volume).free == 0


def test_a_full_volume_costs_the_oldest_and_the_channel_goes_on(
    tiny: Path, tmp_path: Path, make_keeper: MakeKeeper
) -> None:
    station = Station(tiny / "news", tmp_path / "spool")
    station.claim()
    slots = [station.publish(DAY) for _ in range(20)]
    keeper = make_keeper(station)
    fill(tiny)
    with pytest.raises(OSError, match="No space left") as raised:
        station.publish(DAY)
    assert raised.value.errno == errno.ENOSPC
    assert listed(station.folder) == slots, "nothing is left of the slot that did not fit"
    assert_sound(station.folder)
    assert keeper.make_room(32 * 1024) > 0
    slot = station.publish(DAY)
    assert slot.sequence == 21
    left = listed(station.folder)
    assert left == [*slots[-len(left) + 1 :], slot]
    assert_sound(station.folder)
    assert (keeper.volume.short, keeper.volume.evicted) == (True, 21 - len(left))


def test_a_process_starts_on_a_full_volume(tiny: Path, tmp_path: Path) -> None:
    station = Station(tiny / "news", tmp_path / "spool")
    station.claim()
    slots = [station.publish(DAY) for _ in range(10)]
    station.fence.release()
    fill(tiny)
    successor = Station(tiny / "news", tmp_path / "spool")
    successor.claim()
    make_room(tiny / "news", JournalReader(tiny / "news"), 32 * 1024, check=successor.fence.check)
    assert successor.publish(DAY).sequence == 11
    assert listed(tiny / "news")[-2] == slots[-1]


def test_the_keeper_makes_room_before_the_volume_is_full(
    tiny: Path, tmp_path: Path, make_keeper: MakeKeeper
) -> None:
    station = Station(tiny / "news", tmp_path / "spool")
    station.claim()
    slots = [station.publish(DAY) for _ in range(40)]
    keeper = make_keeper(station)

    async def keep_until(done: Callable[[], bool]) -> None:
        keeping = asyncio.create_task(keeper.keep())
        try:
            async with asyncio.timeout(60):
                while not done():
                    assert not keeping.done(), keeping.exception()
                    await asyncio.sleep(0.05)
        finally:
            keeping.cancel()

    asyncio.run(keep_until(lambda: (station.folder / "retention.json").exists()))
    assert json.loads((station.folder / "retention.json").read_text()) == {"seconds": 3600}
    assert not keeper.volume.short
    assert keeper.volume.total == MIB
    fill(tiny)
    asyncio.run(keep_until(lambda: keeper.volume.evicted > 0 and keeper.volume.free >= floor(MIB, MIB)))
    left = listed(station.folder)
    assert len(left) == 40 - keeper.volume.evicted
    assert left == slots[-len(left) :]
    assert_sound(station.folder)


def test_nothing_goes_while_it_cannot_be_known_what_is_held(
    tiny: Path, tmp_path: Path, make_keeper: MakeKeeper
) -> None:
    station = Station(tiny / "news", tmp_path / "spool")
    station.claim()
    slots = [station.publish(DAY) for _ in range(20)]
    (tmp_path / "holds.json").write_text("{")
    keeper = make_keeper(station)
    fill(tiny)
    with pytest.raises(HoldsError):
        keeper.make_room(32 * 1024)
    assert listed(station.folder) == slots
