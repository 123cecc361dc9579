"""What a channel is to be: channel.json and programmes.json, as the operator writes them (architecture.md).

The schema of the Channel resource has already refused what is wrong; this model refuses it again, with a
message that says what to do, for whoever runs SimLive without the operator.
"""

import re
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from telstar_simlive.journal import RESERVED_NAMES

Pattern = Literal["smptehdbars", "smptebars", "pal75bars", "testsrc", "testsrc2", "rgbtestsrc"]

_UNITS = {"s": 1, "m": 60, "h": 3600}
_ITEM_SCHEMES = ("http", "https", "file")
_STREAM_SCHEMES = ("srt", "rtmp", "udp", "rtp", "http", "https")


class ConfigurationError(Exception):
    """channel.json, programmes.json or the key cannot be used: the message says what is wrong with which."""


def _seconds(value: object) -> object:
    match = re.fullmatch(r"(\d+)([smh])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a whole number with the unit s, m or h, for example 4s or 168h")
    return int(match[1]) * _UNITS[match[2]]


def _bits_per_second(value: object) -> object:
    match = re.fullmatch(r"(\d+)k", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("whole kilobits per second, for example 2500k")
    return int(match[1]) * 1000


def _url_of(schemes: tuple[str, ...]) -> AfterValidator:
    def check(url: str) -> str:
        if not url.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(
                f"a URL that begins with one of {', '.join(f'{scheme}://' for scheme in schemes)}"
            )
        return url

    return AfterValidator(check)


Seconds = Annotated[int, BeforeValidator(_seconds)]
BitsPerSecond = Annotated[int, BeforeValidator(_bits_per_second)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class TestPattern(_Model):
    """A generated picture with a sine tone."""

    __test__ = False  # not a test, whatever pytest thinks of the name

    pattern: Pattern = "smptehdbars"
    tone_hz: int = Field(default=440, ge=20, le=20000)


class Playlist(_Model):
    """Files played one after another."""

    items: tuple[Annotated[str, _url_of(_ITEM_SCHEMES)], ...] = Field(min_length=1)
    loop: bool = True


class Stream(_Model):
    """A live feed."""

    url: Annotated[str, _url_of(_STREAM_SCHEMES)]


class Source(_Model):
    """Exactly one of the three."""

    test_pattern: TestPattern | None = None
    playlist: Playlist | None = None
    stream: Stream | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Source":
        if len([one for one in (self.test_pattern, self.playlist, self.stream) if one is not None]) != 1:
            raise ValueError("source must have exactly one of testPattern, playlist, stream")
        return self


class Rendition(_Model):
    """One video quality; `video_bitrate` in bits per second."""

    name: str = Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=30)
    width: int = Field(ge=64, le=7680, multiple_of=2)
    height: int = Field(ge=64, le=4320, multiple_of=2)
    video_bitrate: BitsPerSecond

    @model_validator(mode="after")
    def _free_name(self) -> "Rendition":
        if self.name in RESERVED_NAMES:
            raise ValueError(f"a rendition cannot be named {self.name}: the channel's folder uses that name")
        return self


class Overlay(_Model):
    """What is burned into the picture."""

    clock: bool = True
    name: bool = True
    programme: bool = False


class Drm(_Model):
    """Whether the segments are encrypted."""

    enabled: bool = True


class ChannelSpec(_Model):
    """The Channel's spec, as far as SimLive needs it; durations in seconds, bit rates in bits per second."""

    display_name: str = Field(min_length=1)
    source: Source
    backup_sources: tuple[Source, ...] = Field(default=(), max_length=3)
    renditions: tuple[Rendition, ...] = Field(min_length=1)
    frame_rate: Literal[24, 25, 30, 50, 60] = 25
    audio_bitrate: BitsPerSecond = Field(default=128_000)
    overlay: Overlay = Overlay()
    segment_duration: Annotated[Seconds, Field(ge=1, le=10)] = 4
    retention: Annotated[Seconds, Field(ge=60)] = 168 * 3600
    drm: Drm = Drm()
    audio_only: bool = False

    @model_validator(mode="after")
    def _distinct_renditions(self) -> "ChannelSpec":
        if len({rendition.name for rendition in self.renditions}) != len(self.renditions):
            raise ValueError("each rendition needs a name of its own")
        return self

    @property
    def picture(self) -> tuple[int, int]:
        """Width and height of the largest rendition: sources are brought to it, the others made from it."""
        largest = max(self.renditions, key=lambda rendition: rendition.width * rendition.height)
        return largest.width, largest.height

    @property
    def sources(self) -> tuple[Source, ...]:
        """The preferred source, then the backups in their order."""
        return (self.source, *self.backup_sources)


class Channel(_Model):
    """The channel's name (its Channel resource's), the operator's revision of the spec, and the spec."""

    name: str
    revision: str | None = None
    spec: ChannelSpec


class Programme(_Model):
    """A programme of the schedule, on from `start` until before `end`."""

    start: AwareDatetime
    end: AwareDatetime
    title: str


class _Programmes(_Model):
    programmes: tuple[Programme, ...] = ()


_Document = TypeVar("_Document", bound=_Model)


def load_channel(path: Path) -> Channel:
    """Reads channel.json.

    Raises:
        ConfigurationError: it cannot be read, or is not a channel.
    """
    return _load(path, Channel, "a channel")


def load_programmes(path: Path) -> tuple[Programme, ...]:
    """Reads programmes.json; none where there is no such file.

    Raises:
        ConfigurationError: it cannot be read, or does not hold programmes.
    """
    if not path.exists():
        return ()
    return _load(path, _Programmes, "a list of programmes").programmes


def _load(path: Path, model: type[_Document], what: str) -> _Document:
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ConfigurationError(f"{path} is not {what}: {faults}") from error
