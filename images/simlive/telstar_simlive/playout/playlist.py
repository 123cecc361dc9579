"""A playlist at work: files played one after another, as if they were one."""

import asyncio
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from telstar_simlive.channel import Playlist
from telstar_simlive.playout.buffer import file_depth
from telstar_simlive.playout.commands import (
    Media,
    UnplayableError,
    item_command,
    item_name,
    parse_probe,
    probe_command,
)
from telstar_simlive.playout.form import Form
from telstar_simlive.playout.player import Limits, Player
from telstar_simlive.playout.selection import retry_delay
from telstar_simlive.playout.work import Taken, Work
from telstar_simlive.process import Redactor, stderr_of

_PROBE_TIMEOUT = 30.0
_LIMITS = Limits(first=15, between=5)
_LONGEST_DELAY = 30.0
_LEAD = 5.0
"""Seconds of frames that the prepared items must hold; where they hold less, the next one is prepared."""
_MOST_PREPARED = 3
_LOOK = 0.1


class Place(NamedTuple):
    """A place in a playlist: an item, from 0, and the seconds of it that have been played."""

    item: int
    seconds: float


@dataclass(eq=False)
class _Item:
    """An item being played, or prepared: its place in the list, from which second on it is played, how many
    frames that makes where it is known.
    """

    place: int
    url: str
    begin: float
    length: float | None
    player: Player
    taken: int = 0
    seeing: "asyncio.Task[None] | None" = field(default=None)

    def frames_left(self) -> float | None:
        """How many frames it will still give, as far as that is known."""
        if self.player.ended.is_set():
            return self.player.buffer.waiting
        return max(self.length - self.taken, 0) if self.length is not None else None


class PlaylistWork(Work):
    """Plays items; one that cannot be played is named and left out. The place in the list is kept, also
    while it is closed.
    """

    def __init__(
        self,
        ffmpeg: str,
        threads: int,
        redactor: Redactor,
        form: Form,
        playlist: Playlist,
        begin: Place | None = None,
    ) -> None:
        super().__init__(
            ffmpeg, threads, redactor.plus({item: item_name(item) for item in playlist.items}), form
        )
        self._items, self._loop = playlist.items, playlist.loop
        self._place, self._begin = begin or Place(0, 0.0)
        self._unplayable = 0  # items in succession that could not be played
        self._over = False
        self._line: deque[_Item] = deque()
        self._lock = threading.Lock()  # of the line: the switcher's thread takes what is played off it

    @property
    def place(self) -> Place:
        """Where in the list it is."""
        item = self._first()
        if item is None:
            return Place(self._place % len(self._items), self._begin)
        return Place(item.place % len(self._items), item.begin + item.taken / self._form.frame_rate)

    @property
    def ended(self) -> bool:
        """The last item's last frame has been given, and it is not looped."""
        return self._over and not self._line

    def ready_since(self, now: float) -> float | None:
        """The first item's that has frames to give."""
        with self._lock:
            for item in self._line:
                if not item.player.buffer.at_end:
                    return item.player.buffer.ready_since(now)
        return None

    def take(self, patience: float) -> Taken | None:
        """The next frame: of the present item, or, when that is at its end, at once of the next."""
        while (item := self._first()) is not None:
            frame = item.player.buffer.take(patience)
            if frame is not None:
                item.taken += 1
                self.message = f"playing {item_name(item.url)}"
                return Taken(frame, item.player)
            if not item.player.buffer.at_end:
                return None
            with self._lock:
                if self._line and self._line[0] is item:
                    self._line.popleft()
        return None

    def _first(self) -> _Item | None:
        with self._lock:
            return self._line[0] if self._line else None

    async def play(self) -> None:
        """Keeps the next items prepared until the list is at its end."""
        self.message = "the playlist is being opened"
        try:
            while self._loop or self._place < len(self._items):
                if len(self._line) >= _MOST_PREPARED or self._prepared() >= _LEAD:
                    await asyncio.sleep(_LOOK)
                else:
                    await self._prepare_next()
            self._over = True
            while self._line:
                await asyncio.sleep(_LOOK)
            self.message = "the playlist is at its end"
            self._log.info("playlist at its end")
        finally:
            await self._dismiss_all()

    def _prepared(self) -> float:
        """Seconds that the prepared items hold."""
        with self._lock:
            left = [item.frames_left() for item in self._line]
        return sum(_LEAD / 2 if frames is None else frames / self._form.frame_rate for frames in left)

    async def _prepare_next(self) -> None:
        place, url = self._place, self._items[self._place % len(self._items)]
        self._place += 1
        try:
            item = await self._prepare(place, url)
        except UnplayableError as error:
            self._fault(url, str(error))
            self._unplayable += 1
            if self._unplayable % len(self._items) == 0:
                self.failed = True
                self.message = f"no item of the playlist can be played; the last one: {error}"
                await asyncio.sleep(retry_delay(self._unplayable // len(self._items), _LONGEST_DELAY))
            return
        self._unplayable, self.failed = 0, False
        with self._lock:
            self._line.append(item)

    async def _prepare(self, place: int, url: str) -> _Item:
        begin, self._begin = self._begin, 0.0
        media = await self._probe(url)
        command = item_command(self._ffmpeg, url, media, self._form, self._threads, begin)
        player = await Player.start(command, self._redactor, self._form, file_depth(self._form))
        length = (media.duration - begin) * self._form.frame_rate if media.duration is not None else None
        item = _Item(place, url, begin, length, player)
        seeing = item.seeing = asyncio.create_task(self._see_through(item))
        try:
            while not player.buffer.count and not seeing.done():
                await asyncio.sleep(_LOOK / 4)
        except BaseException:
            await _cancel(seeing)
            raise
        if not player.buffer.count:
            raise UnplayableError(self.faults[item_name(url)])
        return item

    async def _probe(self, url: str) -> Media:
        command = probe_command(self._ffmpeg, url)
        try:
            return parse_probe(await stderr_of(command, self._redactor, _PROBE_TIMEOUT))
        except TimeoutError:
            raise UnplayableError(f"it could not be read within {_PROBE_TIMEOUT:.0f} s") from None

    async def _see_through(self, item: _Item) -> None:
        """Waits until its player has given its last frame, and notes whether it was the last of the item."""
        try:
            fault = await item.player.watch(_LIMITS)
        finally:
            await item.player.end()
        count, rate = item.player.buffer.count, self._form.frame_rate
        if not fault and count == 0:
            fault = "it holds no frame"
        if not fault and item.length is not None and count < item.length - max(item.length / 10, rate):
            fault = "the rest of it cannot be read"
        if not fault:
            self.faults.pop(item_name(item.url), None)
        elif count == 0:
            self.faults[item_name(item.url)] = fault
        else:
            length = f" of {item.length / rate:.1f} s" if item.length is not None else ""
            self._fault(item.url, f"it broke off after {count / rate:.1f} s{length}: {fault}")

    def _fault(self, url: str, reason: str) -> None:
        self.faults[item_name(url)] = reason
        self._log.error("playlist item left out", item=item_name(url), reason=reason)

    async def _dismiss_all(self) -> None:
        """Ends what is prepared. What was being played is played again from its beginning."""
        with self._lock:
            line, self._line = self._line, deque()
        if line:
            self._place = line[0].place
        await asyncio.gather(*(_cancel(item.seeing) for item in line if item.seeing is not None))


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
