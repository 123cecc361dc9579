"""Postgres: one engine a process, one session a request, one commit a request.

Endpoints ask for a `ReadSession` (Postgres itself refuses writes) or a `WriteSession`, which commits once
before the answer is sent; nothing below an endpoint commits.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Self

import structlog
from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from telstar_api import migrations
from telstar_api.problems import ProblemError, Unavailable, answer

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 15
POOL_SECONDS = 10

log = structlog.get_logger()


@dataclass(frozen=True)
class Database:
    """Where sessions come from."""

    engine: AsyncEngine
    reading: async_sessionmaker[AsyncSession]
    writing: async_sessionmaker[AsyncSession]

    @classmethod
    def at(cls, url: str) -> Self:
        """The database behind a SQLAlchemy URL; connects when first used."""
        engine = create_async_engine(
            url,
            pool_pre_ping=True,
            pool_timeout=POOL_SECONDS,
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "options": f"-c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC",
            },
        )
        read_only = engine.execution_options(postgresql_readonly=True)
        return cls(
            engine,
            reading=async_sessionmaker(read_only, expire_on_commit=False),
            writing=async_sessionmaker(engine, expire_on_commit=False),
        )

    @classmethod
    async def migrated(cls, url: str) -> Self:
        """The same, once it has this version's tables. Raises DatabaseUnreachable after two minutes."""
        database = cls.at(url)
        await migrations.wait_until_migrated(database.engine)
        return database

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


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
