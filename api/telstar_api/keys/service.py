"""Registering content keys and giving them back to the operator."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.channels.schemas import Key, Keys
from telstar_api.keys import repository
from telstar_api.keys.wrapping import KeyWrapping
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
    stored = await repository.add(session, kid, channel, wrapped, valid_from, now)
    if stored.channel != channel:
        raise Conflict(f"KID {kid} belongs to another channel: give this one a KID of its own.")
    if stored.wrapped_key != wrapped:
        raise Conflict(f"KID {kid} is known with another key: a new key needs a new KID.")
    # Without a time, what has long been in force stays so, or the order of keys would turn with every retry.
    stored.valid_from = valid_from or min(stored.valid_from, now)


async def listing(session: AsyncSession, wrapping: KeyWrapping, channel: str) -> Keys:
    """A channel's keys in clear, in the order they come into force."""
    return Keys(
        keys=[
            Key(
                kid=row.kid,
                key=wrapping.unwrap(row.wrapped_key).hex(),
                registered_at=row.registered_at,
                valid_from=row.valid_from,
            )
            for row in await repository.of_channel(session, channel)
        ]
    )


async def forget(session: AsyncSession, channel: str) -> None:
    """Delete a channel's keys; what is stored under them can no longer be watched."""
    await repository.remove(session, channel)
