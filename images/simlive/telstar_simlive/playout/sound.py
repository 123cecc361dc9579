"""Sound where one stretch meets another: 16 bits, stereo, interleaved."""

from array import array

_RAMP = 240  # samples: 5 ms
_HALVES = 2


def joined(last: tuple[int, int], sound: bytes | bytearray) -> bytes:
    """The sound, led over from the last sample (left, right) before it, so that the joint does not click."""
    samples = array("h", bytes(sound))
    length = min(_RAMP, len(samples) // _HALVES)
    for index in range(length):
        for side in range(_HALVES):
            at = index * _HALVES + side
            samples[at] = (samples[at] * index + last[side] * (length - index)) // length
    return samples.tobytes()


def last_sample(sound: bytes | bytearray) -> tuple[int, int]:
    """Left and right at its end."""
    left, right = array("h", bytes(sound[-4:]))
    return left, right
