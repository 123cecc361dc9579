"""The whole process: both servers, TLS, the database, and how it ends."""

import signal
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.registry import self_signed
from support.served_api import Served, free_port, served


@pytest.fixture
def internal_port() -> int:
    """Where the operator's endpoints listen."""
    return free_port()


@pytest.fixture
def api(
    tmp_path: Path, migrated_database: str, secret_files: dict[str, Path], internal_port: int
) -> Iterator[Served]:
    """A running `telstar-api serve` with both servers."""
    certificate, key = self_signed(tmp_path)
    files = {"tls_cert_file": certificate, "tls_key_file": key, "segments_path": tmp_path, **secret_files}
    with served({"database_url": migrated_database, "internal_port": internal_port, **files}) as running:
        yield running


def test_both_servers_answer_until_told_to_stop(tmp_path: Path, api: Served, internal_port: int) -> None:
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
    output, _ = api.process.communicate(timeout=30)
    assert api.process.returncode == 0
    assert '"event": "stopped"' in output
