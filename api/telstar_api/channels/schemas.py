"""Channels in JSON, for viewers and for the operator."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from telstar_api.entitlement.schemas import Action
from telstar_api.text import Line

ChannelState = Literal["Running", "Stopped"]
# A channel is a Kubernetes object, and its name a path in the segment volume: as the Channel's schema has it.
CHANNEL_NAME = r"^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$"
ReclaimPolicy = Literal["Delete", "Retain"]
Hex128 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class OnNow(BaseModel):
    """The programme that is on."""

    id: uuid.UUID
    title: str
    description: str
    category: str
    start: datetime
    end: datetime


class ChannelActions(BaseModel):
    """What the viewer may do with a channel."""

    live: Action


class Channel(BaseModel):
    """A channel as a viewer sees it."""

    name: str = Field(description="the Channel resource's name")
    display_name: str
    number: int
    state: ChannelState
    ready: bool = Field(description="running, and a segment was stored within the last moments")
    now: OnNow | None
    actions: ChannelActions


class NewRegistration(BaseModel):
    """What the operator says about a channel."""

    display_name: Line = Field(min_length=1)
    number: int = Field(ge=1, le=9999)
    state: ChannelState
    segment_seconds: int = Field(ge=1, le=10)
    retention_seconds: int = Field(ge=1, le=366 * 24 * 3600)
    drm_enabled: bool
    uid: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        None, description="of the Channel resource; null where it was registered before uids were kept"
    )
    reclaim_policy: ReclaimPolicy | None = Field(
        None, description="what becomes of segments and keys once there is no Channel of this uid any more"
    )


class Registration(NewRegistration):
    """A channel as registered."""

    name: str
    registered_at: datetime
    own: bool = Field(
        description="registered by the ServiceAccount that asks, not by one of its name in another cluster, "
        "in a namespace that is no more, or before this was kept"
    )


class Registrations(BaseModel):
    """Every registration, by name."""

    registrations: list[Registration]


class ChannelStatus(BaseModel):
    """What the API knows of a channel, registered or not."""

    registration: Registration | None
    kids: list[Hex128] = Field(description="in the order they come into force")
    last_segment_time: datetime | None = Field(description="end of the newest stored slot")
    stored_from: datetime | None = Field(description="start of the oldest stored slot")


class NewKey(BaseModel):
    """A content key."""

    key: Hex128 = Field(repr=False)
    valid_from: AwareDatetime | None = Field(None, description="when it comes into force; without: at once")


class Key(BaseModel):
    """A content key under its KID."""

    kid: Hex128
    key: Hex128 = Field(repr=False)
    registered_at: datetime
    valid_from: datetime


class Keys(BaseModel):
    """All keys of a channel, in the order they come into force."""

    keys: list[Key]
