"""What is being watched, and how players fare."""

import uuid
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from telstar_api.models.base import Base


class TstvSession(Base):
    """One viewer watching one window, on one sign-in. Of its token in paths only the SHA-256 is kept.

    `territory`: from where it was begun (ISO 3166-1 alpha-2). `max_height`: lines of the largest picture its
    manifests offer. Once it has ended, `end_reason` says how: by its viewer, by another session that took its
    place (`taken_over_by`), or because its sign-in ended, which a trigger sees to (migration 0009).
    """

    __tablename__ = "tstv_sessions"
    __table_args__ = (
        CheckConstraint("mode IN ('live', 'start-over', 'catch-up')", name="mode_known"),
        CheckConstraint("(mode = 'live') = (programme_id IS NULL)", name="programme_unless_live"),
        CheckConstraint("max_height > 0", name="max_height_positive"),
        CheckConstraint("end_reason IN ('viewer', 'taken-over', 'signed-out')", name="end_reason_known"),
        CheckConstraint("ended_at IS NOT NULL OR end_reason IS NULL", name="end_reason_of_ended"),
        Index("ix_tstv_sessions_open", "user_id", "last_seen_at", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    sign_in: Mapped[uuid.UUID] = mapped_column(index=True)
    channel: Mapped[str]
    mode: Mapped[str]
    programme_id: Mapped[uuid.UUID | None]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    territory: Mapped[str | None]
    pin_given: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    max_height: Mapped[int | None]
    device: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    taken_over_by: Mapped[uuid.UUID | None]
    # What the player said of itself with its last heartbeat: the time of its picture, and its state.
    position: Mapped[datetime | None]
    player_state: Mapped[str | None]


class PlayerError(Base):
    """Something that went wrong in a viewer's player, as it said itself; kept for a week.

    `at` is the player's clock, `noted_at` ours. Without a session where none could be begun.
    """

    __tablename__ = "player_errors"
    __table_args__ = (Index(None, "user_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    session_id: Mapped[uuid.UUID | None]
    channel: Mapped[str | None]
    mode: Mapped[str | None]
    code: Mapped[str]
    message: Mapped[str]
    fatal: Mapped[bool]
    at: Mapped[datetime]
    noted_at: Mapped[datetime] = mapped_column(index=True)
