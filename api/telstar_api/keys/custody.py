"""Whether this process can open the keys that are stored: for readiness, metrics and a loud log."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from fastapi import Request, Response
from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from telstar_api.keys import repository
from telstar_api.keys.wrapping import KeyWrapping
from telstar_api.problems import Unavailable, answer

FRESH = timedelta(seconds=15)
MOST_TRIED = 1000
NO_ID = "unknown"

STORED = Gauge(
    "telstar_api_keys", "Content keys stored, by the key-encryption key they are wrapped under.", ["kek"]
)
UNOPENED = Gauge(
    "telstar_api_keys_unopened", "Content keys stored that this process has no key-encryption key for."
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Census:
    """What is stored: keys by key-encryption key's id, and which of them cannot be opened here.

    `in_use` counts of the latter those of registered channels.
    """

    by_kek: Mapping[str | None, int]
    unopened: Mapping[str, int]
    in_use: int

    def complaint(self) -> str:
        """What is wrong and what to do about it; empty where all is well."""
        if not self.unopened:
            return ""
        ids = ", ".join(f"{kek} ({count} keys)" for kek, count in sorted(self.unopened.items()))
        return (
            f"Stored keys are wrapped under key-encryption keys that are not here: {ids}. Put them into "
            "FORMER_KEY_ENCRYPTION_KEYS_PATH, start again, then run telstar-api rewrap-keys."
        )


class Custody:
    """Takes a census every FRESH at most, and says so where it is not as the last one was."""

    def __init__(self) -> None:
        self._last: tuple[datetime, Census] | None = None

    async def census(
        self, reading: async_sessionmaker[AsyncSession], wrapping: KeyWrapping, now: datetime
    ) -> Census:
        """The present one, or one that is still fresh. Sets the metrics. Raises OperationalError."""
        if self._last and now - self._last[0] < FRESH:
            return self._last[1]
        async with reading() as session:
            taken = await take(session, wrapping)
        if taken.complaint() and (self._last is None or taken != self._last[1]):
            log.error("stored keys cannot be opened", in_use=taken.in_use, error=taken.complaint())
        self._last = now, taken
        STORED.clear()
        for kek_id, count in taken.by_kek.items():
            STORED.labels(kek_id or NO_ID).set(count)
        UNOPENED.set(sum(taken.unopened.values()))
        return taken


async def take(session: AsyncSession, wrapping: KeyWrapping) -> Census:
    """Count the stored keys. Those without an id are tried, the newest MOST_TRIED of them."""
    counts = await repository.counts(session)
    by_kek: Counter[str | None] = Counter()
    unopened: Counter[str] = Counter()
    in_use = 0
    for (kek_id, registered), count in counts.items():
        by_kek[kek_id] += count
        if kek_id is not None and kek_id not in wrapping.ids:
            unopened[kek_id] += count
            in_use += count if registered else 0
    if None in by_kek:
        rows = await repository.some_without_id(session, MOST_TRIED)
        closed = [row for row in rows if not wrapping.opens(row.wrapped_key, None)]
        if closed:
            unopened[NO_ID] += len(closed)
            in_use += len(closed)
    return Census(dict(by_kek), dict(unopened), in_use)


async def unopened(_: Request, error: Exception) -> Response:
    """What is answered where a stored key does not open: no request can mend it, another pod may."""
    log.error("a stored key cannot be opened", error=str(error))
    problem = Unavailable("The keys cannot be opened just now: try again in a moment.")
    return answer(problem.problem(), problem.headers)
