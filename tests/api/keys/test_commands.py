"""Keys on the command line: each command once in a process of its own, as an operator runs it."""

import base64
import contextlib
import io
import os
import secrets
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from sqlalchemy import create_engine, text
from telstar_api import commands
from telstar_api.keys.wrapping import KeyWrapping


class StandardInput(io.BytesIO):
    """Given bytes, under the name that Python has for it."""

    name = "<stdin>"


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

    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("TELSTAR_API_")},
            "TELSTAR_API_DATABASE_URL": self.url,
            "TELSTAR_API_KEY_ENCRYPTION_KEY_FILE": str(self.current),
            "TELSTAR_API_FORMER_KEY_ENCRYPTION_KEYS_PATH": str(self.former),
        }

    def run_as_a_process(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "telstar_api.commands", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=120, env=self.environment())

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """The same within this process, whose start takes longer than all that a command does."""
        out, errors = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
        status: object = 0
        with (
            mock.patch.dict(os.environ, self.environment(), clear=True),
            mock.patch.object(sys, "argv", ["telstar-api", *arguments]),
            mock.patch.object(sys, "stdin", io.TextIOWrapper(StandardInput(stdin))),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(errors),
        ):
            try:
                commands.main()
            except SystemExit as ended:
                status = ended.code or 0
        assert isinstance(status, int)
        return subprocess.CompletedProcess(arguments, status, _written(out), _written(errors))

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
        rows = [
            {
                "kid": f"{number:032x}",
                "wrapped": wrapping.wrap(secrets.token_bytes(16)),
                "kek": wrapping.current_id,
            }
            for number in range(count)
        ]
        engine = create_engine(self.url)
        statement = "INSERT INTO drm_keys VALUES (:kid, 'news', :wrapped, now(), now(), :kek)"
        with engine.begin() as connection:
            connection.execute(text(statement), rows)
        engine.dispose()


def _written(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue()


@pytest.fixture
def telstar_api(migrated_database: str, tmp_path: Path) -> CommandLine:
    return CommandLine(migrated_database, tmp_path)


def test_rewrapping_shows_its_progress_and_may_be_run_again(telstar_api: CommandLine) -> None:
    telstar_api.store(150)
    telstar_api.current.rename(telstar_api.former / "2026-01")
    telstar_api.put(telstar_api.current, secrets.token_bytes(32))
    done = telstar_api.run_as_a_process("rewrap-keys")
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


CHANNEL = ("--channel", "news")


def test_keys_go_out_as_a_document_and_come_into_another_database(
    telstar_api: CommandLine, tmp_path: Path
) -> None:
    telstar_api.store(3)
    telstar_api.sql("UPDATE drm_keys SET valid_from = now() + right(kid, 1)::int * interval '1 hour'")
    out = telstar_api.run_as_a_process("export-keys", *CHANNEL)
    assert out.returncode == 0, out.stderr
    before = telstar_api.sql("SELECT kid, valid_from FROM drm_keys ORDER BY kid")
    telstar_api.sql("DELETE FROM drm_keys")
    telstar_api.put(telstar_api.current, secrets.token_bytes(32))
    taken = telstar_api.run_as_a_process("import-keys", *CHANNEL, "-", stdin=out.stdout)
    assert taken.returncode == 0, taken.stderr
    assert telstar_api.sql("SELECT kid, valid_from FROM drm_keys ORDER BY kid") == before
    (tmp_path / "news.cpix.xml").write_bytes(out.stdout)
    again = telstar_api.run("import-keys", *CHANNEL, str(tmp_path / "news.cpix.xml"))
    assert again.returncode == 0
    assert b'"new": []' in again.stdout
    uses = telstar_api.sql("SELECT kind, cardinality(kids), actor FROM key_uses ORDER BY at")
    assert uses == [
        ("export", 3, "telstar-api export-keys"),
        ("import", 3, "telstar-api import-keys"),
        ("import", 3, "telstar-api import-keys"),
    ]


def test_what_is_wrong_with_a_document_is_said_without_its_keys(telstar_api: CommandLine) -> None:
    bad = telstar_api.run("import-keys", *CHANNEL, "-", stdin=b"<?xml version='1.0'?><!DOCTYPE a><a/>")
    assert (bad.returncode, bad.stdout) == (1, b"")
    assert b"no key was taken from <stdin>: it has a document type declaration" in bad.stderr
    key = "7" * 32
    secret = "kind: Secret\nstringData: {kid: '" + "a" * 32 + "', key: '%s'}"
    assert telstar_api.run("import-keys", *CHANNEL, "-", stdin=(secret % key).encode()).returncode == 0
    other = telstar_api.run("import-keys", *CHANNEL, "-", stdin=(secret % ("8" * 32)).encode())
    assert other.returncode == 1
    assert b"is known with another key" in other.stderr
    assert key.encode() not in other.stderr + other.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("export-keys",), "--channel"),
        (("export-keys", "--channel", "../news"), "no Channel's name"),
        (("export-keys", *CHANNEL, "--from", "2026-11-22T12:00:00"), "has no offset"),
        (("export-keys", *CHANNEL, "--from", "soon"), "is no time"),
        (("import-keys", *CHANNEL, "/nowhere/at-all"), "No such file"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    done = CommandLine("postgresql+psycopg://nowhere.invalid/telstar", tmp_path).run(*arguments)
    assert done.returncode == 2
    assert complaint in done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (CHANNEL, "Channel news has no key"),
        ((*CHANNEL, "--from", "2026-11-22T12:00:00Z"), "--from and --to belong together"),
    ],
)
def test_an_export_without_outcome_says_why(
    telstar_api: CommandLine, arguments: tuple[str, ...], complaint: str
) -> None:
    done = telstar_api.run("export-keys", *arguments)
    assert (done.returncode, done.stdout) == (1, b"")
    assert complaint in done.stderr.decode()
