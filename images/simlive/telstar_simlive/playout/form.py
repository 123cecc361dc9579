"""The one form that every source is brought to: whole frames, each with the sound of its time."""

from dataclasses import dataclass

SAMPLE_RATE = 48_000
_SAMPLE_BYTES = 4  # two channels of 16 bits


@dataclass(frozen=True)
class Form:
    """Picture size in pixels, and frames a second: one that divides 48000, so that sound splits evenly."""

    width: int
    height: int
    frame_rate: int

    @property
    def picture_bytes(self) -> int:
        """Bytes of one picture in yuv420p."""
        return self.width * self.height * 3 // 2

    @property
    def sound_bytes(self) -> int:
        """Bytes of the sound of one frame: 48 kHz, stereo, 16 bits."""
        return SAMPLE_RATE // self.frame_rate * _SAMPLE_BYTES
