"""The whole process: both servers, TLS, the database, and how it ends."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text
from support.registry import self_signed
from support.waiting import wait_until
from telstar_api.auth.passwords import hash_password
from telstar_api.settings import Settings


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(
    folder: Path, database_url: str, secret_files: dict[str, Path], **more: str
) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """A running `telstar-api serve` with these settings too: (process, public port, internal port)."""
    certificate, key = self_signed(folder)
    public, internal = free_port(), free_port()
    settings = {
        "DATABASE_URL": database_url,
        "SEGMENTS_PATH": str(folder),
        "TLS_CERT_FILE": str(certificate),
        "TLS_KEY_FILE": str(key),
        "PUBLIC_PORT": str(public),
        "INTERNAL_PORT": str(internal),
        **{name.upper(): str(path) for name, path in secret_files.items()},
        **more,
    }
    environment = {**os.environ, **{f"TELSTAR_API_{name}": value for name, value in settings.items()}}
    command = [sys.executable, "-m", "telstar_api.commands", "serve"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        wait_until("the API to be ready", lambda: ready(process, public), 60)
        yield process, public, internal
    finally:
        process.kill()
        process.communicate(timeout=10)


@pytest.fixture
def served(
    tmp_path: Path, migrated_database: str, secret_files: dict[str, Path]
) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """A running `telstar-api serve`: (process, public port, internal port)."""
    with serving(tmp_path, migrated_database, secret_files) as running:
        yield running


def ready(process: subprocess.Popen[str], port: int) -> bool:
    assert process.poll() is None, "the API ended"
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_both_servers_answer_until_told_to_stop(
    tmp_path: Path, served: tuple[subprocess.Popen[str], int, int]
) -> None:
    process, public, internal = served
    assert httpx.get(f"http://127.0.0.1:{public}/api/v1/channels").status_code == 401
    assert httpx.get(f"http://127.0.0.1:{public}/api/v1/openapi.json").json()["info"]["title"] == "Telstar"
    trust = ssl.create_default_context(cafile=tmp_path / "tls.crt")
    with httpx.Client(verify=trust, base_url=f"https://127.0.0.1:{internal}") as operator:
        assert operator.get("/internal/v1/channels/news").status_code == 401
        headers = {"Authorization": "Bearer anything"}
        # There is no Kubernetes here to ask whose token this is.
        assert operator.get("/internal/v1/channels/news", headers=headers).status_code == 503
        assert operator.get("/api/v1/channels").status_code == 404
        assert operator.get("/api/v1/openapi.json").status_code == 404
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert '"event": "stopped"' in output


def with_account(database_url: str, email: str, password: str) -> None:
    engine = create_engine(database_url)
    insert = "INSERT INTO users (id, email, password_hash) VALUES (gen_random_uuid(), :email, :hash)"
    with engine.begin() as connection:
        connection.execute(text(insert), {"email": email, "hash": hash_password(password)})
    engine.dispose()


def test_signed_out_of_one_process_is_signed_out_of_the_other(
    tmp_path: Path, migrated_database: str, secret_files: dict[str, Path]
) -> None:
    """Two processes; the first believes what its peer says of the client's address, the second does not."""
    with_account(migrated_database, "v@example.com", "correct horse")
    form = {"username": "v@example.com", "password": "correct horse"}
    forwarded = {"X-Forwarded-For": "203.0.113.77"}
    with (
        serving(tmp_path, migrated_database, secret_files, TRUSTED_PROXIES="127.0.0.0/8, ::1") as (_, one, _),
        serving(tmp_path, migrated_database, secret_files) as (_, other, _),
        httpx.Client(base_url=f"http://127.0.0.1:{one}/api/v1/auth", headers=forwarded) as here,
        httpx.Client(base_url=f"http://127.0.0.1:{other}/api/v1/auth", headers=forwarded) as there,
    ):
        for device in (here, there):
            token = device.post("/token", data=form).json()["access_token"]
            device.headers["Authorization"] = f"Bearer {token}"
        listed = there.get("/sign-ins").json()
        assert {(item["network"], item["present"]) for item in listed} == {
            ("203.0.113.0/24", False),
            ("127.0.0.0/24", True),
        }
        assert here.delete("/sign-ins").status_code == 204
        wait_until("the other process to know", lambda: there.get("/me").status_code == 401, 20)
        assert here.get("/me").status_code == 401


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("trusted_proxies", "10.0.0.0/8,edge", "addresses or networks"),
        ("public_url", "tv.example.com", "https://tv.example.com"),
        ("public_url", "https://tv.example.com/?x", "https://tv.example.com"),
        ("smtp_url", "smtp://user:password@host", "in clear"),
    ],
)
def test_settings_that_make_no_sense_are_refused_at_start(
    secret_files: dict[str, Path], setting: str, value: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        Settings(database_url="postgresql://h/n", **secret_files, **{setting: value})
