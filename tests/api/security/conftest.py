"""The API as it is served, on a database with the demo's accounts, products and schedule in it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text
from support import postgres
from support.documented import Documented
from support.served_api import Served, served
from telstar_api import main, migrations
from telstar_api.demo.catalogue import PASSWORD

CHANNEL = """
INSERT INTO channels
    (name, display_name, number, state, segment_seconds, retention_seconds, drm_enabled, registered_at)
    VALUES ('news', 'News 24', 1, 'Running', 4, 604800, true, now())
"""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """What the API says of itself."""
    return main.openapi()


@pytest.fixture(scope="module")
def documented(document: dict[str, Any]) -> Documented:
    """Holds answers against it."""
    return Documented(document)


@pytest.fixture(scope="module")
def seeded(database_server: str) -> Iterator[str]:
    """URL of a database with the demo in it, and the channel `news`."""
    with postgres.database(database_server) as url:
        migrations.migrate(url)
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(CHANNEL))
        engine.dispose()
        for command in ("seed-demo", "schedule-demo"):
            subprocess.run(
                [sys.executable, "-m", "telstar_api.commands", command],
                env={"TELSTAR_API_DATABASE_URL": url, "PATH": "/usr/bin"},
                check=True,
                timeout=120,
            )
        yield url


@pytest.fixture(scope="module")
def api(
    seeded: str, secret_files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The API in service."""
    segments = tmp_path_factory.mktemp("segments")
    with served({"database_url": seeded, "segments_path": segments, **secret_files}) as running:
        yield running


def sign_in(api: Served, account: str) -> str:
    """An access token of one of the demo's accounts."""
    form = {"username": f"{account}@example.com", "password": PASSWORD}
    answer = httpx.post(f"{api.url}/api/v1/auth/token", data=form, timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])
