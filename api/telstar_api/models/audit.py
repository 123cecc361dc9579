"""Who did what."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Identity,
    Index,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from telstar_api.models.base import Base


class AuditRecord(Base):
    """One thing that somebody did. Rows are only ever added: a trigger refuses all else (migration 0006).

    `actor` and `subject` are text, not references: they outlive what they name.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "actor", "id"), Index(None, "subject", "id"), Index(None, "action", "id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    address: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
