"""Several API processes before one Postgres, each with its own connections; here they share an event loop."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import httpx
from fastapi import FastAPI
from sqlalchemy import text
from telstar_api import main, models
from telstar_api.auth.revocation import Revocations
from telstar_api.auth.tokens import Role, Viewer
from telstar_api.context import Context
from telstar_api.database import Database
from telstar_api.notices import APPLICATION_NAME, Notices

from support.api_world import NOON, client

LIMIT = 20.0  # how long a test waits for what takes moments


@dataclass
class Replica:
    """One API process: its parts, and the application in front."""

    context: Context
    app: FastAPI

    def using(self, token: str) -> httpx.AsyncClient:
        """A client with an access token."""
        return client(self.app, token)

    async def hears(self) -> None:
        """Wait until its notices are fresh."""
        await until("fresh notices", self.context.notices.fresh)


@contextlib.asynccontextmanager
async def replica(context: Context, database_url: str) -> AsyncIterator[Replica]:
    """An API process like the context's, on a database of its own, hearing notices."""
    database, notices = Database.at(database_url), Notices(database_url)
    context = replace(context, database=database, notices=notices, revocations=Revocations(notices, database))
    hearing = asyncio.create_task(notices.run())
    try:
        yield Replica(context, main.public_app(context))
    finally:
        hearing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await hearing
        await database.close()


async def signed_in(replica: Replica, role: Role = "subscriber") -> tuple[Viewer, str]:
    """A new account that is signed in, committed: (who it is, its access token)."""
    viewer = Viewer(uuid.uuid4(), role, uuid.uuid4())
    async with replica.context.database.writing.begin() as session:
        session.add(models.User(id=viewer.id, email=f"{viewer.id}@example.com", role=role))
        await session.flush()
        session.add(models.SignIn(id=viewer.sign_in, user_id=viewer.id, created_at=NOON, last_used_at=NOON))
    return viewer, replica.context.tokens.issue(viewer, replica.context.clock.now())


async def cut_listeners(replica: Replica) -> int:
    """End the listening connections to the replica's database; answers how many there were."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"
    async with replica.context.database.writing.begin() as session:
        found = await session.execute(
            text(f"{query} AND datname = current_database()"), {"name": APPLICATION_NAME}
        )
        return len(found.all())


async def until(what: str, holds: Callable[[], bool]) -> None:
    """Wait for it, LIMIT seconds at most."""
    try:
        async with asyncio.timeout(LIMIT):
            while not holds():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"waited {LIMIT:g} s in vain for {what}") from None
