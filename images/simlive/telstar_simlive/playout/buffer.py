"""The frames between a player's reader and the switcher: a bounded queue, and the buffers it uses again."""

import threading
import time
from collections import deque
from dataclasses import dataclass

from telstar_simlive.playout.form import Form
from telstar_simlive.playout.frames import Frame

_MOST_BYTES = 64 << 20
_SPARE = 5  # frames that are on the air, being filled, or waiting for their sound
_STALE = 0.5  # seconds without a new frame after which a live feed does not count as steady


class ClosedError(Exception):
    """The buffer is closed: nobody wants its frames."""


@dataclass(frozen=True)
class Depth:
    """How many frames wait: at most; before the first is given; before one is given after it ran empty.
    `drops` says that the oldest is dropped where there are more, else the reader waits.
    """

    most: int
    first: int
    again: int
    drops: bool


def file_depth(form: Form) -> Depth:
    """A file is read when there is room: nothing of it is ever lost."""
    return Depth(_within_bytes(form, form.frame_rate // 3), 2, 1, drops=False)


def live_depth(form: Form) -> Depth:
    """A live feed is read as it comes. A quarter of a second takes up its jitter, half is the most. Where
    its clock is faster than ours the queue grows, and a frame is dropped; where it is slower the queue runs
    empty, and frames are repeated until there are a few again.
    """
    most = _within_bytes(form, form.frame_rate // 2)
    return Depth(most, most // 2, max(most // 5, 1), drops=True)


def _within_bytes(form: Form, frames: int) -> int:
    return max(min(frames, _MOST_BYTES // form.picture_bytes), 4)


class FrameBuffer:
    """A FrameStore for the reader; `take`, `trim` and `give_back` are the switcher's."""

    def __init__(self, form: Form, depth: Depth) -> None:
        self._form, self._depth = form, depth
        self._changed = threading.Condition()
        self._queue: deque[Frame] = deque()
        self._free: list[Frame] = []
        self._made = 0
        self._needed = depth.first
        self._joint = True
        self._ready_since: float | None = None
        self._newest_at = 0.0
        self._over = self._closed = False
        self.waits_for_room = False
        self.count = 0
        """Frames that were put in."""
        self.dropped = 0

    def acquire(self) -> Frame:
        """A frame to be filled: a new one, a used one, or, of a live feed, the oldest that waits.

        Raises:
            ClosedError: nobody wants frames any more.
        """
        with self._changed:
            while not self._closed:
                if self._free:
                    return self._free.pop()
                if self._made < self._depth.most + _SPARE:
                    self._made += 1
                    return Frame(bytearray(self._form.picture_bytes), bytearray(self._form.sound_bytes))
                if self._depth.drops and self._queue:
                    self._drop()
                    return self._free.pop()
                self._wait_for_room()
            raise ClosedError

    def put(self, frame: Frame) -> None:
        """The next frame.

        Raises:
            ClosedError: nobody wants frames any more.
        """
        with self._changed:
            while not self._depth.drops and len(self._queue) >= self._depth.most and not self._closed:
                self._wait_for_room()
            if self._closed:
                raise ClosedError
            self._queue.append(frame)
            self.count += 1
            while len(self._queue) > self._depth.most:
                self._drop()
            self._note_arrival(time.monotonic())
            self._changed.notify_all()

    def give_back(self, frame: Frame) -> None:
        """A frame that is done with."""
        with self._changed:
            self._free.append(frame)
            self._changed.notify_all()

    def take(self, patience: float = 0.0) -> Frame | None:
        """The next frame; None where it is not there yet, or the queue fills up again. A file's frame is
        waited for, for so many seconds.
        """
        with self._changed:
            if patience and not self._depth.drops:
                self._changed.wait_for(lambda: self._queue or self._over, patience)
            if not self._queue or (len(self._queue) < self._needed and not self._over):
                self._ready_since = None
                return None
            self._needed = 1
            frame = self._queue.popleft()
            frame.joint, self._joint = self._joint, False
            if not self._queue:
                self._needed = self._depth.again
            self._changed.notify_all()
            return frame

    def trim(self) -> None:
        """Before it goes on the air: of a live feed, no more waits than takes up the jitter."""
        with self._changed:
            while self._depth.drops and len(self._queue) > self._depth.first:
                self._drop()

    def ready_since(self, now: float) -> float | None:
        """Since when (monotonic seconds) frames could be given without a break; None where they cannot."""
        with self._changed:
            if self._depth.drops and not self._over and now - self._newest_at > _STALE:
                return None
            return self._ready_since if self._queue else None

    @property
    def at_end(self) -> bool:
        """The last frame has been given."""
        with self._changed:
            return self._over and not self._queue

    @property
    def waiting(self) -> int:
        """How many frames wait."""
        return len(self._queue)

    def finish(self) -> None:
        """No more frames come."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
            if self._queue and self._ready_since is None:
                self._ready_since = time.monotonic()

    def close(self) -> None:
        """Nobody wants frames any more: who waits for room is told."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _drop(self) -> None:
        self._free.append(self._queue.popleft())
        self._joint = True
        self.dropped += 1

    def _wait_for_room(self) -> None:
        self.waits_for_room = True
        try:
            self._changed.wait()
        finally:
            self.waits_for_room = False

    def _note_arrival(self, now: float) -> None:
        if self._depth.drops and now - self._newest_at > _STALE:
            self._ready_since = None
        self._newest_at = now
        if self._ready_since is None and len(self._queue) >= self._needed:
            self._ready_since = now
