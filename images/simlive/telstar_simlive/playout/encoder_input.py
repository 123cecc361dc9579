"""The two pipes through which an encoder gets its frames: pictures in one, sound in the other."""

import contextlib
import fcntl
import os

from telstar_simlive.playout.form import SAMPLE_RATE, Form

_PIPE_SIZE = 1 << 20


class EncoderInput:
    """The pipes of one encoder. The reading ends are for the encoder, the writing ends for the switcher."""

    def __init__(self, form: Form, reading: tuple[int, int], writing: tuple[int, int]) -> None:
        self.form, self.descriptors, self.sinks = form, reading, writing
        self._reading_open = self._writing_open = True
        self._attached = False
        self.given_up = False
        """Nobody wants its frames any more."""

    @classmethod
    def open(cls, form: Form) -> "EncoderInput":
        """Makes the pipes.

        Raises:
            OSError: there are no descriptors left.
        """
        picture = os.pipe()
        try:
            sound = os.pipe()
        except OSError:
            os.close(picture[0])
            os.close(picture[1])
            raise
        with contextlib.suppress(PermissionError):  # a user's pipes may be limited in size
            fcntl.fcntl(picture[1], fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        for sink in (picture[1], sound[1]):
            os.set_blocking(sink, False)
        return cls(form, (picture[0], sound[0]), (picture[1], sound[1]))

    def arguments(self) -> list[str]:
        """FFmpeg's input arguments: video is input 0, audio is input 1."""
        form, (picture, sound) = self.form, self.descriptors
        return [
            *("-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{form.width}x{form.height}"),
            *("-framerate", str(form.frame_rate), "-i", f"pipe:{picture}"),
            *("-f", "s16le", "-sample_rate", str(SAMPLE_RATE), "-ch_layout", "stereo", "-i", f"pipe:{sound}"),
        ]

    def taken(self) -> None:
        """Closes our reading ends once the encoder has them, so that its end is noticed."""
        if self._reading_open:
            self._reading_open = False
            for descriptor in self.descriptors:
                os.close(descriptor)

    def attached(self) -> None:
        """From now on the writing ends are the switcher's to close."""
        self._attached = True

    def finish(self) -> None:
        """Closes the writing ends: the encoder reads to the end and finishes."""
        if self._writing_open:
            self._writing_open = False
            for descriptor in self.sinks:
                os.close(descriptor)

    def abandon(self) -> None:
        """Closes everything: it was never attached, or its run is given up."""
        self.taken()
        self.given_up = True
        if not self._attached:  # else the switcher may be writing: it closes them when it sees this
            self.finish()
