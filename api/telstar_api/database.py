"""Postgres: one engine a process, one session a request, one commit a request.

Endpoints ask for a `ReadSession` (Postgres itself refuses writes) or a `WriteSession`, which commits once
before the answer is sent; nothing below an endpoint commits.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any, Self, cast

import psycopg
import structlog
from fastapi import Depends, Request, Response
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from telstar_api import migrations
from telstar_api.problems import ProblemError, Unavailable, answer

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 15
POOL_SECONDS = 10

log = structlog.get_logger()


@dataclass(frozen=True)
class Database:
    """Where sessions come from; and connections that answer one statement, in one round trip."""

    engine: AsyncEngine
    reading: async_sessionmaker[AsyncSession]
    writing: async_sessionmaker[AsyncSession]
    asking: Callable[[], AbstractAsyncContextManager[AsyncConnection]]
    at_once: AsyncEngine | None = None

    @classmethod
    def at(cls, url: str) -> Self:
        """The database behind a SQLAlchemy URL; connects when first used."""
        options: dict[str, Any] = {
            "pool_timeout": POOL_SECONDS,
            "connect_args": {
                "connect_timeout": CONNECT_SECONDS,
                "options": f"-c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC",
            },
        }
        engine = create_async_engine(url, pool_pre_ping=True, **options)
        read_only = engine.execution_options(postgresql_readonly=True)
        # Neither a ping nor BEGIN and ROLLBACK: what is asked so may well be asked twice (see `ask`).
        at_once = create_async_engine(url, isolation_level="AUTOCOMMIT", **options)
        return cls(
            engine,
            reading=async_sessionmaker(read_only, expire_on_commit=False),
            writing=async_sessionmaker(engine, expire_on_commit=False),
            asking=at_once.connect,
            at_once=at_once,
        )

    @classmethod
    async def migrated(cls, url: str) -> Self:
        """The same, once it has this version's tables. Raises DatabaseUnreachable after two minutes."""
        database = cls.at(url)
        await migrations.wait_until_migrated(database.engine)
        return database

    async def ask(self, statement: str, parameters: Mapping[str, object]) -> Any:
        """The one value that a statement answers, which must only read: the one place without transactions.

        A connection that turns out to be closed, as after a restart of Postgres, is replaced once.
        Raises OperationalError where the database does not answer.
        """
        try:
            try:
                return await self._ask_once(statement, parameters)
            except _Closed:
                return await self._ask_once(statement, parameters)
        except psycopg.OperationalError as error:
            raise OperationalError(statement, None, error) from error

    async def _ask_once(self, statement: str, parameters: Mapping[str, object]) -> Any:
        async with self.asking() as connection:
            driver = driver_connection(await connection.get_raw_connection())
            try:
                return await one_value(driver, statement, parameters)
            except psycopg.OperationalError as error:
                if not driver.closed:
                    raise
                await connection.invalidate()
                raise _Closed from error

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
        if self.at_once is not None:
            await self.at_once.dispose()


class _Closed(psycopg.OperationalError):
    """The connection came from the pool and is closed."""


def driver_connection(pooled: Any) -> psycopg.AsyncConnection[tuple[Any, ...]]:
    """Psycopg's connection behind SQLAlchemy's."""
    return cast("psycopg.AsyncConnection[tuple[Any, ...]]", pooled.driver_connection)


async def one_value(
    driver: psycopg.AsyncConnection[tuple[Any, ...]], statement: str, parameters: Mapping[str, object]
) -> Any:
    """The one value that a statement answers, prepared once a connection."""
    cursor = await driver.execute(statement.encode(), parameters, prepare=True)
    row = await cursor.fetchone()
    return row[0] if row else None


async def _read_session(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.context.database
    async with database.reading() as session:
        yield session


async def _write_session(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.context.database
    async with database.writing() as session:
        try:
            yield session
        except ProblemError as problem:
            if problem.keeps_writes:
                await session.commit()
            raise
        await session.commit()


async def unavailable(request: Request, error: Exception) -> Response:
    """What is answered when the database does not answer, or not in time."""
    log.error("database unavailable", method=request.method, error=str(error).split("\n", maxsplit=1)[0])
    problem = Unavailable("The database does not answer: try again in a moment.")
    return answer(problem.problem(), problem.headers)


# Both end before the answer is sent, so that a client never learns of a write that then fails.
ReadSession = Annotated[AsyncSession, Depends(_read_session, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(_write_session, scope="function")]
