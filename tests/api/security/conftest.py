"""The API as it is served, on a database with the demo's accounts, products and schedule in it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text
from support import postgres
from support.api_process import ApiProcess, serving
from support.documented import Documented
from support.tape import Tape, write
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
) -> Iterator[ApiProcess]:
    """The API in service; an hour of `news` is stored, up to a few seconds before now."""
    segments = tmp_path_factory.mktemp("segments")
    tape = Tape(start=(int(time.time()) - 3600) // 60 * 60_000)
    tape.record(3600_000 // tape.slot)
    write(tape, segments / "news")
    settings = {"database_url": seeded, "segments_path": segments, "demo": True, "billing": "demo"}
    with serving({**settings, **secret_files}) as running:
        yield running


def sign_in(api: ApiProcess, account: str) -> httpx.Client:
    """One of the demo's accounts, signed in anew."""
    form = {"username": f"{account}@example.com", "password": PASSWORD}
    answer = httpx.post(f"{api.url}/api/v1/auth/token", data=form, timeout=30)
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx.Client(base_url=api.url, headers=headers, timeout=30)
