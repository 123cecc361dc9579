"""A run that copies: FFmpeg plays files as they are, without a playout."""

from collections.abc import Callable

from telstar_simlive.channel import Source
from telstar_simlive.copying import CopyPlan, Position, play, run_slots
from telstar_simlive.course import RunFacts
from telstar_simlive.mode import Wanted
from telstar_simlive.playout import Place, PlayoutStatus, item_name
from telstar_simlive.process import Process, Redactor
from telstar_simlive.run import Run
from telstar_simlive.spool import RunSpool


class CopyRun(Run):
    """Plays `plan` from `position` on, for so many `slots` at most; it is copied `since` (milliseconds)."""

    mode = "copy"

    def __init__(
        self,
        spool: RunSpool,
        encoder: Process,
        clock: Callable[[], int],
        expected: int,
        plan: CopyPlan,
        position: Position,
        slots: int,
        since: int,
    ) -> None:
        super().__init__(Wanted(spool.setup, plan), spool, encoder, clock, expected)
        self.plan, self.position, self.slots, self.since = plan, position, slots, since
        self.peaks = plan.peaks(spool.setup.tracks)

    @classmethod
    async def start(
        cls,
        ffmpeg: str,
        spool: RunSpool,
        plan: CopyPlan,
        position: Position,
        former: Run,
        redactor: Redactor,
        clock: Callable[[], int],
        expected: int,
    ) -> "CopyRun":
        """Starts FFmpeg, which waits for the run's start and plays from a position on.

        Raises:
            OSError: it cannot be started.
        """
        slots = run_slots(plan, position)
        copier = await play(
            ffmpeg, spool.folder, spool.setup, plan, position, slots, spool.start, clock(), redactor
        )
        since = former.since if isinstance(former, CopyRun) else spool.start
        return cls(spool, copier, clock, expected, plan, position, slots, since)

    @property
    def list_end(self) -> int:
        """Where FFmpeg ends by itself."""
        return self.spool.start + self.slots * self.spool.setup.segment

    @property
    def over(self) -> bool:
        """All of a playlist that does not loop was played."""
        return self.over_at(self.spool.end)

    def over_at(self, moment: int, /) -> bool:
        """Whether a playlist that does not loop is at its end at a moment."""
        return self._position_at(moment) is None

    def _position_at(self, moment: int) -> Position | None:
        elapsed = max(moment - self.spool.start, 0)
        return self.plan.position_at(elapsed // self.spool.setup.segment, self.position)

    def place_at(self, moment: int, source: Source) -> Place | None:
        """Where in the source's playlist it is at a moment; None where that is not what it plays."""
        position = self._position_at(moment)
        if position is None or source.playlist is None or source.playlist.items != self.plan.items:
            return None
        within = max(moment - self.spool.start, 0) % self.spool.setup.segment
        return Place(position.item, position.slot * self.plan.segment + within / 1000)

    @property
    def status(self) -> PlayoutStatus:
        """What is on the air."""
        position = self._position_at(self._clock())
        message = f"copying {item_name(self.plan.items[position.item])}" if position else "the playlist ends"
        return PlayoutStatus("preferred", self.since, message, {}, 0, 0)

    def end_at(self, until: int, _: Run | None = None, /) -> None:
        """Settles where it ends. FFmpeg goes on; whoever has collected the last slot ends it."""
        self.until = until

    def has_next(self, ended: bool) -> bool:
        """Whether the next slot lies whole in the spool; what comes after `until` is not wanted."""
        return (self.until is None or self.spool.end < self.until) and super().has_next(ended)

    def facts(self, _: bool, /) -> RunFacts:
        """What a decision needs. It may well use no CPU for seconds: that says nothing."""
        exit_code = self.encoder.exit_code
        return self._facts(exit_code, copied=True, over=exit_code == 0 and self.over)
