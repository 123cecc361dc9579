"""From the spool to the volume: whole slots, in order, beside the encoder, however slow the volume is."""

import asyncio
import errno
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from telstar_simlive.apart import apart
from telstar_simlive.backlog import Waiting, overflow, run_of_slot
from telstar_simlive.holds import HoldsError
from telstar_simlive.journal import JournalError, JournalWriter, Slot
from telstar_simlive.journal.parts import run_of, slot_of
from telstar_simlive.lock import Fence
from telstar_simlive.metrics import Metrics
from telstar_simlive.run import Run
from telstar_simlive.spool import SpooledSlot
from telstar_simlive.storing import Beginning, store

_PAUSE = 1.0  # seconds after which what failed is tried again
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass
class _Pending:
    """A slot that waits, or (None) the end of its run, whose spool then goes."""

    run: Run
    slot: SpooledSlot | None = field(default=None)


class Publisher:
    """Stores slots in the channel's folder, whose fence is held. `newest` is the newest stored slot, `first`
    the first that this process stored, `on_air` the run that made the newest. `fault` says why the oldest
    that waits cannot be stored.
    """

    def __init__(
        self,
        channel_path: Path,
        fence: Fence,
        writer: JournalWriter,
        clock: Callable[[], int],
        make_room: Callable[[], int],
        spool_limit: int,
        metrics: Metrics,
    ) -> None:
        self._path, self._fence, self._clock, self._make_room = channel_path, fence, clock, make_room
        self._writer, self._limit, self._metrics = writer, spool_limit, metrics
        self._waiting: deque[_Pending] = deque()
        self._storing: _Pending | None = None
        self._something = asyncio.Event()
        self._log = structlog.get_logger()
        self.fault = ""
        self.first: Slot | None = None
        self.on_air: Run | None = None

    @property
    def newest(self) -> Slot | None:
        """The newest stored slot of the channel."""
        return self._writer.last

    @property
    def pending(self) -> int:
        """How many slots are not stored yet."""
        storing = self._storing is not None and self._storing.slot is not None
        return sum(one.slot is not None for one in self._waiting) + storing

    @property
    def late(self) -> int:
        """For how long the oldest slot that is not stored yet has been whole: milliseconds, 0 without one."""
        waiting = [one.slot for one in (self._storing, *self._waiting) if one is not None and one.slot]
        return max(self._clock() - waiting[0].end, 0) if waiting else 0

    def submit(self, run: Run, slot: SpooledSlot) -> None:
        """Takes a slot to store after all that were submitted before."""
        self._waiting.append(_Pending(run, slot))
        self._give_up()
        self._something.set()

    def finished(self, run: Run) -> None:
        """Nothing more comes of a run: its spool goes when all of it is stored."""
        self._waiting.append(_Pending(run))
        self._something.set()

    def expected_number(self) -> int:
        """The number of a run that begins to store now, after all that waits."""
        waiting = [one for one in (self._storing, *self._waiting) if one is not None and one.slot]
        unnumbered = {id(one.run) for one in waiting if one.run.number is None}
        last = self._writer.last.run if self._writer.last else 0
        return last + len(unnumbered) + 1

    def _give_up(self) -> None:
        """Where too much waits, the oldest goes, so that the encoder always has room in the spool."""
        slots = [one for one in self._waiting if one.slot is not None]
        sizes = [Waiting(one.slot.duration, one.slot.size) for one in slots if one.slot]
        for lost in slots[: overflow(sizes, self._limit)]:
            assert lost.slot is not None
            self._waiting.remove(lost)
            _discard(lost.slot)
            self._metrics.lost.inc()
            self._log.error("slot lost", start=lost.slot.start, reason=self.fault or "a slow volume")

    async def work(self) -> None:
        """Stores, until cancelled.

        Raises:
            FencedError: another process writes this folder now.
            JournalError: a slot does not follow what is stored: the folder is not as it was left.
        """
        while True:
            await self._something.wait()
            self._something.clear()
            while self._waiting:
                self._storing = self._waiting.popleft()
                await self._settle(self._storing)
                self._storing = None

    async def drain(self, patience: float) -> bool:
        """Waits for all to be stored, so many seconds at most; whether it is."""
        try:
            async with asyncio.timeout(patience):
                while self._waiting or self._storing:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return False
        return True

    async def _settle(self, pending: _Pending) -> None:
        if pending.slot is None:
            await apart(pending.run.spool.remove, "spool")
            return
        run, slot = pending.run, pending.slot
        while True:
            try:
                stored = await apart(lambda: self._store(run, slot), "store")
            except OSError as error:
                await self._failed(slot, error)
            else:
                self._stored(run, stored)
                _discard(slot)
                return

    def _stored(self, run: Run, slot: Slot) -> None:
        self.first, self.on_air, self.fault = self.first or slot, run, ""
        self._metrics.published(slot, self._clock() - slot.end)
        self._log.debug("slot stored", sequence=slot.sequence, run=slot.run)

    async def _failed(self, slot: SpooledSlot, error: OSError) -> None:
        """Makes room where there is none; otherwise the volume may come back."""
        fault, evicted = error.strerror or str(error), 0
        if error.errno in _FULL:
            try:
                evicted = await apart(self._make_room, "room")
            except (OSError, JournalError, HoldsError) as trouble:
                fault = f"{fault}; no room could be made: {trouble}"
        if fault != self.fault:
            self._log.error("slot not stored yet", start=slot.start, reason=fault, evicted=evicted)
            self.fault = fault
        self._metrics.evicted.inc(evicted)
        if not evicted:
            await asyncio.sleep(_PAUSE)

    def _store(self, run: Run, spooled: SpooledSlot) -> Slot:
        """Stores a slot, as a part of the run that it belongs to.

        Raises:
            OSError: the volume is full or broken; nothing is left of the slot.
        """
        self._fence.check()
        last = self._writer.last
        number = run_of_slot(run.number, spooled.start, last)
        slot = slot_of(spooled.parts, last.sequence + 1 if last else 1, number, spooled.start)
        beginning = None
        if number != run.number:
            setup = run.spool.setup
            descriptor = run_of(spooled.parts, number, slot.start, setup.segment, run.peaks)
            descriptor = descriptor.model_copy(update={"audio_only": setup.audio_only})
            beginning = Beginning(descriptor, run.spool.init_files())
        store(self._path, self._writer, slot, spooled.files, beginning, self._fence.check)
        run.number = number
        return slot


def _discard(slot: SpooledSlot) -> None:
    for file in slot.files.values():
        file.unlink(missing_ok=True)
