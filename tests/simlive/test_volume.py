"""A volume that hangs, and one that is full: the encoder goes on, and what can be kept is kept."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from support.tracks import clear_media, pictures
from support.waiting import wait_until

CLEAR = {"drm": {"enabled": False}, "overlay": {"clock": False, "name": False}}
HEAVY = [{"name": "360p", "width": 640, "height": 360, "videoBitrate": "8000k"}]


class Volume:
    """A real file system in a file, which can be frozen: then who writes to it hangs in the kernel."""

    def __init__(self, folder: Path, image: Path) -> None:
        self._folder = folder
        subprocess.run(["truncate", "--size=64M", image], check=True)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        subprocess.run(["mount", "-o", "loop", image, folder], check=True)
        self.frozen = False

    def freeze(self) -> None:
        """From now on no write returns."""
        subprocess.run(["fsfreeze", "--freeze", self._folder], check=True)
        self.frozen = True

    def thaw(self) -> None:
        """All writes go on."""
        subprocess.run(["fsfreeze", "--unfreeze", self._folder], check=True)
        self.frozen = False

    def unmount(self) -> None:
        """Takes it away."""
        if self.frozen:
            self.thaw()
        subprocess.run(["umount", "--lazy", self._folder], check=True)


@pytest.fixture
def make_volume(tmp_path: Path) -> Iterator[Callable[[Path], Volume]]:
    made: list[Volume] = []

    def make(folder: Path) -> Volume:
        made.append(Volume(folder, tmp_path / f"image-{len(made)}"))
        return made[-1]

    yield make
    for volume in made:
        volume.unmount()


def test_a_hung_volume_stops_neither_encoder_nor_liveness_and_loses_nothing(
    make_simlive: Callable, make_volume: Callable
) -> None:
    live = make_simlive({"testPattern": {}}, **CLEAR)
    volume = make_volume(live.segments)
    live.start()
    live.wait_for_slots(2, run=1)
    volume.freeze()
    wait_until("slots to be late", lambda: live.status()["volume"]["late_seconds"] > 8, 30)
    stored, encoder = len(live.slots()), live.ffmpeg()
    assert live.get("/healthz")[0] == 200
    assert live.get("/stored")[0] == 200
    wait_until("it to be told", lambda: "the volume: it has not answered" in live.status()["waiting_for"], 20)
    volume.thaw()
    slots = live.wait_for_slots(stored + 4, run=1)
    assert live.status()["volume"]["late_seconds"] < 4
    assert live.signal(signal.SIGTERM) == 0
    assert all(after.start == before.end for before, after in pairwise(live.slots()))
    assert [line["encoder"] for line in live.logged("run started")] == [encoder]
    assert len(pictures(clear_media(live.segments, slots, "90p"))) == 50 * len(slots)


def test_where_too_much_waits_the_oldest_is_lost_and_what_follows_is_a_run_of_its_own(
    make_simlive: Callable, make_volume: Callable
) -> None:
    live = make_simlive({"testPattern": {"pattern": "testsrc2"}}, renditions=HEAVY, **CLEAR)
    volume = make_volume(live.segments)
    live.settings["TELSTAR_SIMLIVE_SPOOL_LIMIT"] = "1000000"
    live.start()
    live.wait_for_slots(1, run=1)
    volume.freeze()
    wait_until("slots to be lost", lambda: len(live.logged("slot lost")) >= 2, 60)
    volume.thaw()
    second = live.wait_for_slots(2, run=2)
    assert live.signal(signal.SIGTERM) == 0
    gaps = [(before, after) for before, after in pairwise(live.slots()) if after.start != before.end]
    assert [(before.run, after.run) for before, after in gaps] == [(1, 2)]
    assert len(live.logged("run started")) == 1
    assert len(pictures(clear_media(live.segments, second[:2], "360p"))) == 100


@pytest.fixture
def small_volume() -> Iterator[Callable[[Path], None]]:
    """Mounts a volume of 20 MB on a folder."""
    mounted: list[Path] = []

    def mount(folder: Path) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "telstar-test", folder], check=True)
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_volume_costs_the_oldest_slots_and_never_the_channel(
    make_simlive: Callable, small_volume: Callable[[Path], None]
) -> None:
    live = make_simlive({"testPattern": {"pattern": "testsrc2"}}, renditions=HEAVY, **CLEAR)
    small_volume(live.segments)
    ballast = live.segments / "ballast"
    live.start()
    live.wait_for_slots(6, run=1)
    free = os.statvfs(live.segments)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize))  # all of it at once, as another channel might
    full = len(live.slots())
    assert live.get("/healthz")[0] == 200
    wait_until("the volume to be found short", lambda: live.status()["volume"]["short"], 30)
    wait_until(
        "slots after that", lambda: (newest := live.slots()[-1:]) and newest[0].sequence > full + 5, 60
    )
    volume = live.status()["volume"]
    assert volume["evicted"] > 0
    assert live.get("/readyz")[0] == 200
    ballast.unlink()
    sequence = live.slots()[-1].sequence
    wait_until("slots with room again", lambda: live.slots()[-1].sequence > sequence + 1, 30)
    assert live.signal(signal.SIGTERM) == 0
    assert {slot.run for slot in live.slots()} == {1}
    assert len(live.logged("run started")) == 1


def test_a_volume_that_hangs_when_told_to_stop_is_not_waited_for_for_ever(
    make_simlive: Callable, make_volume: Callable
) -> None:
    live = make_simlive({"testPattern": {}}, **CLEAR)
    volume = make_volume(live.segments)
    live.start()
    live.wait_for_slots(1, run=1)
    volume.freeze()
    wait_until("slots to be late", lambda: live.status()["volume"]["late_seconds"] > 2, 30)
    live.tell(signal.SIGTERM)
    wait_until("it to give up", lambda: live.logged("stopped"), 35)
    assert live.logged("slots lost")
    volume.thaw()  # a process that hangs in the kernel cannot even be killed
    assert live.wait(10) == 0
