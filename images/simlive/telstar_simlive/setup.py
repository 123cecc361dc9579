"""What a run is made with: another setup is another run, which begins at a slot boundary. Pure."""

from dataclasses import dataclass

from telstar_simlive.channel import ChannelSpec, Overlay, Rendition
from telstar_simlive.content_keys import ContentKey, ContentKeys

LEAD = 2000
"""Milliseconds before the boundary at which the next run's encoder is started, to be there in time."""
_SHORTEST_LEAD = 800  # with less it would be late: the next boundary is taken instead


@dataclass(frozen=True)
class Setup:
    """All that an encoder depends on; `segment` in milliseconds, bit rates in bits per second."""

    renditions: tuple[Rendition, ...]
    frame_rate: int
    audio_bitrate: int
    overlay: Overlay
    audio_only: bool
    segment: int
    key: ContentKey | None

    @property
    def picture(self) -> tuple[int, int]:
        """Width and height of the largest rendition: the others are made from it."""
        largest = max(self.renditions, key=lambda rendition: rendition.width * rendition.height)
        return largest.width, largest.height

    @property
    def tracks(self) -> tuple[str, ...]:
        """The names of its tracks: the renditions in their order, then `audio`."""
        return (*(rendition.name for rendition in self.renditions), "audio")

    @property
    def kid(self) -> str | None:
        """The id of its key, None in clear."""
        return self.key.kid if self.key else None

    def frame_at(self, moment: int) -> int:
        """The number of the frame that is due at a whole second (milliseconds since the epoch)."""
        return moment * self.frame_rate // 1000


def setup_of(spec: ChannelSpec, keys: ContentKeys | None, moment: int) -> Setup | None:
    """What a run is to be made with that begins at a moment (milliseconds); None while its key is missing."""
    if spec.drm.enabled and keys is None:
        return None
    return Setup(
        renditions=spec.renditions,
        frame_rate=spec.frame_rate,
        audio_bitrate=spec.audio_bitrate,
        overlay=spec.overlay,
        audio_only=spec.audio_only,
        segment=spec.segment_duration * 1000,
        key=keys.in_force(moment) if keys is not None and spec.drm.enabled else None,
    )


def boundary_after(start: int, segment: int, moment: int) -> int:
    """The first slot boundary of a run, after its start, that is not before a moment; milliseconds all."""
    return start + max(-(-(moment - start) // segment), 1) * segment


def boundary_ahead(start: int, segment: int, now: int) -> int | None:
    """The slot boundary at which the next run could begin if it were prepared now; None: too early."""
    boundary = boundary_after(start, segment, now + _SHORTEST_LEAD)
    return boundary if boundary - now <= LEAD else None
