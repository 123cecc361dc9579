"""A real Postgres for tests: the one given, or the product's own image in Docker; a new database in it."""

import contextlib
import os
import subprocess
import uuid
from collections.abc import Iterator

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from support.waiting import wait_until

VARIABLE = "TELSTAR_TEST_DATABASE_URL"
IMAGE = os.environ.get("TELSTAR_TEST_POSTGRES_IMAGE", "telstar/postgres:dev")


@contextlib.contextmanager
def server() -> Iterator[str]:
    """URL of a server on which databases may be made: $TELSTAR_TEST_DATABASE_URL, else a container."""
    if given := os.environ.get(VARIABLE):
        yield given
        return
    password = uuid.uuid4().hex
    data = "/var/lib/postgresql/data:uid=10001,gid=10001,mode=0700"
    container = _run(
        *("docker", "run", "--detach", "--rm", "--publish", "127.0.0.1::5432", "--tmpfs", data),
        *("--env", "POSTGRES_USER=telstar", "--env", f"POSTGRES_PASSWORD={password}", IMAGE),
        *("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"),
    )
    try:
        address = _run("docker", "port", container, "5432/tcp").splitlines()[0]
        url = f"postgresql+psycopg://telstar:{password}@{address}/telstar"
        wait_until("Postgres to answer", lambda: _answers(url), 60)
        yield url
    finally:
        _run("docker", "rm", "--force", container)


@contextlib.contextmanager
def database(server_url: str) -> Iterator[str]:
    """URL of a new, empty database, dropped at the end."""
    name = f"telstar_test_{uuid.uuid4().hex[:12]}"
    administration = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with administration.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        administration.dispose()


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{command[:2]} failed: {done.stderr}"
    return done.stdout.strip()


def _answers(url: str) -> bool:
    engine = create_engine(url, connect_args={"connect_timeout": 2})
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()
