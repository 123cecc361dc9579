"""Rows that Postgres sends as JSON (`to_jsonb`), as the mapped classes have them: to read, and of no session.

One statement can so bring rows of many tables at once.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from sqlalchemy import DateTime, LargeBinary, Numeric, Uuid

from telstar_api.models import Base

Mapped = TypeVar("Mapped", bound=Base)


def as_row(kind: type[Mapped], found: Mapping[str, Any], **related: object) -> Mapped:
    """A row with its columns' Python values; `related` is what else is read of it, such as a policy."""
    values = {**found, **related}
    for column, read in _readers(kind):
        value = values.get(column)
        if value is not None:
            values[column] = read(value)
    return cast("Mapped", SimpleNamespace(**values))


@cache
def _readers(kind: type[Base]) -> tuple[tuple[str, Callable[[Any], object]], ...]:
    """How those columns are read that JSON has no type for."""
    known: tuple[tuple[type, Callable[[Any], object]], ...] = (
        (DateTime, datetime.fromisoformat),
        (LargeBinary, _bytes),
        (Uuid, uuid.UUID),
        (Numeric, _decimal),
    )
    return tuple(
        (column.name, read)
        for column in kind.__table__.columns
        for sort, read in known
        if isinstance(column.type, sort)
    )


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x"))


def _decimal(number: float) -> Decimal:
    return Decimal(str(number))
