"""The whole process: both servers, TLS, the database, and how it ends."""

import signal
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text
from support.api_process import ApiProcess, free_port, serving
from support.registry import self_signed
from support.waiting import wait_until
from telstar_api.auth.passwords import hash_password
from telstar_api.settings import Settings


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
def internal_port() -> int:
    """Where the operator's endpoints listen."""
    return free_port()


@pytest.fixture
def api(
    tmp_path: Path, migrated_database: str, secret_files: dict[str, Path], internal_port: int
) -> Iterator[ApiProcess]:
    """A running `telstar-api serve` with both servers."""
    certificate, key = self_signed(tmp_path)
    files = {"tls_cert_file": certificate, "tls_key_file": key, "segments_path": tmp_path, **secret_files}
    with serving(
        {"database_url": migrated_database, "internal_port": internal_port, "billing": "demo", **files}
    ) as running:
        yield running


def test_both_servers_answer_until_told_to_stop(tmp_path: Path, api: ApiProcess, internal_port: int) -> None:
    assert httpx.get(f"{api.url}/api/v1/channels").status_code == 401
    assert httpx.get(f"{api.url}/api/v1/openapi.json").json()["info"]["title"] == "Telstar"
    trust = ssl.create_default_context(cafile=tmp_path / "tls.crt")
    with httpx.Client(verify=trust, base_url=f"https://127.0.0.1:{internal_port}") as operator:
        assert operator.get("/internal/v1/channels/news").status_code == 401
        headers = {"Authorization": "Bearer anything"}
        # There is no Kubernetes here to ask whose token this is.
        assert operator.get("/internal/v1/channels/news", headers=headers).status_code == 503
        assert operator.get("/api/v1/channels").status_code == 404
        assert operator.get("/api/v1/openapi.json").status_code == 404
    api.process.send_signal(signal.SIGTERM)
    api.process.wait(timeout=30)
    assert api.process.returncode == 0
    assert '"event": "stopped"' in api.output()


def test_what_is_due_is_charged_while_it_serves(due: Engine, api: ApiProcess) -> None:
    def paid() -> bool:
        with due.connect() as connection:
            return connection.scalar(text("SELECT paid_until > now() FROM user_subscriptions")) is True

    wait_until("the month to be paid for", paid, 30)
    due.dispose()
    api.process.send_signal(signal.SIGTERM)
    api.process.wait(timeout=30)
    assert api.process.returncode == 0


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
    common = {"database_url": migrated_database, "segments_path": tmp_path, **secret_files}
    with (
        serving({**common, "trusted_proxies": "127.0.0.0/8, ::1"}) as one,
        serving(common) as other,
        httpx.Client(base_url=f"{one.url}/api/v1/auth", headers=forwarded) as here,
        httpx.Client(base_url=f"{other.url}/api/v1/auth", headers=forwarded) as there,
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
