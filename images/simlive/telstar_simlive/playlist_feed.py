"""A playlist: files played one after another, as if they were one."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from telstar_simlive.channel import Channel
from telstar_simlive.course import SourceState
from telstar_simlive.feed import PipeFeed, Player, Tools
from telstar_simlive.process import stderr_of
from telstar_simlive.source import (
    Media,
    UnplayableError,
    frames_of,
    item_command,
    parse_probe,
    probe_command,
)

_PROBE_TIMEOUT = 30.0
# Seconds before an item's end at which the next one's player is started, so that it plays on seamlessly.
_LEAD = 4.0


@dataclass(frozen=True)
class _Prepared:
    index: int
    item: str
    player: Player
    frames: int


def item_name(item: str) -> str:
    """An item for people: without user, password and parameters, which may be secret."""
    parts = urlsplit(item)
    return f"{parts.scheme}://{(parts.netloc.rpartition('@')[2])}{parts.path}"


class PlaylistFeed(PipeFeed):
    """Plays items; one that cannot be played is named and left out. The place is kept between runs."""

    def __init__(self, channel: Channel, tools: Tools) -> None:
        super().__init__(channel, tools)
        playlist = channel.spec.source.playlist
        assert playlist is not None
        self._items, self._loop = playlist.items, playlist.loop
        self._resume = 0  # where the next run begins
        self._next_index = 0
        self._unplayable = 0  # items in succession that could not be played

    async def play(self) -> None:
        """Plays item after item; the next one is prepared while one plays."""
        self._next_index, first_frame = self._resume, 0
        current = await self._next(first_frame)
        while current is not None:
            self.message, self._resume = f"playing {item_name(current.item)}", current.index
            first_frame += current.frames
            following = asyncio.create_task(self._next_in_time(first_frame, current.frames))
            try:
                code = await self.relay(current.player)
            except BaseException:
                await _cancel(following)
                raise
            self._resume = current.index + 1
            await self.dismiss(current.player)
            if code:
                await _cancel(following)
                self._fault(current.item, current.player.process.fault())
                return self.fail(f"{item_name(current.item)} broke off")
            current = await following
        self.state, self.message = SourceState.FINISHED, "the playlist is at its end"
        return None

    async def _next_in_time(self, first_frame: int, frames: int) -> _Prepared | None:
        await asyncio.sleep(max(frames / self._channel.spec.frame_rate - _LEAD, 0))
        return await self._next(first_frame)

    async def _next(self, first_frame: int) -> _Prepared | None:
        """The next item that can be played, from the frame on; None at the end of the playlist."""
        while self._loop or self._next_index < len(self._items):
            index, item = self._next_index, self._items[self._next_index % len(self._items)]
            self._next_index += 1
            try:
                player, frames = await self._prepare(item, first_frame)
            except UnplayableError as error:
                self._fault(item, str(error))
                self._unplayable += 1
                if self._unplayable % len(self._items) == 0:
                    self.message = f"no item of the playlist can be played; the last one: {error}"
                    await self.pause(self._unplayable // len(self._items))
                continue
            self._unplayable = 0
            self.faults.pop(item_name(item), None)
            return _Prepared(index, item, player, frames)
        return None

    async def _prepare(self, item: str, first_frame: int) -> tuple[Player, int]:
        spec, tools = self._channel.spec, self._tools
        media = await self._probe(item)
        frames = frames_of(media, spec)
        player = await self.engage(item_command(tools.ffmpeg, item, media, first_frame, spec, tools.threads))
        if not await player.begins():
            await self.dismiss(player)
            raise UnplayableError(player.process.fault())
        return player, frames

    async def _probe(self, item: str) -> Media:
        command = probe_command(self._tools.ffmpeg, item)
        try:
            return parse_probe(await stderr_of(command, self._tools.redactor, _PROBE_TIMEOUT))
        except TimeoutError:
            raise UnplayableError(f"it could not be read within {_PROBE_TIMEOUT:.0f} s") from None

    def _fault(self, item: str, reason: str) -> None:
        self.faults[item_name(item)] = reason
        self._log.error("playlist item left out", item=item_name(item), reason=reason)


async def _cancel(task: "asyncio.Task[_Prepared | None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
