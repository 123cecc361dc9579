"""The runtime wrapper, run for real with a runc that only says how it was called."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from cluster.daemon import RUNTIME
from cluster.machine import has_capability

pytestmark = pytest.mark.skipif(
    not (shutil.which("jq") and Path("/proc/self/status").exists()), reason="needs jq and Linux"
)
CAP_CHOWN, CAP_SYS_RESOURCE = 0, 24
IMAGINARY = ["CAP_CHOWN", "CAP_SYS_RESOURCE"]


@pytest.fixture
def runc(tmp_path: Path) -> Path:
    program = tmp_path / "runc"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    return program


def call(runc: Path, *arguments: str) -> str:
    done = subprocess.run(
        [RUNTIME, *arguments], env={"PATH": "/usr/bin:/bin", "TELSTAR_RUNC": str(runc)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def expected() -> list[str]:
    """Of the imaginary set, what this machine's bounding set has."""
    status = Path("/proc/self/status").read_text()
    numbers = dict(zip(IMAGINARY, (CAP_CHOWN, CAP_SYS_RESOURCE), strict=True))
    return [name for name in IMAGINARY if has_capability(numbers[name], status)]


def test_create_asks_only_for_what_the_machine_can_give(runc: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"process": {"capabilities": {"bounding": IMAGINARY, "ambient": None}}}))
    assert call(runc, "--root", "/r", "create", "--bundle", str(tmp_path), "id") == (
        f"--root /r create --bundle {tmp_path} id"
    )
    assert json.loads(config.read_text())["process"]["capabilities"] == {
        "bounding": expected(),
        "ambient": None,
    }


def test_exec_reads_its_own_process_file(runc: Path, tmp_path: Path) -> None:
    process = tmp_path / "process.json"
    process.write_text(json.dumps({"args": ["sh"], "capabilities": {"effective": IMAGINARY}}))
    call(runc, "exec", f"--process={process}", "id")
    assert json.loads(process.read_text()) == {"args": ["sh"], "capabilities": {"effective": expected()}}


def test_other_calls_go_through_as_they_are(runc: Path) -> None:
    assert call(runc, "--root", "/r", "state", "id") == "--root /r state id"
