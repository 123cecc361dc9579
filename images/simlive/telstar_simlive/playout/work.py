"""A source at work: a task that keeps players going, and the frames they give."""

import asyncio
import time

import structlog

from telstar_simlive.playout.buffer import Depth
from telstar_simlive.playout.form import Form
from telstar_simlive.playout.frames import Frame
from telstar_simlive.playout.player import Player
from telstar_simlive.playout.selection import Candidate, recent
from telstar_simlive.process import Redactor


class Work:
    """One source. `open`, `close` and the task belong to the event loop; `take`, `trim`, `fell` and
    `candidate` to the switcher's thread, which only reads what the task sets.
    """

    def __init__(self, ffmpeg: str, threads: int, redactor: Redactor, form: Form) -> None:
        self._ffmpeg, self._threads, self._redactor, self._form = ffmpeg, threads, redactor, form
        self._log = structlog.get_logger()
        self._task: asyncio.Task[None] | None = None
        self._open_since: float | None = None
        self._falls: tuple[float, ...] = ()
        self.failed = False
        """The last attempt to play it came to nothing."""
        self.message = "not opened yet"
        self.faults: dict[str, str] = {}
        """What is wrong with which part of it, for people."""

    def open(self) -> None:
        """Begins to play."""
        if self._task is None:
            self._open_since, self.failed = time.monotonic(), False
            self._task = asyncio.create_task(self._keep_playing())
            self._task.add_done_callback(report_failure)

    async def close(self) -> None:
        """Ends what it started; it can be opened again."""
        task, self._task, self._open_since = self._task, None, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @property
    def is_open(self) -> bool:
        """It was opened."""
        return self._task is not None

    def candidate(self, now: float) -> Candidate:
        """What the selection needs to know."""
        falls = len(recent(self._falls, now))
        return Candidate(self._open_since, self.ready_since(now), self.failed, self.ended, falls)

    def fell(self, now: float) -> int:
        """It gave nothing any more while it was on the air; how often that was of late."""
        self._falls = (*recent(self._falls, now), now)
        return len(self._falls)

    @property
    def ended(self) -> bool:
        """It has ended for good, and gave its last frame."""
        return False

    def ready_since(self, now: float) -> float | None:
        """Since when it gives frames without a break, None where it does not."""
        raise NotImplementedError

    def take(self, patience: float) -> "Taken | None":
        """The next frame, if there is one just now; of a file, within so many seconds."""
        raise NotImplementedError

    def trim(self) -> None:
        """It goes on the air."""

    async def play(self) -> None:
        """Plays for ever, or to its end."""
        raise NotImplementedError

    async def _keep_playing(self) -> None:
        while True:
            try:
                return await self.play()
            except OSError as error:  # no process or no descriptor can be had just now
                self.failed, self.message = True, f"{type(error).__name__}: {error}"
                self._log.error("source not played", reason=self.message)
                await asyncio.sleep(1)


def report_failure(task: "asyncio.Task[None]") -> None:
    """Says in the log what ended a task that should not end: a bug."""
    if not task.cancelled() and (error := task.exception()) is not None:
        structlog.get_logger().error("a task of the playout failed", exc_info=error)


class Taken:
    """A frame on the air; `give_back` when the next one is."""

    __slots__ = ("_player", "frame")

    def __init__(self, frame: Frame, player: Player) -> None:
        self.frame, self._player = frame, player

    def give_back(self) -> None:
        """Lets its player fill it again."""
        self._player.buffer.give_back(self.frame)


class SinglePlayerWork(Work):
    """A source that one player at a time plays, and that is tried again for ever."""

    def __init__(self, ffmpeg: str, threads: int, redactor: Redactor, form: Form) -> None:
        super().__init__(ffmpeg, threads, redactor, form)
        self._player: Player | None = None
        self._former: Player | None = None

    async def start_player(self, command: list[str], depth: Depth) -> Player:
        """Starts the next player, whose frames follow those that are left of the former's."""
        player = await Player.start(command, self._redactor, self._form, depth)
        self._former, self._player = self._player, player
        return player

    def ready_since(self, now: float) -> float | None:
        """The present player's. What is left of one that has ended is not worth going back on the air."""
        player = self._player
        return player.buffer.ready_since(now) if player and not player.ended.is_set() else None

    def take(self, patience: float) -> Taken | None:
        """The next frame."""
        for player in (self._former, self._player):
            frame = player.buffer.take(patience) if player else None
            if frame is not None and player is not None:
                return Taken(frame, player)
        return None

    def trim(self) -> None:
        """Drops what a live feed has too much of, and what is left of the time before."""
        self._former = None
        player = self._player
        if player is not None:
            player.buffer.trim()

    async def close(self) -> None:
        """Ends the player, and what is left of its frames."""
        await super().close()
        self._former = self._player = None
