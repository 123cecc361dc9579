"""Channel as the Kubernetes API server shows it (crds/channel.yaml), as frozen models.

Defaults repeat those of the schema, so that an object stored before a default existed reads the same; a test
compares the two.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

GROUP = "telstar.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
FORMER_FINALIZER = "telstar.dev/channel"
"""Channels of before carry it; it is taken off. A finalizer of ours would hold up a deleted namespace:
our rights go before the Channels."""

Manifest = dict[str, Any]
"""A Kubernetes object as plain JSON data."""

SECONDS = {"s": 1, "m": 60, "h": 3600}


def seconds(duration: str) -> int:
    """Seconds in a duration of the schema: a whole number and one of the units h, m, s."""
    return int(duration[:-1]) * SECONDS[duration[-1]]


def written(moment: datetime) -> str:
    """RFC 3339, UTC, without needless digits."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Model(BaseModel):
    """Immutable, camelCase outside; fields a newer schema may add are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class TestPattern(Model):
    """A generated picture with a sine tone (hertz)."""

    __test__ = False  # not a test class of pytest

    pattern: str = "smptehdbars"
    tone_hz: int = 440


class Playlist(Model):
    """Files played one after another."""

    items: tuple[str, ...]
    loop: bool = True


class Stream(Model):
    """A live contribution feed."""

    url: str


class Source(Model):
    """Exactly one of the three, which the schema guarantees."""

    test_pattern: TestPattern | None = None
    playlist: Playlist | None = None
    stream: Stream | None = None


class Rendition(Model):
    """One video quality; width and height in pixels, bit rate like 2500k."""

    name: str
    width: int
    height: int
    video_bitrate: str


class Overlay(Model):
    """What is burned into the picture."""

    clock: bool = True
    name: bool = True
    programme: bool = False


class SecretReference(Model):
    """A Secret in the Channel's namespace."""

    name: str


class Drm(Model):
    """Encryption of the segments."""

    enabled: bool = True
    key_secret_ref: SecretReference | None = None
    rotation_period: str | None = None


class PodTemplate(Model):
    """Fields of a Kubernetes pod, passed on as they are."""

    resources: Manifest | None = None
    node_selector: dict[str, str] | None = None
    tolerations: list[Manifest] | None = None
    affinity: Manifest | None = None


class ChannelSpec(Model):
    """What the channel shall be."""

    display_name: str
    number: int
    state: Literal["Running", "Stopped"] = "Running"
    source: Source
    backup_sources: tuple[Source, ...] | None = None
    renditions: tuple[Rendition, ...] = (
        Rendition(name="720p", width=1280, height=720, video_bitrate="2500k"),
        Rendition(name="360p", width=640, height=360, video_bitrate="600k"),
    )
    frame_rate: int = 25
    audio_bitrate: str = "128k"
    audio_only: bool = False
    overlay: Overlay = Overlay()
    segment_duration: str = "4s"
    retention: str = "168h"
    drm: Drm = Drm()
    reclaim_policy: Literal["Delete", "Retain"] = "Delete"
    pod_template: PodTemplate | None = None


class Condition(Model):
    """One condition of the status, in the form of Kubernetes' metav1.Condition."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str
    observed_generation: int | None = None
    last_transition_time: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether the condition is true."""
        return self.status == "True"


class ChannelStatus(Model):
    """What the operator saw; times in UTC."""

    observed_generation: int | None = None
    key_id: str | None = None
    next_key_id: str | None = None
    next_key_from: datetime | None = None
    last_segment_time: datetime | None = None
    stored_from: datetime | None = None
    restarts: int | None = None
    conditions: tuple[Condition, ...] = ()

    def condition(self, kind: str) -> Condition | None:
        """The condition of that type, or None where it was never set."""
        return next((condition for condition in self.conditions if condition.type == kind), None)


class Metadata(Model):
    """What the operator needs of an object's metadata."""

    name: str
    namespace: str
    uid: str
    generation: int = 1
    resource_version: str = ""
    deletion_timestamp: datetime | None = None
    finalizers: tuple[str, ...] = ()


class Channel(Model):
    """A Channel resource."""

    metadata: Metadata
    spec: ChannelSpec
    status: ChannelStatus = Field(default_factory=ChannelStatus)

    @property
    def name(self) -> str:
        """The resource's name, which is the channel's identity everywhere."""
        return self.metadata.name

    @property
    def deleting(self) -> bool:
        """Whether deletion was asked for."""
        return self.metadata.deletion_timestamp is not None

    @property
    def own_key_secret(self) -> bool:
        """Whether the operator makes the key."""
        return self.spec.drm.key_secret_ref is None

    @property
    def key_secret_name(self) -> str:
        """Name of the Secret that holds the key."""
        ref = self.spec.drm.key_secret_ref
        return ref.name if ref else f"simlive-{self.name}-key"

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> "Channel":
        """Read an object of the API server; pydantic.ValidationError where it does not fit the schema."""
        return cls.model_validate(body)
