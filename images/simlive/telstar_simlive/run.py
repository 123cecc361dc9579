"""A run at work: the FFmpeg that makes it, and the spool it writes."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from telstar_simlive import course
from telstar_simlive.channel import Source
from telstar_simlive.course import POLL, End, RunFacts
from telstar_simlive.encoder import encoder_command
from telstar_simlive.journal import JournalError
from telstar_simlive.mode import Wanted
from telstar_simlive.playout import EncoderInput, Form, Place, Playout, PlayoutStatus
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


class Run(ABC):
    """A run, `made_of` a setup and what it copies. `revision` is of the configuration that it has, `number`
    the one that its newest stored slot has, `expected` the one that its first is to have, `until` where it is
    to end, once settled; `end_wish` is why it was ended while slots of the run before were still to come.
    `peaks` has by track the bits per second of the largest slot, where that is known beforehand.
    """

    mode: ClassVar[str]

    def __init__(
        self, made_of: Wanted, spool: RunSpool, encoder: Process, clock: Callable[[], int], expected: int
    ) -> None:
        self.made_of, self.spool, self.encoder, self.expected = made_of, spool, encoder, expected
        self._clock = clock
        self.peaks: Mapping[str, int] = MappingProxyType({})
        self.revision: str | None = None
        self.until: int | None = None
        self.number: int | None = None
        self.lag = self.off_time = 0
        self.fault = ""
        self.end_wish: End | None = None

    @property
    def shown_number(self) -> int:
        """The run's number, for people."""
        return self.number or self.expected

    @property
    def list_end(self) -> int | None:
        """Where its FFmpeg has no more to play, so that another run has to follow; None where it has."""
        return None

    @abstractmethod
    def over_at(self, moment: int, /) -> bool:
        """Whether it is known that nothing is left to play at a moment."""

    @abstractmethod
    def place_at(self, moment: int, source: Source) -> Place | None:
        """Where in the source's playlist it is at a moment; None where that is not what it plays."""

    @property
    @abstractmethod
    def status(self) -> PlayoutStatus:
        """What is on the air."""

    @abstractmethod
    def facts(self, playing: bool, /) -> RunFacts:
        """What a decision needs; `playing` says whether it is on the air now."""

    @abstractmethod
    def end_at(self, until: int, successor: "Run | None" = None, /) -> None:
        """Settles that it ends at a slot boundary, where its successor, if there is one, takes over."""

    def has_next(self, ended: bool) -> bool:
        """Whether the next slot lies whole in the spool; see `RunSpool.has_next`."""
        return self.spool.has_next(ended)

    def _facts(self, exit_code: int | None, **more: Any) -> RunFacts:
        """The exit code was taken first: once it is there, nothing more appears."""
        return RunFacts(
            start=self.spool.start,
            end=self.spool.end,
            segment=self.spool.setup.segment,
            until=self.until,
            complete=not self.fault and self.has_next(exit_code is not None),
            exit_code=exit_code,
            lag=self.lag,
            off_time=self.off_time,
            fault=self.fault,
            **more,
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


class EncodedRun(Run):
    """An encoder, and the playout that feeds it."""

    mode = "encode"

    def __init__(
        self, spool: RunSpool, encoder: Process, playout: Playout, clock: Callable[[], int], expected: int
    ) -> None:
        super().__init__(Wanted(spool.setup), spool, encoder, clock, expected)
        self.playout = playout
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
        clock: Callable[[], int],
        expected: int,
    ) -> "EncodedRun":
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
        return cls(spool, encoder, playout, clock, expected)

    def place_at(self, moment: int, source: Source) -> Place | None:
        """Where the playlist will be; where it is now, while it is not on the air."""
        place = self.playout.place(source)
        if place is None or self.playout.status.state != "preferred":
            return place
        return Place(place.item, place.seconds + max(moment - self._clock(), 0) / 1000)

    def over_at(self, _: int, /) -> bool:
        """Whether its playout has come to its end; what comes is not known."""
        return self.playout.status.state == "ended"

    @property
    def status(self) -> PlayoutStatus:
        """What its playout says."""
        return self.playout.status

    def end_at(self, until: int, successor: Run | None = None, /) -> None:
        """Has its pipes closed there; a successor that takes the same playout's frames does so itself."""
        self.until = until
        if not (isinstance(successor, EncodedRun) and successor.playout is self.playout):
            self.playout.end_at(self.spool.setup.frame_at(until))

    def facts(self, playing: bool, /) -> RunFacts:
        """What a decision needs; `playing` says whether its playout feeds this run now.

        The first look at which its input is broken off does not count: the encoder may just have ended, which
        its exit code says better.
        """
        exit_code = self.encoder.exit_code
        self._cuts = self._cuts + 1 if playing and self.playout.cut else 0
        return self._facts(exit_code, idle=self._idleness.look(), cut=self._cuts > 1)
