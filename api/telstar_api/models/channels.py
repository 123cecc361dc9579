"""Channels as they are registered, what staff say of them, and their schedule."""

import uuid
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Index,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from telstar_api.models.base import Base, Policy, policy_checks


class Channel(Base):
    """A Channel resource, as the operator registered it.

    `uid` and `reclaim_policy` outlive the resource: they say what becomes of what it leaves. Both are null
    where it was registered before they were kept. `registered_by` is the uid of the
    operator's ServiceAccount.
    """

    __tablename__ = "channels"
    __table_args__ = (
        CheckConstraint("state IN ('Running', 'Stopped')", name="state_known"),
        CheckConstraint("reclaim_policy IN ('Delete', 'Retain')", name="reclaim_policy_known"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    number: Mapped[int]
    state: Mapped[str]
    segment_seconds: Mapped[int]
    retention_seconds: Mapped[int]
    drm_enabled: Mapped[bool]
    registered_at: Mapped[datetime]
    uid: Mapped[str | None]
    reclaim_policy: Mapped[str | None]
    registered_by: Mapped[str | None]

    policy: Mapped["ChannelPolicy | None"] = relationship(
        lazy="joined", viewonly=True, primaryjoin="foreign(Channel.name) == ChannelPolicy.channel"
    )


class ChannelPolicy(Policy, Base):
    """What staff say of a channel; it outlives the registration.

    Between `maintenance_from` and `maintenance_until` the channel is taken off the air for work on it.
    """

    __tablename__ = "channel_policies"
    __table_args__ = (
        *policy_checks(),
        CheckConstraint("maintenance_until > maintenance_from", name="maintenance_ends_after_start"),
        CheckConstraint("(maintenance_from IS NULL) = (maintenance_until IS NULL)", name="maintenance_whole"),
    )

    channel: Mapped[str] = mapped_column(primary_key=True)
    maintenance_from: Mapped[datetime | None]
    maintenance_until: Mapped[datetime | None]


class ScheduleEntry(Policy, Base):
    """One programme on one channel, from `starts_at` until `ends_at` (exclusive).

    Where it was moved while it was on air, `start_over_from` and `start_over_until` keep the start it had and
    an end that is not before the moment of moving: a start-over playlist takes back nothing it has listed
    (RFC 8216bis §4.4.3.5). A trigger sets them (migration 0002), whoever moves the programme.
    """

    __tablename__ = "schedule_entries"
    __table_args__ = (
        *policy_checks(),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index(None, "channel", "starts_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    channel: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    start_over_from: Mapped[datetime | None]
    start_over_until: Mapped[datetime | None]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    category: Mapped[str] = mapped_column(default="", server_default="")
