"""Who was given which content keys, and what else was done with them: `key_uses`, one row each time.

A licence must not wait for a second write. Its use is noted in memory, and one writer a process stores what
was noted, some hundred rows a statement. A use has its id from the start, so that a statement whose outcome
was lost can be repeated without counting twice.
"""

import asyncio
import contextlib
import itertools
import uuid
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.clock import Clock
from telstar_api.database import Database
from telstar_api.keys import repository

Kind = Literal["licence", "restore", "export", "import", "rewrap"]

MOST_WAITING = 100_000  # about 50 MB, and minutes of a database that is away
BATCH = 500
RETRY_SECONDS = 1.0
DRAIN_SECONDS = 5.0  # beside the servers' grace, within Kubernetes' 30 s
PRUNE_SECONDS = 3600.0
PRUNE_BATCH = 10_000

NOTED = Counter("telstar_api_key_uses_total", "Times that content keys were handed out or changed.", ["kind"])
LOST = Counter("telstar_api_key_uses_lost_total", "Uses of content keys that could not be stored.")
WAITING = Gauge("telstar_api_key_uses_waiting", "Uses of content keys that are noted and not yet stored.")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Use:
    """One time that keys were used; `actor` names who did it where that is no user."""

    kind: Kind
    kids: tuple[str, ...]
    user: uuid.UUID | None
    session: uuid.UUID | None
    at: datetime
    actor: str = ""
    id: uuid.UUID = field(default_factory=uuid.uuid4)

    def row(self) -> dict[str, object]:
        """As `key_uses` has it."""
        return {
            "id": self.id,
            "at": self.at,
            "kind": self.kind,
            "kids": list(self.kids),
            "user_id": self.user,
            "session_id": self.session,
            "actor": self.actor,
        }


async def record(session: AsyncSession, use: Use) -> None:
    """Store one use with the caller's transaction: for what is rare, and must not happen unrecorded."""
    await repository.add_uses(session, [use.row()])
    NOTED.labels(use.kind).inc()


class UseLog:
    """What was noted and is not stored yet. `kept` stores it, for as long as it is entered."""

    def __init__(self, most_waiting: int = MOST_WAITING, days: int = 90) -> None:
        self._most_waiting = most_waiting
        self._days = timedelta(days=days)
        self._waiting: deque[Use] = deque()
        self._wake = asyncio.Event()
        self._ending = False

    @property
    def waiting(self) -> tuple[Use, ...]:
        """What is not stored yet, oldest first."""
        return tuple(self._waiting)

    def note(
        self,
        kind: Kind,
        kids: Iterable[str],
        user: uuid.UUID | None,
        session: uuid.UUID | None,
        at: datetime,
    ) -> None:
        """Note that these KIDs (32 hexadecimal digits) were handed out. Waits for nothing and never raises.

        Where so much waits already that memory would run out, this one is lost, and counted as such.
        """
        NOTED.labels(kind).inc()
        if len(self._waiting) >= self._most_waiting:
            LOST.inc()
            return
        self._waiting.append(Use(kind, tuple(kids), user, session, at))
        WAITING.set(len(self._waiting))
        self._wake.set()

    @contextlib.asynccontextmanager
    async def kept(self, database: Database, clock: Clock) -> AsyncIterator[None]:
        """Store what is noted, and prune what is old; at the end store the rest, within DRAIN_SECONDS."""
        self._ending = False
        writer = asyncio.create_task(self._write(database))
        pruner = asyncio.create_task(self._prune(database, clock))
        try:
            yield
        finally:
            pruner.cancel()
            self._ending = True
            self._wake.set()
            await self._drained(writer)
            await asyncio.gather(pruner, return_exceptions=True)

    async def _drained(self, writer: asyncio.Task[None]) -> None:
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await writer
        except TimeoutError:
            LOST.inc(len(self._waiting))
            log.error("uses of keys are lost: the database does not answer", lost=len(self._waiting))

    async def _write(self, database: Database) -> None:
        while self._waiting or not self._ending:
            self._wake.clear()
            if not self._waiting:
                await self._wake.wait()
                continue
            try:
                await self._store_some(database)
            except (SQLAlchemyError, OSError) as error:
                log.error("uses of keys wait", waiting=len(self._waiting), error=_first_line(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def _store_some(self, database: Database) -> None:
        batch = list(itertools.islice(self._waiting, BATCH))
        async with database.writing.begin() as session:
            await repository.add_uses(session, [use.row() for use in batch])
        for _ in batch:
            self._waiting.popleft()
        WAITING.set(len(self._waiting))

    async def _prune(self, database: Database, clock: Clock) -> None:
        while True:
            try:
                await prune(database, clock.now() - self._days)
            except (SQLAlchemyError, OSError) as error:
                log.warning("old uses of keys are still there", error=_first_line(error))
            await asyncio.sleep(PRUNE_SECONDS)


async def prune(database: Database, before: datetime) -> int:
    """Delete the uses from before a moment, in transactions of PRUNE_BATCH; how many they were."""
    deleted = 0
    while True:
        async with database.writing.begin() as session:
            some = await repository.delete_uses(session, before, PRUNE_BATCH)
        deleted += some
        if some < PRUNE_BATCH:
            return deleted


def _first_line(error: Exception) -> str:
    return str(error).split("\n", maxsplit=1)[0]
