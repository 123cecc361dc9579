"""Keys on the command line, each command in a process of its own as an operator runs it."""

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from telstar_api.keys.wrapping import KeyWrapping


class CommandLine:
    """`telstar-api` with a database and key-encryption keys."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.url = database_url
        self.current, self.former = folder / "kek", folder / "former"
        self.former.mkdir()
        self.put(self.current, secrets.token_bytes(32))

    def put(self, file: Path, kek: bytes) -> bytes:
        file.write_text(base64.b64encode(kek).decode())
        return kek

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TELSTAR_API_")},
            "TELSTAR_API_DATABASE_URL": self.url,
            "TELSTAR_API_KEY_ENCRYPTION_KEY_FILE": str(self.current),
            "TELSTAR_API_FORMER_KEY_ENCRYPTION_KEYS_PATH": str(self.former),
        }
        command = [sys.executable, "-m", "telstar_api.commands", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=120, env=environment)

    def wrapping(self) -> KeyWrapping:
        return KeyWrapping(base64.b64decode(self.current.read_text()))

    def sql(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        engine = create_engine(self.url)
        with engine.begin() as connection:
            done = connection.execute(text(statement), values)
            rows = [tuple(row) for row in done] if done.returns_rows else []
        engine.dispose()
        return rows

    def store(self, count: int) -> None:
        wrapping = self.wrapping()
        for number in range(count):
            self.sql(
                "INSERT INTO drm_keys VALUES (:kid, 'news', :wrapped, now(), now(), :kek)",
                kid=f"{number:032x}",
                wrapped=wrapping.wrap(secrets.token_bytes(16)),
                kek=wrapping.current_id,
            )


@pytest.fixture
def telstar_api(migrated_database: str, tmp_path: Path) -> CommandLine:
    return CommandLine(migrated_database, tmp_path)


def test_rewrapping_shows_its_progress_and_may_be_run_again(telstar_api: CommandLine) -> None:
    telstar_api.store(150)
    telstar_api.current.rename(telstar_api.former / "2026-01")
    telstar_api.put(telstar_api.current, secrets.token_bytes(32))
    done = telstar_api.run("rewrap-keys")
    assert done.returncode == 0, done.stderr
    assert b'"done": 100, "of": 150' in done.stdout
    assert b'"rewrapped": 150' in done.stdout
    current = telstar_api.wrapping()
    assert telstar_api.sql("SELECT kek_id, count(*) FROM drm_keys GROUP BY 1") == [(current.current_id, 150)]
    rows = telstar_api.sql("SELECT wrapped_key, kek_id FROM drm_keys")
    assert all(current.opens(bytes(wrapped), str(kek_id)) for wrapped, kek_id in rows)  # type: ignore[call-overload]
    again = telstar_api.run("rewrap-keys")
    assert again.returncode == 0
    assert b'"rewrapped": 0' in again.stdout


def test_rewrapping_without_the_former_key_says_which_one_is_missing(telstar_api: CommandLine) -> None:
    telstar_api.store(3)
    missing = telstar_api.wrapping().current_id
    telstar_api.put(telstar_api.current, secrets.token_bytes(32))
    done = telstar_api.run("rewrap-keys")
    assert done.returncode == 1
    assert f"{missing} (3)" in done.stderr.decode()
    assert "FORMER_KEY_ENCRYPTION_KEYS_PATH" in done.stderr.decode()
