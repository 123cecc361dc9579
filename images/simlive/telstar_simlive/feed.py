"""Sources at work: what the encoder reads, and the players that write it (see source.py)."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from telstar_simlive.channel import Channel
from telstar_simlive.course import SourceState, back_off
from telstar_simlive.process import Process, Redactor
from telstar_simlive.source import NUT_FILE_ID, pattern_input, pipe_input

T = TypeVar("T")
_PIPE_SIZE = 1 << 20
_SPLICE = 1 << 20
# Seconds a player gets to end by itself, that is, to take leave of a feed. What it has read is not kept.
_PATIENCE = 0.3


@dataclass(frozen=True)
class Tools:
    """What feeds need to start players."""

    ffmpeg: str
    threads: int
    redactor: Redactor


class Feed:
    """A source. `state` and `message` are for decisions and for people; `faults` says what is wrong with
    which part of it.
    """

    def __init__(self) -> None:
        self.state = SourceState.CLOSED
        self.message = "not opened yet"
        self.faults: dict[str, str] = {}

    async def open(self) -> None:
        """Begins to make it ready."""
        raise NotImplementedError

    def inputs(self) -> list[str]:
        """The encoder's input arguments, once it is ready."""
        raise NotImplementedError

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The file descriptors that the encoder inherits."""
        return ()

    def taken(self) -> None:
        """The encoder has been started and holds its own copies of the descriptors."""

    async def close(self) -> None:
        """Ends what it started; it can be opened again."""
        if self.state is not SourceState.FINISHED:
            self.state = SourceState.CLOSED


class PatternFeed(Feed):
    """A test pattern: made inside the encoder, so always ready."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    async def open(self) -> None:
        """Is ready at once."""
        self.state, self.message = SourceState.READY, "a test pattern"

    def inputs(self) -> list[str]:
        """Picture and tone."""
        pattern = self._channel.spec.source.test_pattern
        assert pattern is not None
        return pattern_input(pattern, self._channel.spec)


class Player:
    """A player and the reading end of its pipe."""

    def __init__(self, process: Process, output: int) -> None:
        self.process, self.output = process, output

    @classmethod
    async def start(cls, command: list[str], tools: Tools) -> "Player":
        """Starts a player whose command writes NUT to stdout."""
        reading, writing = os.pipe()
        try:
            process = await Process.start(command, "player", tools.redactor, stdout=writing)
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return cls(process, reading)

    async def begins(self) -> bool:
        """Waits for the first bytes, which are the file id, and takes them; False when it ended instead."""
        return await self._in_thread(_read_file_id) == NUT_FILE_ID

    async def hand_on(self, sink: int) -> int:
        """Hands on all it writes until it ends; its exit code.

        Raises:
            BrokenPipeError: nobody reads the sink any more.
        """
        await self._in_thread(lambda output: _splice(output, sink))
        return await self.process.wait()

    async def _in_thread(self, work: Callable[[int], T]) -> T:
        """Blocking work on the pipe. No descriptor may be closed under it, so a cancelled one is awaited."""
        thread = asyncio.ensure_future(asyncio.to_thread(work, self.output))
        try:
            return await asyncio.shield(thread)
        except asyncio.CancelledError:
            await self.process.end(_PATIENCE)
            await asyncio.gather(thread, return_exceptions=True)
            raise

    async def end(self) -> None:
        """Ends it, when no work on its pipe is going on."""
        await self.process.end(_PATIENCE)
        os.close(self.output)


class PipeFeed(Feed):
    """A source played by players into one pipe."""

    def __init__(self, channel: Channel, tools: Tools) -> None:
        super().__init__()
        self._channel, self._tools = channel, tools
        self._log = structlog.get_logger()
        self._reading = self._writing = -1
        self._players: set[Player] = set()
        self._playing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Makes the pipe and begins to play into it; READY when there is something to read."""
        self.state, self.message = SourceState.OPENING, "the source is being opened"
        self._reading, self._writing = os.pipe()
        with contextlib.suppress(PermissionError):  # a user's pipes may be limited in size
            fcntl.fcntl(self._writing, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        self._playing = asyncio.create_task(self._play_to_the_end())

    def inputs(self) -> list[str]:
        """The pipe."""
        return pipe_input(self._reading)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The reading end of the pipe."""
        return (self._reading,)

    def taken(self) -> None:
        """Closes our reading end, so that players notice when the encoder's is gone."""
        self._close_reading()

    async def close(self) -> None:
        """Ends the players and closes the pipe. The encoder must have ended."""
        self._close_reading()
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)
            self._playing = None
        await super().close()

    def _close_reading(self) -> None:
        if self._reading >= 0:
            os.close(self._reading)
            self._reading = -1

    async def _play_to_the_end(self) -> None:
        try:
            await self.play()
        except BrokenPipeError:  # the encoder is gone, as the supervisor will see for itself
            pass
        except OSError as error:
            self.fail(f"{type(error).__name__}: {error}")
        finally:
            for player in list(self._players):
                await self.dismiss(player)
            os.close(self._writing)

    async def play(self) -> None:
        """Plays until there is nothing more to play, or `fail` was called."""
        raise NotImplementedError

    async def engage(self, command: list[str]) -> Player:
        """Starts a player."""
        player = await Player.start(command, self._tools)
        self._players.add(player)
        return player

    async def dismiss(self, player: Player) -> None:
        """Ends a player."""
        self._players.discard(player)
        await player.end()

    async def relay(self, player: Player) -> int:
        """Hands on what a player writes until it ends; its exit code. The first player's file id goes first.

        Raises:
            BrokenPipeError: the encoder is gone.
        """
        if self.state is SourceState.OPENING:
            await asyncio.to_thread(os.write, self._writing, NUT_FILE_ID)
            self.state = SourceState.READY
        return await player.hand_on(self._writing)

    def fail(self, reason: str) -> None:
        """What was played broke off: the run cannot go on with it."""
        self.state, self.message = SourceState.FAILED, reason

    async def pause(self, failures: int) -> None:
        """Waits before the next attempt, the longer the more have failed."""
        await asyncio.sleep(back_off(failures) / 1000)


def _read_file_id(source: int) -> bytes:
    received = b""
    while len(received) < len(NUT_FILE_ID) and (more := os.read(source, len(NUT_FILE_ID) - len(received))):
        received += more
    return received


def _splice(source: int, sink: int) -> None:
    """Hands on all of a pipe to another without copying it."""
    while os.splice(source, sink, _SPLICE):
        pass
