"""What all tables share: constraint names that migrations can rely on, types, and policies."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    MetaData,
    Numeric,
    SmallInteger,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """What all tables share: constraint names that migrations can rely on, and types."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: DateTime(timezone=True),
        str: Text,
        Decimal: Numeric(10, 2),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


class Policy:
    """What staff say of a channel or of a programme: rights on or off, where, and for which age.

    `territories`: ISO 3166-1 alpha-2 codes of where it may be watched; null: anywhere. `age`: for viewers of
    this age and older; null: for all.
    """

    live: Mapped[str] = mapped_column(default="inherited", server_default="inherited")
    start_over: Mapped[str] = mapped_column(default="inherited", server_default="inherited")
    catch_up: Mapped[str] = mapped_column(default="inherited", server_default="inherited")
    record: Mapped[str] = mapped_column(default="inherited", server_default="inherited")
    territories: Mapped[list[str] | None]
    age: Mapped[int | None] = mapped_column(SmallInteger)


def policy_checks() -> tuple[CheckConstraint, ...]:
    """The constraints of a table whose rows have a policy."""
    rights = ("live", "start_over", "catch_up", "record")
    return (
        *(
            CheckConstraint(f"{right} IN ('inherited', 'enabled', 'disabled')", name=f"{right}_known")
            for right in rights
        ),
        CheckConstraint("age BETWEEN 0 AND 21", name="age_sensible"),
    )
