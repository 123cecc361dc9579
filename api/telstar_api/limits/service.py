"""Counts attempts in Postgres, so that it does not matter which replica is asked."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.database import Database
from telstar_api.limits import repository
from telstar_api.limits.decision import Limit, try_again
from telstar_api.problems import TooManyAttempts


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted: `who` tries something, named by its first word."""

    who: tuple[str, ...]
    limit: Limit

    @property
    def key(self) -> bytes:
        """What it is stored under. What was typed may be a password, so it is not stored itself."""
        # Lengths first: no two different `who` become the same bytes.
        text = "".join(f"{len(part)}:{part}" for part in self.who)
        return hashlib.sha256(text.encode()).digest()


async def take(database: Database, counters: Sequence[Counter], now: datetime) -> None:
    """Let one attempt through on every counter, or on none. Raises TooManyAttempts.

    In a transaction of its own, committed before the attempt is made: guesses sent all at once count all.
    """
    async with database.writing.begin() as session:
        await repository.forget_old(session, now)
        # In one order, so that two requests never wait for each other.
        by_key = {counter.key: counter.limit for counter in counters}
        tried = await repository.locked(session, sorted(by_key), now)
        outcomes = {key: try_again(tried.get(key), limit, now) for key, limit in by_key.items()}
        waits = [outcome for outcome in outcomes.values() if isinstance(outcome, timedelta)]
        if waits:
            raise TooManyAttempts(math.ceil(max(waits).total_seconds()))
        for key, outcome in outcomes.items():
            if not isinstance(outcome, timedelta):
                await repository.note(session, key, outcome)


async def succeeded(session: AsyncSession, counters: Sequence[Counter]) -> None:
    """The attempt was not in vain after all: forget those before it as well."""
    await repository.forget(session, [counter.key for counter in counters])


async def take_back(session: AsyncSession, counter: Counter, now: datetime) -> None:
    """The attempt was not in vain after all; what others have tried on this counter still counts."""
    await repository.take_back(session, counter.key, now)
