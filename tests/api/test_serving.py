"""The whole process: both servers, TLS, the database, and how it ends."""

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
from sqlalchemy import Engine, create_engine, text
from support.registry import self_signed
from support.waiting import wait_until


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def due(migrated_database: str) -> Engine:
    """A subscription that has been due for a minute, before any API runs."""
    engine = create_engine(migrated_database)
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO products (id, name, price, currency) VALUES ('basic', 'Basic', 4.99, 'EUR')",
            "INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'v@example.com')",
            "INSERT INTO user_subscriptions (id, user_id, product_id, starts_at, paid_until, due_at) "
            "SELECT gen_random_uuid(), id, 'basic', now() - interval '1 month', now() - interval '1 minute', "
            "now() - interval '1 minute' FROM users",
        ):
            connection.execute(text(statement))
    return engine


@pytest.fixture
def served(
    tmp_path: Path, migrated_database: str, secret_files: dict[str, Path]
) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """A running `telstar-api serve`: (process, public port, internal port)."""
    certificate, key = self_signed(tmp_path)
    public, internal = free_port(), free_port()
    settings = {
        "DATABASE_URL": migrated_database,
        "SEGMENTS_PATH": str(tmp_path),
        "TLS_CERT_FILE": str(certificate),
        "TLS_KEY_FILE": str(key),
        "PUBLIC_PORT": str(public),
        "INTERNAL_PORT": str(internal),
        "BILLING": "demo",
        **{name.upper(): str(path) for name, path in secret_files.items()},
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


def test_what_is_due_is_charged_while_it_serves(
    due: Engine, served: tuple[subprocess.Popen[str], int, int]
) -> None:
    def paid() -> bool:
        with due.connect() as connection:
            return connection.scalar(text("SELECT paid_until > now() FROM user_subscriptions")) is True

    wait_until("the month to be paid for", paid, 30)
    due.dispose()
    process, *_ = served
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0
