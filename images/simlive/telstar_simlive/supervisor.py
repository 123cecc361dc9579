"""The thin shell around `course.decide`: sees, asks what to do next, does it, until it is told to stop."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import assert_never

import structlog

from telstar_simlive import course
from telstar_simlive.channel import Channel, ContentKey
from telstar_simlive.course import End, Facts, Finish, OpenSource, Publish, RunFacts, Start, Wait
from telstar_simlive.encoder import encoder_command
from telstar_simlive.feed import Feed
from telstar_simlive.journal import JournalError, JournalWriter, Slot
from telstar_simlive.metrics import Metrics
from telstar_simlive.process import Process, Redactor
from telstar_simlive.settings import Settings
from telstar_simlive.spool import RunSpool

_PATIENCE = 3.0  # seconds an encoder gets to end by itself


def wall_clock() -> int:
    """Milliseconds since the epoch: the one clock of this process."""
    return time.time_ns() // 1_000_000


class Run:
    """A run at work: its spool and its encoder."""

    def __init__(self, spool: RunSpool, encoder: Process) -> None:
        self.spool, self.encoder = spool, encoder
        self.lag = self.off_time = 0
        self.fault = ""

    def facts(self) -> RunFacts:
        """What a decision needs. The exit code is taken first: once it is there, nothing more appears."""
        exit_code = self.encoder.exit_code
        complete = not self.fault and self.spool.has_next(exit_code is not None)
        return RunFacts(
            self.spool.start, self.spool.end, complete, exit_code, self.lag, self.off_time, self.fault
        )


class Supervisor:
    """One channel at work in its folder, whose lock the caller holds."""

    def __init__(
        self,
        ffmpeg: str,
        settings: Settings,
        channel: Channel,
        key: ContentKey | None,
        feed: Feed,
        metrics: Metrics,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        self._ffmpeg, self._settings, self._channel, self._key = ffmpeg, settings, channel, key
        self._feed, self._metrics, self._clock = feed, metrics, clock
        self._path: Path = settings.segments_path
        self._writer = JournalWriter(self._path)
        self._log = structlog.get_logger()
        self._redactor = Redactor({key.key: "<key>"} if key else {})
        self._stopping = asyncio.Event()
        self._run: Run | None = None
        self._failures = 0
        self._ended: int | None = None
        self.restarts = 0
        self.looked_at = clock()
        self.waiting_for = ""
        self._first: Slot | None = None

    @property
    def newest(self) -> Slot | None:
        """The newest slot of the channel."""
        return self._writer.last

    @property
    def streaming_since(self) -> Slot | None:
        """The first slot that this process published."""
        return self._first

    @property
    def run_number(self) -> int | None:
        """The present run's number."""
        return self._run.spool.number if self._run else None

    @property
    def encoder(self) -> Process | None:
        """The present encoder."""
        return self._run.encoder if self._run else None

    def stop(self) -> None:
        """Asks it to end its run and finish."""
        self._stopping.set()

    async def supervise(self) -> None:
        """Looks, decides and acts until `stop` was called and all is ended."""
        try:
            while True:
                self.looked_at = self._clock()
                action = course.decide(self._facts())
                if isinstance(action, Finish):
                    return
                await self._perform(action)
        finally:
            if self._run is not None:
                await self._end(self._run, End("SimLive itself failed"))
            await self._feed.close()

    def _facts(self) -> Facts:
        return Facts(
            now=self._clock(),
            segment=self._channel.spec.segment_duration * 1000,
            source=self._feed.state,
            source_message=self._feed.message,
            newest_end=self._writer.last.end if self._writer.last else None,
            run=self._run.facts() if self._run else None,
            failures=self._failures,
            ended=self._ended,
            stopping=self._stopping.is_set(),
        )

    async def _perform(self, action: course.Action) -> None:
        match action:
            case Publish():
                assert self._run is not None
                await self._publish(self._run, ended=self._run.encoder.exit_code is not None)
            case End():
                assert self._run is not None
                await self._end(self._run, action)
            case OpenSource():
                await self._feed.close()
                await self._feed.open()
            case Start(start):
                self._run = await self._start(start)
            case Wait(duration, reason):
                self.waiting_for = reason
                await asyncio.sleep(duration / 1000)
            case Finish():
                pass
            case _:
                assert_never(action)

    async def _start(self, start: int) -> Run:
        number = self._writer.last.run + 1 if self._writer.last else 1
        spool = RunSpool(self._path, self._channel, number, start, self._settings.font_file)
        command = encoder_command(
            self._ffmpeg, self._settings, self._channel, self._feed.inputs(), start // 1000, self._key
        )
        encoder = await Process.start(
            command, "encoder", self._redactor, folder=spool.folder, inherited=self._feed.descriptors
        )
        self._feed.taken()
        kid = self._key.kid if self._key else None
        self._log.info("run started", run=number, start=start, encoder=encoder.pid, kid=kid)
        return Run(spool, encoder)

    async def _publish(self, run: Run, ended: bool) -> None:
        """Publishes the next slot, or notes why it cannot be."""
        try:
            slot = await asyncio.to_thread(run.spool.publish, self._writer, ended)
        except (JournalError, OSError) as error:
            run.fault = str(error)
            self._log.error("slot not published", run=run.spool.number, reason=run.fault)
            return
        if slot is None:
            return
        lag, self._first = self._clock() - slot.end, self._first or slot
        run.off_time, run.lag = course.off_time_after(run.off_time, lag, run.lag), lag
        self._metrics.published(slot, run.lag)
        self._log.debug("slot published", sequence=slot.sequence, run=slot.run, lag=run.lag)

    async def _end(self, run: Run, end: End) -> None:
        """Ends encoder and source together, as each may wait for the other; keeps what is complete."""
        await asyncio.gather(run.encoder.end(_PATIENCE), self._feed.close())
        while not run.fault and run.spool.has_next(ended=True):
            await self._publish(run, ended=True)
        run.spool.remove()
        self._run, self._ended = None, self._clock()
        self._failures = course.failures_after(self._failures, run.spool.published, end.wished)
        if not end.wished:
            self.restarts += 1
            self._metrics.restarts.inc()
        (self._log.info if end.wished else self._log.error)(
            "run ended", run=run.spool.number, slots=run.spool.published, reason=end.reason
        )
