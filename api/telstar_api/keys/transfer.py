"""Taking keys in from a document, and giving a channel's keys out as one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import audit
from telstar_api.keys import repository, secret_form, uses
from telstar_api.keys.cpix import Cpix
from telstar_api.keys.exchange import DEFAULT_SYSTEMS, DrmSystem, GivenKey, KeyExchange, ReceivedKey
from telstar_api.keys.periods import covering, periods
from telstar_api.keys.service import contradiction, register
from telstar_api.keys.uses import Use
from telstar_api.keys.wrapping import KeyWrapping
from telstar_api.problems import Conflict, NotFound

UTF_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class By:
    """Who does it: an account, from an address; or a command, by its name."""

    user: uuid.UUID | None = None
    command: str = ""
    address: str | None = None


@dataclass(frozen=True)
class Imported:
    """The KIDs that were taken in, and those that were there already with the same key."""

    new: tuple[str, ...]
    known: tuple[str, ...]


def read(document: bytes) -> list[ReceivedKey]:
    """The keys of a CPIX document or of a Secret's manifest, whichever it is. Raises Unreadable."""
    is_xml = document.lstrip().startswith(b"<") or document.startswith(UTF_BYTE_ORDER_MARKS)
    return Cpix().read(document) if is_xml else secret_form.read(document)


async def take(
    session: AsyncSession,
    wrapping: KeyWrapping,
    channel: str,
    received: Sequence[ReceivedKey],
    by: By,
    now: datetime,
) -> Imported:
    """Register all the keys for the channel, or none: Conflict names every KID that means something else.

    Keys that are known already take the start that the document says.
    """
    by_kid = {each.kid: each for each in sorted(received, key=lambda each: each.kid)}
    stored = await repository.by_kids(session, list(by_kid))
    wrong = [contradiction(wrapping, row, channel, by_kid[row.kid].key) for row in stored]
    if any(wrong):
        raise Conflict(" ".join(filter(None, wrong)))
    for kid, each in by_kid.items():
        await register(session, wrapping, channel, kid, each.key, each.valid_from, now)
    await _record(session, "import", channel, tuple(by_kid), by, now)
    known = tuple(row.kid for row in stored)
    return Imported(tuple(kid for kid in by_kid if kid not in known), known)


async def give(
    session: AsyncSession,
    wrapping: KeyWrapping,
    channel: str,
    window: tuple[datetime, datetime] | None,
    by: By,
    now: datetime,
    exchange: KeyExchange | None = None,
    systems: Sequence[DrmSystem] = DEFAULT_SYSTEMS,
) -> bytes:
    """The channel's keys as a document, all or those that cover a window (start, end exclusive).

    Raises NotFound where there are none. That they were given is recorded with the caller's transaction, in
    `key_uses` as in the audit log.
    """
    rows = {row.kid: row for row in await repository.of_channel(session, channel)}
    found = periods((row.kid, row.valid_from) for row in rows.values())
    wanted = found if window is None else covering(found, *window)
    if not wanted:
        raise NotFound(f"Channel {channel} has no key{' in this time' if rows else ''}.")
    opened = {each.kid: wrapping.unwrap(rows[each.kid].wrapped_key, rows[each.kid].kek_id) for each in wanted}
    await _record(session, "export", channel, tuple(opened), by, now)
    given = [GivenKey(each.kid, opened[each.kid], each) for each in wanted]
    return (exchange or Cpix()).write(channel, given, systems)


async def _record(
    session: AsyncSession,
    kind: Literal["import", "export"],
    channel: str,
    kids: tuple[str, ...],
    by: By,
    now: datetime,
) -> None:
    await uses.record(session, Use(kind, kids, by.user, None, now, by.command))
    facts: dict[str, JsonValue] = {"kids": list(kids), "command": by.command}
    audit.record(
        session,
        f"keys.{kind}",
        at=now,
        actor=by.user or audit.SYSTEM,
        subject=channel,
        address=by.address,
        facts=facts,
    )
