"""Where the frames go: the present encoder's pipes, and, from an exact frame on, the next one's."""

import os
import select
import threading
from collections import deque
from collections.abc import Callable

import structlog

from telstar_simlive.playout.encoder_input import EncoderInput
from telstar_simlive.playout.on_air import Given

_LOOK = 100  # milliseconds


class Outlet:
    """`attach`, `end_at` and what it tells are for the event loop; the rest is the switcher's thread's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._log = structlog.get_logger()
        self._present: EncoderInput | None = None
        self._coming: deque[tuple[int, EncoderInput]] = deque()
        self._end: int | None = None
        self._given = -1
        self._cut = False

    def attach(self, encoder: EncoderInput, first_frame: int) -> None:
        """See Playout.attach."""
        with self._lock:
            if first_frame <= self._given:
                raise ValueError(f"frame {first_frame} is gone: {self._given} was given already")
            while self._coming and self._coming[-1][0] >= first_frame:
                self._coming.pop()[1].finish()
            if self._present is None and not self._coming:
                self._cut, self._end = False, None  # what was said of an encoder before is void
            encoder.attached()
            self._coming.append((first_frame, encoder))

    def end_at(self, frame: int) -> None:
        """See Playout.end_at."""
        with self._lock:
            self._end = frame

    @property
    def cut(self) -> bool:
        """The present encoder's input broke off."""
        return self._cut

    @property
    def idle(self) -> bool:
        """No encoder takes frames just now."""
        return self._present is None

    @property
    def first(self) -> int | None:
        """From which frame on the next encoder takes frames."""
        with self._lock:
            return self._coming[0][0] if self._coming else None

    def turn(self, number: int) -> bool:
        """Before the frame of that number: ends the present encoder, begins with the next, where due; true
        where it begins.
        """
        with self._lock:
            if self._end is not None and number >= self._end:
                self._end = None
                self._finish()
            if not self._coming or number < self._coming[0][0]:
                return False
            self._finish()
            first, encoder = self._coming.popleft()
            if encoder.given_up or number > first:
                encoder.finish()
                self._cut = True
                self._log.error("an encoder missed its first frame", frame=first, now=number)
                return False
            self._present, self._cut = encoder, False
            return True

    def give(self, number: int, frame: Given, go_on: Callable[[], bool]) -> None:
        """Writes a frame, however long the encoder takes, as long as `go_on` says so; else it is cut."""
        assert self._present is not None
        self._given = number
        pictures, sounds = self._present.sinks
        left = {pictures: memoryview(frame.picture), sounds: memoryview(frame.sound)}
        try:
            while left:
                self._write(left)
                if left and (self._present.given_up or not go_on()):
                    return self.break_off("the encoder takes no frames")
        except BrokenPipeError:
            return self.break_off("the encoder is gone")
        return None

    def _write(self, left: dict[int, memoryview]) -> None:
        for sink in list(left):
            try:
                count = os.write(sink, left[sink])
            except BlockingIOError:
                continue
            left[sink] = left[sink][count:]
            if not left[sink]:
                del left[sink]
        if left:
            poll = select.poll()
            for sink in left:
                poll.register(sink, select.POLLOUT)
            poll.poll(_LOOK)

    def break_off(self, reason: str) -> None:
        """The present encoder gets no more frames: its run must end."""
        with self._lock:
            if self._present is not None:
                self._cut = True
                self._log.warning("the encoder's input broke off", reason=reason)
                self._finish()

    def jump(self, number: int) -> None:
        """Time jumped to the frame of that number: those before it are left out."""
        self.break_off("the wall clock was set forward")
        with self._lock:
            while self._coming and self._coming[0][0] <= number:
                self._coming.popleft()[1].finish()
                self._cut = True

    def finish(self) -> None:
        """The last frame was given."""
        with self._lock:
            self._finish()

    def close(self) -> None:
        """Ends the present encoder's input and the next one's."""
        with self._lock:
            self._finish()
            while self._coming:
                self._coming.popleft()[1].finish()

    def _finish(self) -> None:
        if self._present is not None:
            self._present.finish()
            self._present = None
