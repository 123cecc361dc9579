"""The wall clock is set while a channel is on the air, and while it is not (with Debian's libfaketime)."""

import platform
import signal
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from support.waiting import wait_until

LIBRARY = Path(f"/usr/lib/{platform.machine()}-linux-gnu/faketime/libfaketimeMT.so.1")


class Clock:
    """The wall clock of a SimLive. The monotonic one, like the kernel's, is not set with it."""

    def __init__(self, live) -> None:
        assert LIBRARY.exists(), f"{LIBRARY} is missing: scripts/install-test-tools installs it"
        self._live, self._file = live, live.folder / "clock"
        self.set(0)
        live.settings |= {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, offset: int) -> None:
        """It shows so many seconds more than the true time from now on."""
        new = self._file.with_name("clock.new")
        new.write_text(f"{offset:+d}\n")
        new.replace(self._file)


def test_the_clock_is_set_back_and_the_channel_goes_on_on_its_own_time(make_simlive: Callable) -> None:
    live = make_simlive({"testPattern": {}})
    clock = Clock(live)
    live.start()
    live.wait_for_slots(2, run=1)
    clock.set(-3600)
    wait_until("the step to be seen", lambda: live.status()["clock"]["steps"] == 1, 20)
    assert live.status()["clock"]["ahead_seconds"] == pytest.approx(3600, abs=2)
    before = len(live.slots())
    live.wait_for_slots(before + 2, run=1)
    assert live.get("/readyz")[0] == 200
    assert live.signal(signal.SIGTERM) == 0
    assert all(after.start == before.end for before, after in pairwise(live.slots()))
    newest = live.slots()[-1].end

    live.start()  # its clock is an hour behind what is stored: no hour of darkness, no time told twice
    slots = live.wait_for_slots(2, run=2, seconds=30)
    assert 0 <= slots[0].start - newest <= 4000
    assert live.status()["clock"]["ahead_seconds"] > 3000
    assert live.signal(signal.SIGTERM) == 0


def test_the_clock_is_set_forward_and_the_channels_time_follows(make_simlive: Callable) -> None:
    live = make_simlive({"testPattern": {}})
    clock = Clock(live)
    live.start()
    live.wait_for_slots(2, run=1)
    clock.set(600)
    slots = live.wait_for_slots(2, run=2, seconds=60)
    # There is nobody here to ask for another clock.
    assert live.status()["clock"] == {"ahead_seconds": 0.0, "steps": 1, "off_seconds": None}
    last = [slot for slot in live.slots() if slot.run == 1][-1]
    assert slots[0].start - last.end == pytest.approx(600_000, abs=10_000)
    assert slots[0].start == pytest.approx((time.time() + 600) * 1000, abs=20_000)
    assert live.signal(signal.SIGTERM) == 0
