"""Registering content keys and giving them back to the operator."""

import hmac
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.channels.schemas import Key, Keys
from telstar_api.keys import repository, uses
from telstar_api.keys.uses import Use
from telstar_api.keys.wrapping import KeyWrapping, WrongKeyEncryptionKey
from telstar_api.models import DrmKey
from telstar_api.problems import Conflict


async def register(
    session: AsyncSession,
    wrapping: KeyWrapping,
    channel: str,
    kid: str,
    key: bytes,
    valid_from: datetime | None,
    now: datetime,
) -> None:
    """Keep the key under its KID, in force from `valid_from` (None: at once); again is fine.

    Raises Conflict when the KID means anything else.
    """
    wrapped = wrapping.wrap(key)
    stored = await repository.add(session, kid, channel, wrapped, wrapping.current_id, valid_from, now)
    if why := contradiction(wrapping, stored, channel, key):
        raise Conflict(why)
    # Without a time, what has long been in force stays so, or the order of keys would turn with every retry.
    stored.valid_from = valid_from or min(stored.valid_from, now)


def contradiction(wrapping: KeyWrapping, stored: DrmKey, channel: str, key: bytes) -> str:
    """Why what is stored under a KID is not this key of this channel; empty where it is.

    The keys themselves are compared: wrapped under two key-encryption keys, one key looks like two.
    """
    if stored.channel != channel:
        return f"KID {stored.kid} belongs to another channel: give this one a KID of its own."
    try:
        known = wrapping.unwrap(stored.wrapped_key, stored.kek_id)
    except WrongKeyEncryptionKey as error:
        return f"KID {stored.kid} is known, but {error}."
    if not hmac.compare_digest(known, key):
        return f"KID {stored.kid} is known with another key: a new key needs a new KID."
    return ""


async def restore(
    session: AsyncSession, wrapping: KeyWrapping, channel: str, actor: str, now: datetime
) -> Keys:
    """A channel's keys in clear, in the order they come into force; that they were given is recorded."""
    rows = await repository.of_channel(session, channel)
    keys = Keys(
        keys=[
            Key(
                kid=row.kid,
                key=wrapping.unwrap(row.wrapped_key, row.kek_id).hex(),
                registered_at=row.registered_at,
                valid_from=row.valid_from,
            )
            for row in rows
        ]
    )
    if rows:
        await uses.record(session, Use("restore", tuple(row.kid for row in rows), None, None, now, actor))
    return keys


async def forget(session: AsyncSession, channel: str) -> None:
    """Delete a channel's keys; what is stored under them can no longer be watched."""
    await repository.remove(session, channel)
