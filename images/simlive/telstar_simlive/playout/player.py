"""A player: an FFmpeg process that brings a source to the channel's form, and the thread that reads it."""

import asyncio
import contextlib
import io
import os
import threading
import time
from dataclasses import dataclass

import structlog

from telstar_simlive.playout.avi import AviError, read_avi
from telstar_simlive.playout.buffer import ClosedError, Depth, FrameBuffer
from telstar_simlive.playout.form import Form
from telstar_simlive.playout.frames import Assembler
from telstar_simlive.process import Process, Redactor

# Seconds a player gets to end by itself, that is, to take leave of a feed. What it has read is not kept.
_PATIENCE = 0.3
_LONGEST_END = 2.0
_LOOK = 0.25


@dataclass(frozen=True)
class Limits:
    """Seconds that a player may take to its first frame, and between two of them; and for which only its
    picture or only its sound may come, None where that is no fault.
    """

    first: float
    between: float
    one_sided: float | None = None


class Player:
    """A running player; its frames are in `buffer`."""

    def __init__(self, process: Process, form: Form, depth: Depth, source: int) -> None:
        self.process, self.buffer, self._form = process, FrameBuffer(form, depth), form
        self.ended = asyncio.Event()
        """Its reader has come to the end of what it writes."""
        self._assembler = Assembler(form, self.buffer)
        self._started = time.monotonic()
        self._progress = (0, self._started)
        self._nonsense = ""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._read, args=(source,), name="player", daemon=True)
        self._thread.start()

    @classmethod
    async def start(cls, command: list[str], redactor: Redactor, form: Form, depth: Depth) -> "Player":
        """Starts a player whose command writes AVI to stdout.

        Raises:
            OSError: the process cannot be started, or there are no descriptors left.
        """
        reading, writing = os.pipe()
        try:
            process = await Process.start(command, "player", redactor, stdout=writing)
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return cls(process, form, depth, reading)

    async def watch(self, limits: Limits) -> str:
        """Waits for its end, or for it to stall; what was wrong with it, empty where nothing was."""
        while not self.ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self.ended.wait()
            if stall := self._stall(limits, time.monotonic()):
                return stall
        if self._nonsense:
            return self._nonsense
        with contextlib.suppress(TimeoutError):  # whose end does not follow is ended with it
            async with asyncio.timeout(_PATIENCE):
                if await self.process.wait() == 0:
                    return ""
        return self.process.fault()

    async def end(self) -> None:
        """Ends process and reader. Frames that wait can still be taken."""
        self.process.hush()
        self.buffer.close()
        try:
            async with asyncio.timeout(_LONGEST_END):
                await self.process.end(_PATIENCE)
                await self.ended.wait()  # the pipe's other end is closed: this is no wait
        except (
            TimeoutError
        ):  # killed, and yet there: it hangs in the kernel, on a dead file server for example
            structlog.get_logger().error("player does not end", pid=self.process.pid)

    def _stall(self, limits: Limits, now: float) -> str:
        count = self.buffer.count
        if count != self._progress[0] or self.buffer.waits_for_room:
            self._progress = (count, now)
        limit = limits.between if count else limits.first
        if now - self._progress[1] > limit:
            return f"it gave no picture for {limit:g} s"
        one_sided = self._assembler.one_sided / self._form.frame_rate
        if limits.one_sided is not None and one_sided > limits.one_sided:
            return f"only its picture or only its sound came for {limits.one_sided:g} s"
        return ""

    def _read(self, descriptor: int) -> None:
        try:
            with io.FileIO(descriptor, "rb") as source:
                read_avi(source, self._assembler)
            self._assembler.finish()
        except ClosedError:
            pass
        except AviError as error:
            self._nonsense = f"FFmpeg wrote what cannot be read: {error}"
        finally:
            self.buffer.finish()
            with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody waits
                self._loop.call_soon_threadsafe(self.ended.set)
