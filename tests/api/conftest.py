"""The API in one process with its tests, on a real Postgres; each test is undone at its end."""

import base64
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool
from support import postgres
from support.api_world import KnownJournals, KnownResources, SetClock, World
from telstar_api import logs, main, migrations
from telstar_api.auth.revocation import Revocations
from telstar_api.auth.tokens import AccessTokens
from telstar_api.auth.verified import VerifiedTokens
from telstar_api.context import Context
from telstar_api.database import Database
from telstar_api.drm.service import Licences
from telstar_api.keys.wrapping import KeyWrapping
from telstar_api.notices import Notices
from telstar_api.settings import Settings

SAVEPOINTS: dict[str, Any] = {"expire_on_commit": False, "join_transaction_mode": "create_savepoint"}


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    """As in service."""
    logs.configure()


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """A Postgres server."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def empty_database(database_server: str) -> Iterator[str]:
    """A database of the test's own, without tables."""
    with postgres.database(database_server) as url:
        yield url


@pytest.fixture(scope="session")
def database_url(database_server: str) -> Iterator[str]:
    """One database for all tests, migrated."""
    with postgres.database(database_server) as url:
        migrations.migrate(url)
        yield url


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection inside a transaction that is rolled back when the test ends."""
    engine = create_async_engine(database_url, poolclass=NullPool)
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield connection
        await transaction.rollback()
    await engine.dispose()


class ReadOnlySession(Session):
    """As in service, Postgres refuses what is written through it; the savepoint's end lifts that."""


@event.listens_for(ReadOnlySession, "after_begin")
def _read_only(_session: Session, _transaction: object, connection: object) -> None:
    connection.execute(text("SET LOCAL transaction_read_only = on"))  # type: ignore[attr-defined]


@pytest.fixture
def database(connection: AsyncConnection) -> Database:
    """Sessions on the test's connection; their commits are savepoints."""

    @contextlib.asynccontextmanager
    async def asking() -> AsyncIterator[AsyncConnection]:
        yield connection

    return Database(
        connection.engine,
        reading=async_sessionmaker(connection, sync_session_class=ReadOnlySession, **SAVEPOINTS),
        writing=async_sessionmaker(connection, **SAVEPOINTS),
        asking=asking,
    )


@pytest.fixture
async def session(connection: AsyncConnection) -> AsyncIterator[AsyncSession]:
    """For making and looking at rows."""
    async with AsyncSession(
        connection, join_transaction_mode="create_savepoint", expire_on_commit=False
    ) as session:
        yield session


@pytest.fixture(scope="session")
def secret_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Token key and key-encryption key, as the chart mounts them."""
    folder = tmp_path_factory.mktemp("secrets")
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "token.pem").write_bytes(pem)
    (folder / "kek").write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    return {"token_key_file": folder / "token.pem", "key_encryption_key_file": folder / "kek"}


@pytest.fixture
def settings(database_url: str, secret_files: dict[str, Path], tmp_path: Path) -> Settings:
    """A complete configuration."""
    return Settings(database_url=database_url, segments_path=tmp_path, **secret_files)


@pytest.fixture(scope="session")
def applications() -> tuple[FastAPI, FastAPI]:
    """Public and internal. Building them takes longest, so that tests share them, each with its context."""
    return main.public_app(), main.internal_app()


@pytest.fixture
async def world(
    session: AsyncSession,
    database: Database,
    settings: Settings,
    applications: tuple[FastAPI, FastAPI],
) -> World:
    """The API with an empty database, at NOON."""
    clock, journals, cluster = SetClock(), KnownJournals(), KnownResources()
    # Not running: in a transaction that never commits there is nothing to hear, so the database is asked.
    notices, tokens = Notices(settings.database_url), AccessTokens(settings.token_key)

    async def account(token: str) -> str | None:
        return token if token.startswith("system:serviceaccount:") else None

    context = Context(
        settings=settings,
        clock=clock,
        database=database,
        notices=notices,
        tokens=tokens,
        verified_tokens=VerifiedTokens(tokens),
        revocations=Revocations(notices, database),
        licences=Licences(database, notices),
        wrapping=KeyWrapping(settings.key_encryption_key),
        journals=journals,
        authenticate_operator=account,
        read_resource=cluster,
    )
    for app in applications:
        app.state.context = context
    return World(session, context, clock, journals, *applications, cluster)


@pytest.fixture
def migrated_database(empty_database: str) -> str:
    """A migrated database of the test's own, for what needs more than one connection."""
    migrations.migrate(empty_database)
    return empty_database
