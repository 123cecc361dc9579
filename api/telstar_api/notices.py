"""Postgres' LISTEN/NOTIFY: what one process writes, all others hear of.

One connection a process, for nothing else. It proves itself alive every PROOF_EVERY seconds, so that a part
which relies on notices knows when it may:

    notices.subscribe("telstar_revocations", on_notice, on_lost, on_contact)
    …
    if notices.fresh():      # nothing committed more than FRESH_FOR ago is unheard of
        answer from memory
    else:
        ask the database

LISTEN needs a connection of its own to the server: a pooler between them must be in session mode.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psycopg
import structlog
from psycopg import AsyncConnection, sql
from sqlalchemy import make_url

PROOF_EVERY = 0.25
FRESH_FOR = 0.75
PROOF_SECONDS = 5.0  # a proof that takes longer is none: the connection is given up
CONNECT_SECONDS = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
APPLICATION_NAME = "telstar-api notices"

OnNotice = Callable[[str], None]
OnLost = Callable[[], None]
OnContact = Callable[["AsyncConnection[tuple[object, ...]]"], Awaitable[None]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who is told what of one channel."""

    on_notice: OnNotice
    on_lost: OnLost
    on_contact: OnContact | None


class Notices:
    """Hears the notices of one database; `run` does it, for as long as the process lives."""

    def __init__(self, database_url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._monotonic = monotonic
        self._subscriptions: dict[str, list[Subscription]] = {}
        self._proven: float | None = None

    def subscribe(
        self, channel: str, on_notice: OnNotice, on_lost: OnLost, on_contact: OnContact | None = None
    ) -> None:
        """Be told of a channel's notices, from the next `run` on; all callbacks run on the event loop.

        - `on_notice(payload)`: what was sent, in the order of the commits. A ValueError from it says that it
          cannot be understood, and is met as a lost connection is.
        - `on_lost()`: from now on notices may be missed. Forget what depends on them; nothing is fresh until
          there is contact again. Also called where the first contact fails.
        - `on_contact(connection)`: notices are heard from here on, and nothing is fresh until this is done:
          load what must be known. The connection is in autocommit mode.

        Whoever fills a cache from the database while notices come in must not put in what a notice has
        just put out: note a count of notices before reading, and keep nothing where it has moved on.
        """
        self._subscriptions.setdefault(channel, []).append(Subscription(on_notice, on_lost, on_contact))

    def fresh(self, now: float | None = None) -> bool:
        """Whether all that was committed more than FRESH_FOR seconds before `now` has been heard of.

        `now` is monotonic time, in seconds; the present moment where it is not given.
        """
        now = self._monotonic() if now is None else now
        return self._proven is not None and now - self._proven <= FRESH_FOR

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is made again, after pauses that grow."""
        pause = FIRST_PAUSE
        while True:
            try:
                async with await self._connect() as connection:
                    await self._begin(connection)
                    log.info("hearing notices", channels=sorted(self._subscriptions))
                    pause = FIRST_PAUSE
                    await self._hear(connection)
            except (psycopg.Error, OSError, TimeoutError, ValueError) as error:
                log.warning("notices are not heard", error=str(error).split("\n", maxsplit=1)[0])
            finally:
                self._lost()
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _connect(self) -> AsyncConnection[tuple[object, ...]]:
        return await AsyncConnection.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name=APPLICATION_NAME,
        )

    async def _begin(self, connection: AsyncConnection[tuple[object, ...]]) -> None:
        # LISTEN first: what is committed while a part loads is heard after it has loaded.
        async with asyncio.timeout(PROOF_SECONDS):
            for channel, subscriptions in self._subscriptions.items():
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                for subscription in subscriptions:
                    if subscription.on_contact is not None:
                        await subscription.on_contact(connection)

    async def _hear(self, connection: AsyncConnection[tuple[object, ...]]) -> None:
        while True:
            # Postgres sends the notices of all that was committed before a query ahead of the query's end, so
            # that its answer proves: nothing from before `asked` is still to come.
            asked = self._monotonic()
            async with asyncio.timeout(PROOF_SECONDS):
                await connection.execute("SELECT 1")
            await self._tell(connection, 0)
            self._proven = asked
            await self._tell(connection, PROOF_EVERY)

    async def _tell(self, connection: AsyncConnection[tuple[object, ...]], seconds: float) -> None:
        async for notice in connection.notifies(timeout=seconds):
            for subscription in self._subscriptions.get(notice.channel, ()):
                subscription.on_notice(notice.payload)

    def _lost(self) -> None:
        self._proven = None
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.on_lost()
