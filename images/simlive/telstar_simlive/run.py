"""A run at work: an encoder, the pipes that feed it, and the spool it writes."""

import time
from pathlib import Path

from telstar_simlive import course
from telstar_simlive.course import POLL, End, RunFacts
from telstar_simlive.encoder import encoder_command
from telstar_simlive.journal import JournalError
from telstar_simlive.playout import EncoderInput, Form, Playout
from telstar_simlive.process import Process, Redactor
from telstar_simlive.settings import Settings
from telstar_simlive.setup import Setup
from telstar_simlive.spool import RunSpool, SpooledSlot


def form_of(setup: Setup) -> Form:
    """The form of the frames that a run with this setup takes."""
    return Form(*setup.picture, setup.frame_rate)


class Idleness:
    """For how long a process has not used the CPU at all: milliseconds in which we ourselves were awake."""

    def __init__(self, pid: int) -> None:
        self._stat = Path(f"/proc/{pid}/stat")
        self._used, self._looked, self.duration = -1, time.monotonic(), 0

    def look(self) -> int:
        """Looks, and says. A pause of our own counts little: it may have been the whole machine's."""
        now, used = time.monotonic(), self._ticks()
        passed, self._looked = int((now - self._looked) * 1000), now
        self.duration = 0 if used != self._used else self.duration + min(passed, 2 * POLL)
        self._used = used
        return self.duration

    def _ticks(self) -> int:
        """User and system time (proc_pid_stat(5), fields 14 and 15); -1 once it has ended."""
        try:
            fields = self._stat.read_bytes().rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return -1
        return int(fields[11]) + int(fields[12])


class Run:
    """A run. `revision` is of the configuration that it has, `number` the one that its newest stored slot
    has, `expected` the one that its first is to have, `until` where it is to end, once settled; `end_wish` is
    why it was ended while slots of the run before were still to come.
    """

    mode = "encode"

    def __init__(self, spool: RunSpool, encoder: Process, playout: Playout, expected: int) -> None:
        self.spool, self.encoder, self.playout, self.expected = spool, encoder, playout, expected
        self.revision: str | None = None
        self.until: int | None = None
        self.number: int | None = None
        self.lag = self.off_time = 0
        self.fault = ""
        self.end_wish: End | None = None
        self._cuts = 0
        self._idleness = Idleness(encoder.pid)

    @classmethod
    async def start(
        cls,
        ffmpeg: str,
        settings: Settings,
        spool: RunSpool,
        playout: Playout,
        redactor: Redactor,
        expected: int,
    ) -> "Run":
        """Starts the encoder and has it fed from the run's start on.

        Raises:
            OSError: the encoder cannot be started.
            ValueError: its first frame has already been given.
        """
        setup = spool.setup
        feeding = EncoderInput.open(form_of(setup))
        try:
            command = encoder_command(
                ffmpeg, setup, feeding.arguments(), spool.start // 1000, settings.preset, settings.threads
            )
            encoder = await Process.start(
                command, "encoder", redactor, folder=spool.folder, inherited=feeding.descriptors
            )
            try:
                playout.attach(feeding, setup.frame_at(spool.start))
            except ValueError:
                await encoder.end(0)
                raise
        except BaseException:
            feeding.abandon()
            raise
        feeding.taken()
        return cls(spool, encoder, playout, expected)

    @property
    def shown_number(self) -> int:
        """The run's number, for people."""
        return self.number or self.expected

    def facts(self, playing: bool) -> RunFacts:
        """What a decision needs; `playing` says whether its playout feeds this run now.

        The exit code is taken first: once it is there, nothing more appears. The first look at which its
        input is broken off does not count: the encoder may just have ended, which its exit code says better.
        """
        exit_code = self.encoder.exit_code
        self._cuts = self._cuts + 1 if playing and self.playout.cut else 0
        return RunFacts(
            start=self.spool.start,
            end=self.spool.end,
            segment=self.spool.setup.segment,
            until=self.until,
            complete=not self.fault and self.spool.has_next(exit_code is not None),
            exit_code=exit_code,
            lag=self.lag,
            off_time=self.off_time,
            idle=self._idleness.look(),
            fault=self.fault,
            cut=self._cuts > 1,
        )

    def collect(self, now: int) -> SpooledSlot | None:
        """Takes the next slot, or notes why it cannot be used; `now` is the channel's time (milliseconds)."""
        try:
            slot = self.spool.collect(self.encoder.exit_code is not None)
        except JournalError as error:
            self.fault = str(error)
            return None
        if slot is not None:
            lag = now - slot.end
            self.off_time, self.lag = course.off_time_after(self.off_time, lag, self.lag), lag
        return slot
