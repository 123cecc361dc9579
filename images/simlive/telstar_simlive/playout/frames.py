"""Frames: a picture and the sound of its time; and how a player's pictures and sound become frames."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from telstar_simlive.playout.avi import AviError
from telstar_simlive.playout.form import Form

# Seconds that a picture waits for its sound. Most of the waiting has been done in the player (commands.py).
_PICTURE_PATIENCE = 0.2
# Seconds that sound waits for its picture, once there was one: a decoder may be slow.
_SOUND_PATIENCE = 1.5


@dataclass(eq=False)
class Frame:
    """A picture (yuv420p) and its sound (16 bits, stereo, 48 kHz), in buffers that are used again. `joint`
    says that it does not follow the frame that was given before it.
    """

    picture: bytearray
    sound: bytearray
    joint: bool = False


class FrameStore(Protocol):
    """Where frames come from and go to."""

    def acquire(self) -> Frame:
        """A frame to be filled; may wait for one."""

    def put(self, frame: Frame) -> None:
        """A whole frame, the next one."""

    def give_back(self, frame: Frame) -> None:
        """A frame that is not needed after all."""


def black(form: Form) -> bytes:
    """A black picture: luma 16, chroma 128 (BT.601, limited range)."""
    pixels = form.width * form.height
    return b"\x10" * pixels + b"\x80" * (pixels // 2)


class Assembler:
    """Joins pictures and sound to frames, in the order they come (an AviSink).

    Where one of the two fails to come, the other goes on: with silence, or with the picture before. What
    then comes late is left out, so that both stay together.
    """

    def __init__(self, form: Form, store: FrameStore) -> None:
        self._form, self._store = form, store
        self._waiting: deque[Frame] = deque()
        self._sound = bytearray()
        self._has_sound = self._has_picture = True
        self._being_filled: Frame | None = None
        self._owed_sound = self._owed_pictures = 0
        self._picture_patience = max(int(_PICTURE_PATIENCE * form.frame_rate), 2)
        self._sound_patience = int(_SOUND_PATIENCE * form.frame_rate) * form.sound_bytes
        self._before: bytes | bytearray | None = None
        self.one_sided = 0
        """Frames in succession that lacked their picture or sound, though there was one before."""

    def streams(self, kinds: list[str]) -> None:
        """Without a stream of pictures they are black; without one of sound there is silence."""
        self._has_picture, self._has_sound = "vids" in kinds, "auds" in kinds
        if not self._has_picture:
            self._before = black(self._form)

    def room(self, size: int) -> memoryview:
        """The buffer of the next picture."""
        if size != self._form.picture_bytes:
            raise AviError(f"a picture of {size} bytes instead of {self._form.picture_bytes}")
        self._being_filled = self._being_filled or self._store.acquire()
        return memoryview(self._being_filled.picture)

    def picture(self) -> None:
        """The next picture is there."""
        frame, self._being_filled = self._being_filled, None
        assert frame is not None
        if self._owed_pictures:
            self._owed_pictures -= 1
            self._store.give_back(frame)
            return
        self._before = frame.picture
        self._waiting.append(frame)
        self._join()

    def same_picture(self) -> None:
        """The picture before lasts on."""
        if self._before is not None:
            self.room(self._form.picture_bytes)[:] = self._before
            self.picture()

    def sound(self, data: bytearray) -> None:
        """More sound."""
        late = min(self._owed_sound, len(data))
        self._owed_sound -= late
        self._sound += memoryview(data)[late:]
        self._join()

    def finish(self) -> None:
        """Neither comes any more: what is there is completed."""
        while self._waiting:
            self._emit(self._waiting.popleft())
        torn = self._being_filled is not None and self._being_filled.picture is self._before
        while len(self._sound) >= self._form.sound_bytes and self._before is not None and not torn:
            self._emit(self._repeated())

    def _join(self) -> None:
        whole = self._form.sound_bytes
        while self._waiting and (len(self._sound) >= whole or not self._has_sound):
            self.one_sided = 0
            self._emit(self._waiting.popleft())
        while len(self._waiting) > self._picture_patience:
            self._owed_sound += whole - len(self._sound)
            self.one_sided += 1
            self._emit(self._waiting.popleft())
        patience = self._sound_patience if self._has_picture else 0
        while self._before is not None and len(self._sound) >= whole + patience:
            if self._has_picture:
                self._owed_pictures += 1
                self.one_sided += 1
            self._emit(self._repeated())

    def _repeated(self) -> Frame:
        assert self._before is not None
        frame = self._store.acquire()
        frame.picture[:] = self._before
        self._before = frame.picture
        return frame

    def _emit(self, frame: Frame) -> None:
        whole = self._form.sound_bytes
        sound = self._sound[:whole]
        del self._sound[:whole]
        frame.sound[:] = sound + bytes(whole - len(sound))
        self._store.put(frame)
