"""Content keys, and to whom they were given."""

import uuid
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Index,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from telstar_api.models.base import Base


class DrmKey(Base):
    """A channel's content key, wrapped under a key-encryption key; in force from `valid_from` to the next.

    A stored segment or a recording may need it, so it stays as long as its channel does. It may outlive it.
    """

    __tablename__ = "drm_keys"
    __table_args__ = (
        CheckConstraint("kid ~ '^[0-9a-f]{32}$'", name="kid_hexadecimal"),
        CheckConstraint("kek_id ~ '^[0-9a-f]{16}$'", name="kek_id_hexadecimal"),
        Index(None, "channel", "valid_from", "kid"),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    wrapped_key: Mapped[bytes]
    registered_at: Mapped[datetime]
    valid_from: Mapped[datetime]
    # Which key-encryption key; null where it was wrapped before those had ids, until it is re-wrapped.
    kek_id: Mapped[str | None]


class KeyUse(Base):
    """Once that content keys were handed out, taken in or re-wrapped. Only ever added to, and pruned by age.

    No foreign keys: what was done outlives the account, the session and the keys.
    """

    __tablename__ = "key_uses"
    __table_args__ = (
        CheckConstraint("kind IN ('licence', 'restore', 'export', 'import', 'rewrap')", name="kind_known"),
        Index(None, "at", postgresql_using="brin"),
        Index(None, "user_id", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    at: Mapped[datetime]
    kind: Mapped[str]
    kids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    user_id: Mapped[uuid.UUID | None]
    session_id: Mapped[uuid.UUID | None]
    actor: Mapped[str] = mapped_column(default="", server_default="")
