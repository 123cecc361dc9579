"""The thin shell around `course.decide`: sees, asks what to do next, does it, until it is told to stop."""

import asyncio
import time
from typing import assert_never

import structlog

from telstar_simlive import course, overlay
from telstar_simlive.configuration import Configuration, ConfigurationWatch
from telstar_simlive.course import Close, Collect, End, Facts, Finish, Open, Start, Succeed, Wait
from telstar_simlive.keeper import Keeper
from telstar_simlive.metrics import Metrics
from telstar_simlive.playout import PlayoutStatus, Timeline
from telstar_simlive.process import Redactor
from telstar_simlive.publisher import Publisher
from telstar_simlive.redaction import hide
from telstar_simlive.run import Run, form_of
from telstar_simlive.settings import Settings
from telstar_simlive.setup import Setup, boundary_ahead, setup_of
from telstar_simlive.spool import RunSpool
from telstar_simlive.stage import Stage, Staged

_PATIENCE = 1.0  # seconds an encoder gets to end by itself
_LOOK = 1.0  # seconds after which the configuration is looked at again
_SLOW = 10.0  # seconds that a slot may wait to be stored before that is told
_DRAIN = 15.0  # seconds for storing what is still in the spool, once told to stop


class Supervisor:
    """One channel at work. What it makes, the publisher stores."""

    def __init__(
        self,
        ffmpeg: str,
        settings: Settings,
        watch: ConfigurationWatch,
        stage: Stage,
        publisher: Publisher,
        keeper: Keeper,
        timeline: Timeline,
        redactor: Redactor,
        metrics: Metrics,
    ) -> None:
        self._ffmpeg, self._settings, self._watch, self._stage = ffmpeg, settings, watch, stage
        self._publisher, self._keeper = publisher, keeper
        self._timeline, self._redactor = timeline, redactor
        self._metrics, self._log = metrics, structlog.get_logger()
        self._runs: list[Run] = []
        self._stopping: int | None = None
        self._hurry = False
        self._failures = 0
        self._ended: int | None = None
        self._newest_end = publisher.newest.end if publisher.newest else None
        self._configured = time.monotonic()
        self._reason = ""
        self.restarts = 0
        self.looked_at = time.monotonic()
        self.status: PlayoutStatus | None = None

    @property
    def run(self) -> Run | None:
        """The run that is on the air: the newest that has begun."""
        now = self._timeline.now()
        begun = [run for run in self._runs if run.spool.start <= now]
        return begun[-1] if begun else (self._runs[0] if self._runs else None)

    @property
    def configuration(self) -> Configuration:
        """The configuration in force."""
        return self._watch.current

    @property
    def revision(self) -> str | None:
        """The revision of the configuration that is on the air; None until a slot was stored."""
        return self._publisher.on_air.revision if self._publisher.on_air else None

    @property
    def waiting_for(self) -> str:
        """What it waits for, and what a person should know."""
        parts = [self._reason]
        if self._watch.fault:
            parts.append(f"a configuration that can be used: {self._watch.fault}")
        late = self._publisher.late / 1000
        if self._publisher.fault or late > _SLOW:
            parts.append(f"the volume: {self._publisher.fault or f'it has not answered for {late:.0f} s'}")
        return "; ".join(part for part in parts if part)

    def stop(self) -> None:
        """Asks it to let the present slot end, store it, and finish; called again, to do so at once."""
        if self._stopping is not None:
            self._hurry = True
        self._stopping = self._stopping or self._timeline.now()

    async def supervise(self) -> None:
        """Looks, decides and acts until `stop` was called and all is ended and stored.

        Raises:
            FencedError: another process writes this folder now; nothing more is written.
        """
        publishing = asyncio.create_task(self._publisher.work())
        try:
            while not publishing.done():
                self.looked_at = time.monotonic()
                await self._look()
                action = course.decide(self._facts())
                if isinstance(action, Finish):
                    if not await self._publisher.drain(_DRAIN):
                        self._log.error("slots lost", slots=self._publisher.pending, reason="told to stop")
                    return
                await self._perform(action)
            publishing.result()
        finally:
            publishing.cancel()
            await asyncio.gather(*(run.encoder.end(0) for run in self._runs), self._stage.close())

    async def _look(self) -> None:
        """What changes while a run goes on: configuration, overlay, what the metrics say."""
        if time.monotonic() - self._configured >= _LOOK:
            self._configured = time.monotonic()
            await self._reconfigure()
            self._measure()
        now, current = self._timeline.now(), self._watch.current
        for run in self._runs:
            setup, moment = run.spool.setup, max(now, run.spool.start)
            slate = run.playout.status.state == "slate"
            name = current.channel.spec.display_name
            run.spool.write_texts(
                overlay.texts(setup, name, current.programmes, moment, run.spool.start, slate)
            )
            if setup == setup_of(current.channel.spec, current.keys, moment):
                run.revision = current.channel.revision

    async def _reconfigure(self) -> None:
        before, fault = self._watch.current.channel, self._watch.fault
        if not self._watch.look():
            return
        current = self._watch.current
        if self._watch.fault != fault and self._watch.fault:
            self._log.error("configuration not used", reason=self._watch.fault)
        if current.channel != before:
            self._log.info("configuration changed", revision=current.channel.revision)
        hide(self._redactor, current)
        old, new = before.spec, current.channel.spec
        if (old.sources, old.display_name) != (new.sources, new.display_name):
            await self._stage.set_sources(new.sources, new.display_name)

    def _measure(self) -> None:
        volume = self._keeper.volume
        self._metrics.volume(volume.free, volume.total, self._publisher.late, self._publisher.pending)
        self._metrics.clock(self._timeline.ahead, self._timeline.steps)
        if (run := self.run) is not None:
            self._metrics.on_air(run.spool.setup.kid)
        if self.status is not None:
            self._metrics.source(self.status.state, self.status.switches, self.status.repeated)

    def _wanted(self, moment: int) -> Setup | None:
        current = self._watch.current
        return setup_of(current.channel.spec, current.keys, moment)

    def _staged(self, now: int) -> Staged | None:
        """The playout for the next run; those that no run needs any more are closed."""
        wanted = self._wanted(now)
        forms = [form_of(run.spool.setup) for run in self._runs] + ([form_of(wanted)] if wanted else [])
        if forms:
            self._stage.keep(forms)
        return self._stage.find(form_of(wanted)) if wanted else None

    def _facts(self) -> Facts:
        now = self._timeline.now()
        staged, run = self._staged(now), self.run
        playing = run.playout if run else (staged.playout if staged else None)
        self.status = playing.status if playing else None
        return Facts(
            now=now,
            missing="" if self._wanted(now) else f"the channel's key in {self._settings.key_directory}",
            opened=staged.opened if staged else None,
            ready=staged is not None and staged.playout.ready,
            over=self.status is not None and self.status.state == "ended",
            # Before its first frame a playout still speaks of the encoder before.
            runs=tuple(one.facts(playing=one is run and one.spool.start <= now) for one in self._runs),
            due=self._due(now),
            newest_end=self._newest_end,
            failures=self._failures,
            ended=self._ended,
            stopping=self._stopping,
            hurry=self._hurry,
        )

    def _due(self, now: int) -> int | None:
        """The boundary at which the newest run is to be succeeded, when it is time to prepare that."""
        if not self._runs or self._stopping is not None:
            return None
        spool = self._runs[-1].spool
        if self._runs[-1].until is not None or spool.start > now:
            return None
        boundary = boundary_ahead(spool.start, spool.setup.segment, now)
        wanted = self._wanted(boundary) if boundary else None
        return boundary if wanted is not None and wanted != spool.setup else None

    async def _perform(self, action: course.Action) -> None:
        match action:
            case Collect():
                self._collect(self._runs[0])
            case End():
                await self._end(action)
            case Open():
                wanted = self._wanted(self._timeline.now())
                assert wanted is not None
                await self._stage.open(form_of(wanted))
            case Start(start):
                await self._start(start, self._publisher.expected_number())
            case Succeed(start):
                await self._succeed(start)
            case Close(until):
                self._runs[-1].playout.end_at(self._runs[-1].spool.setup.frame_at(until))
                self._runs[-1].until = until
            case Wait(duration, reason):
                self._reason = reason
                await asyncio.sleep(duration / 1000)
            case Finish():
                pass
            case _:
                assert_never(action)

    async def _start(self, start: int, expected: int) -> bool:
        """Starts a run, or counts the failure."""
        setup = self._wanted(start)
        staged = self._stage.find(form_of(setup)) if setup else None
        if setup is None or staged is None:  # the configuration changed in this moment
            return False
        spool = RunSpool(self._settings.spool_path, setup, start, self._settings.font_file)
        current = self._watch.current
        name = current.channel.spec.display_name
        spool.write_texts(overlay.texts(setup, name, current.programmes, start, start, slate=False))
        try:
            run = await Run.start(
                self._ffmpeg, self._settings, spool, staged.playout, self._redactor, expected
            )
        except (OSError, ValueError) as error:
            self._log.error("run not started", start=start, reason=str(error))
            spool.remove()
            self._failures, self._ended = self._failures + 1, self._timeline.now()
            return False
        self._runs.append(run)
        self._log.info("run started", run=expected, start=start, encoder=run.encoder.pid, kid=setup.kid)
        return True

    async def _succeed(self, start: int) -> None:
        former = self._runs[-1]
        if not await self._start(start, former.shown_number + 1):
            return
        former.until = start
        if former.playout is not self._runs[-1].playout:
            former.playout.end_at(former.spool.setup.frame_at(start))
        self._metrics.successions.inc()

    def _collect(self, run: Run) -> None:
        slot = run.collect(self._timeline.now())
        if slot is not None:
            self._newest_end = slot.end
            self._publisher.submit(run, slot)

    async def _end(self, end: End) -> None:
        """Ends a run and keeps what is whole; a successor's slots wait for those of the run before."""
        run = self._runs[end.index]
        end = run.end_wish or end
        if run.encoder.exit_code is None:
            stuck = run.facts(playing=False).idle > course.HUNG
            await run.encoder.end(0 if stuck else _PATIENCE)
        if run is not self._runs[0]:
            run.end_wish = end
            return
        while not run.fault and run.spool.has_next(ended=True):
            before = run.spool.collected
            self._collect(run)
            if run.spool.collected == before:
                break
        self._runs.remove(run)
        self._publisher.finished(run)
        self._ended = self._timeline.now()
        self._failures = course.failures_after(self._failures, run.spool.collected, end.wished)
        if not end.wished:
            self.restarts += 1
            self._metrics.restarts.inc()
        (self._log.info if end.wished else self._log.error)(
            "run ended", run=run.shown_number, slots=run.spool.collected, reason=end.reason
        )
