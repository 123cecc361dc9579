"""The thin shell around `course.decide`: sees, asks what to do next, does it, until it is told to stop."""

import asyncio
import time
from typing import assert_never

import structlog

from telstar_simlive import course, overlay
from telstar_simlive.configuration import Configuration, ConfigurationWatch
from telstar_simlive.copy_run import CopyRun
from telstar_simlive.copying import CopyPlan, Examiner, Position, Refusal
from telstar_simlive.course import Close, Collect, End, Facts, Finish, Open, Start, Succeed, Wait
from telstar_simlive.keeper import Keeper
from telstar_simlive.metrics import Metrics
from telstar_simlive.mode import Wanted, pause_after, plays, wanted_at
from telstar_simlive.playout import Place, PlayoutStatus, Timeline
from telstar_simlive.process import Redactor
from telstar_simlive.publisher import Publisher
from telstar_simlive.redaction import hide
from telstar_simlive.run import EncodedRun, Run, form_of
from telstar_simlive.settings import Settings
from telstar_simlive.setup import boundary_ahead
from telstar_simlive.spool import RunSpool
from telstar_simlive.stage import Stage, Staged

_PATIENCE = 1.0  # seconds an encoder gets to end by itself
_LOOK = 1.0  # seconds after which the configuration is looked at again
_SLOW = 10.0  # seconds that a slot may wait to be stored before that is told
_OPENING = 1000  # milliseconds after which a playlist that is opened gives its first frames, about
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
        self._examiner = Examiner(ffmpeg, redactor)
        self._copy_faults, self._copy_again = 0, time.monotonic()
        self._copied: CopyRun | None = None  # the newest that ended, until something was encoded
        self._over: tuple[CopyPlan, PlayoutStatus] | None = None  # what was copied to its end
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

    @property
    def mode_reason(self) -> str:
        """Why it does not copy; empty while it does."""
        decision, wait = self._examiner.decision, self._copy_again - time.monotonic()
        if isinstance(self.run, CopyRun):
            return ""
        if isinstance(decision, Refusal):
            return decision.reason
        if wait > 0:
            return f"a run that was copied has failed: that is tried again in {wait:.0f} s"
        if decision is None:
            return f"the files are being examined: {self._examiner.waiting_for}".rstrip(": ")
        return "" if self._over else "copying begins with one of the next slots"

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
            ending = (run.encoder.end(0) for run in self._runs)
            await asyncio.gather(*ending, self._examiner.close(), self._stage.close())

    async def _look(self) -> None:
        """What changes while a run goes on: configuration, overlay, what the metrics say."""
        if time.monotonic() - self._configured >= _LOOK:
            self._configured = time.monotonic()
            await self._reconfigure()
            self._examiner.look(self._watch.current.channel.spec)
            self._measure()
        now, current = self._timeline.now(), self._watch.current
        for run in self._runs:
            setup, moment = run.spool.setup, max(now, run.spool.start)
            slate = run.status.state == "slate"
            name = current.channel.spec.display_name
            run.spool.write_texts(
                overlay.texts(setup, name, current.programmes, moment, run.spool.start, slate)
            )
            if run.made_of == self._wanted_as(run.made_of, moment):
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

    def _wanted(self, moment: int) -> Wanted | None:
        """What a run is to be made with that begins at a moment."""
        newest = self._runs[-1].made_of if self._runs else None
        trusted = time.monotonic() >= self._copy_again
        return self._decided(moment, self._examiner.decision if trusted else None, newest)

    def _wanted_as(self, made_of: Wanted, moment: int) -> Wanted | None:
        """The same, if it is not to change its mode."""
        return self._decided(moment, made_of.plan, made_of)

    def _decided(
        self, moment: int, decision: CopyPlan | Refusal | None, newest: Wanted | None
    ) -> Wanted | None:
        current = self._watch.current
        return wanted_at(current.channel.spec, current.keys, moment, decision, newest)

    def _place(self, now: int) -> Place | None:
        """Where in its playlist the channel will be when a playout that is opened now has begun."""
        run = self._runs[-1] if self._runs else self._copied
        source = self._watch.current.channel.spec.source
        return run.place_at(now + _OPENING, source) if run else None

    def _is_over(self) -> bool:
        """What was copied to its end is still what is to be played."""
        over = self._over and not self._runs and plays(self._over[0], self._watch.current.channel.spec)
        if not over and not self._runs:
            self._over = None
        return bool(over)

    def _staged(self, now: int) -> Staged | None:
        """The playout for the next run; those that no run needs any more are closed."""
        wanted = self._wanted(now)
        forms = [form_of(run.spool.setup) for run in self._runs if isinstance(run, EncodedRun)]
        if wanted and wanted.plan is None:
            forms.append(form_of(wanted.setup))
        if self._runs or wanted:
            self._stage.keep(forms)
        return self._stage.find(form_of(wanted.setup)) if wanted and wanted.plan is None else None

    def _opened(self, now: int, staged: Staged | None) -> int | None:
        """Since when the next run has what it needs; copying, and an end, need no playout."""
        wanted = self._wanted(now)
        if self._is_over() or (wanted and wanted.plan is not None):
            return now
        return staged.opened if staged else None

    def _facts(self) -> Facts:
        now = self._timeline.now()
        staged, run = self._staged(now), self.run
        if run is not None:
            self.status = run.status
        else:
            self.status = staged.playout.status if staged else None
        if self._is_over() and self._over:
            self.status = self._over[1]
        return Facts(
            now=now,
            missing="" if self._wanted(now) else f"the channel's key in {self._settings.key_directory}",
            opened=self._opened(now, staged),
            ready=staged is None or staged.playout.ready,
            over=self.status is not None and self.status.state == "ended",
            # Before its first frame a playout still speaks of the encoder before.
            runs=tuple(one.facts(one is run and one.spool.start <= now) for one in self._runs),
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
        run, spool = self._runs[-1], self._runs[-1].spool
        if run.until is not None or spool.start > now:
            return None
        boundary = boundary_ahead(spool.start, spool.setup.segment, now)
        wanted = self._wanted(boundary) if boundary else None
        if boundary is None or wanted is None:
            return None
        if wanted.plan is not None and self._position(wanted.plan, boundary) is None:
            return None  # the playlist is let come to its end
        runs_out = run.list_end is not None and boundary >= run.list_end
        return boundary if wanted != run.made_of or runs_out else None

    def _position(self, plan: CopyPlan, start: int) -> Position | None:
        """Where the newest run's successor begins to copy; None where the playlist is over by then."""
        former = self._runs[-1]
        if former.made_of.plan in (None, plan) and former.over_at(start):
            return None
        place = former.place_at(start, self._watch.current.channel.spec.source)
        return plan.nearest(*place) if place is not None else Position(0, 0)

    async def _perform(self, action: course.Action) -> None:
        match action:
            case Collect():
                self._collect(self._runs[0])
            case End():
                await self._end(action)
            case Open():
                now = self._timeline.now()
                wanted = self._wanted(now)
                assert wanted is not None
                await self._stage.open(form_of(wanted.setup), self._place(now))
            case Start(start):
                await self._start(start, self._publisher.expected_number())
            case Succeed(start):
                await self._succeed(start)
            case Close(until):
                self._runs[-1].end_at(until)
            case Wait(duration, reason):
                self._reason = reason
                await asyncio.sleep(duration / 1000)
            case Finish():
                pass
            case _:
                assert_never(action)

    async def _start(self, start: int, expected: int) -> bool:
        """Starts a run, or counts the failure."""
        wanted = self._wanted(start)
        if wanted is None:  # the configuration changed in this moment, as below
            return False
        if wanted.plan is None and self._stage.find(form_of(wanted.setup)) is None:
            return False
        spool = RunSpool(self._settings.spool_path, wanted.setup, start, self._settings.font_file)
        try:
            run = await self._run_of(wanted, spool, expected)
        except (OSError, ValueError) as error:
            self._log.error("run not started", start=start, reason=str(error))
            spool.remove()
            self._failures, self._ended = self._failures + 1, self._timeline.now()
            if wanted.plan is not None:
                self._doubt()
            return False
        self._runs.append(run)
        pid, kid = run.encoder.pid, wanted.setup.kid
        self._log.info("run started", run=expected, start=start, encoder=pid, kid=kid, mode=run.mode)
        return True

    async def _run_of(self, wanted: Wanted, spool: RunSpool, expected: int) -> Run:
        current = self._watch.current
        if wanted.plan is not None:
            position = self._position(wanted.plan, spool.start)
            if position is None:
                raise ValueError("the playlist has come to its end")
            ffmpeg, former, clock = self._ffmpeg, self._runs[-1], self._timeline.now
            return await CopyRun.start(
                ffmpeg, spool, wanted.plan, position, former, self._redactor, clock, expected
            )
        staged = self._stage.find(form_of(wanted.setup))
        assert staged is not None
        name, start = current.channel.spec.display_name, spool.start
        spool.write_texts(overlay.texts(spool.setup, name, current.programmes, start, start, slate=False))
        playout, clock = staged.playout, self._timeline.now
        run = await EncodedRun.start(
            self._ffmpeg, self._settings, spool, playout, self._redactor, clock, expected
        )
        self._copied = None
        return run

    async def _succeed(self, start: int) -> None:
        former = self._runs[-1]
        if await self._start(start, former.shown_number + 1):
            former.end_at(start, self._runs[-1])
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
            stuck = run.facts(False).idle > course.HUNG
            await run.encoder.end(0 if stuck else _PATIENCE)
        if run is not self._runs[0]:
            run.end_wish = end
            return
        while not run.fault and run.has_next(ended=True):
            before = run.spool.collected
            self._collect(run)
            if run.spool.collected == before:
                break
        self._runs.remove(run)
        self._publisher.finished(run)
        if isinstance(run, CopyRun):
            self._note_copied(run, end.wished)
        self._ended = self._timeline.now()
        self._failures = course.failures_after(self._failures, run.spool.collected, end.wished)
        if not end.wished:
            self.restarts += 1
            self._metrics.restarts.inc()
        (self._log.info if end.wished else self._log.error)(
            "run ended", run=run.shown_number, slots=run.spool.collected, reason=end.reason
        )

    def _note_copied(self, run: CopyRun, wished: bool) -> None:
        """What follows from the end of a run that was copied."""
        self._copied = run
        if run.over and not self._runs:
            ended = PlayoutStatus("ended", run.spool.end, "the playlist is at its end", {}, 0, 0)
            self._over = run.plan, ended
        if not wished:
            self._doubt()

    def _doubt(self) -> None:
        """A copied run has failed: it is encoded for a while, and until the files are examined."""
        self._copy_faults += 1
        self._copy_again = time.monotonic() + pause_after(self._copy_faults)
        self._examiner.doubt()
