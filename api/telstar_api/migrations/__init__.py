"""The database's versions, and how to bring it to the newest."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

FOLDER = Path(__file__).parent
LOCK = 7_362_194_001  # any number nobody else in the database uses
WAIT_SECONDS = 120.0
LOCK_SECONDS = 60
READY_SECONDS = 3

log = structlog.get_logger()


class DatabaseUnreachable(Exception):
    """The database did not answer in time."""


def config() -> Config:
    """Alembic's configuration, without an alembic.ini."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    settings.set_main_option("path_separator", "os")
    return settings


def head() -> str:
    """The newest migration this version of the API brings."""
    newest = ScriptDirectory.from_config(config()).get_current_head()
    assert newest
    return newest


async def revision(engine: AsyncEngine) -> str | None:
    """The migration the database is at; None before the first. Raises DatabaseUnreachable."""
    try:
        async with asyncio.timeout(READY_SECONDS), engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
    except (OperationalError, TimeoutError, OSError) as error:
        raise DatabaseUnreachable from error


def migrate(url: str, wait_seconds: float = WAIT_SECONDS) -> None:
    """Wait for the database, then bring it to `head()`; one process at a time, the others wait.

    Raises DatabaseUnreachable after `wait_seconds`.
    """
    engine = create_engine(url, connect_args={"connect_timeout": 5})
    try:
        connection = _connect(engine.connect, time.monotonic() + wait_seconds)
        with connection:
            connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            upgrade(connection)
            connection.commit()
    finally:
        engine.dispose()


async def wait_until_migrated(engine: AsyncEngine, wait_seconds: float = WAIT_SECONDS) -> None:
    """Until the database is at `head()`. Raises DatabaseUnreachable after `wait_seconds`."""
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            found = await revision(engine)
        except DatabaseUnreachable:
            found = "nothing: it does not answer"
        if found == head():
            return
        if time.monotonic() > deadline:
            raise DatabaseUnreachable(
                f"waited {wait_seconds:g} s for the database to be at migration {head()}, found {found}"
            )
        log.info("waiting for the database to be migrated", found=found, wanted=head())
        await asyncio.sleep(1)


def upgrade(connection: Connection) -> None:
    """Run what is missing in the connection's transaction."""
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def _connect(connect: Callable[[], Connection], deadline: float) -> Connection:
    while True:
        try:
            return connect()
        except OperationalError as error:
            if time.monotonic() > deadline:
                raise DatabaseUnreachable("waited for the database, but it did not answer") from error
            log.info("waiting for the database", seconds_left=round(deadline - time.monotonic()))
            time.sleep(1)
