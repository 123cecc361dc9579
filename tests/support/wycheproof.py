"""Project Wycheproof's test vectors (github.com/C2SP/wycheproof, Apache-2.0), from the Go module proxy.

They are not part of this repository: `go mod download` keeps them in Go's module cache, and Go checks them
against the checksum database; that the checksum is the one below is checked here.
"""

import functools
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MODULE = "github.com/c2sp/wycheproof@v0.0.0-20260902155932-3fa63dd0344a"
SUM = "h1:pNbL2nztRsWfW/ispAwsvcDFxs9Id38uIsR2/Up5G2c="


LIMIT = 240  # seconds for the first run's download; later ones take it from the module cache


@functools.cache
def folder() -> Path:
    """Where the vectors lie. Raises LookupError, which says what is missing."""
    if shutil.which("go") is None:
        raise LookupError("Wycheproof's vectors come as a Go module: install Go (1.25 or later)")
    command = ["go", "mod", "download", "-json", MODULE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, cwd="/")
    except subprocess.TimeoutExpired:
        raise LookupError(
            f"{MODULE} was not downloaded within {LIMIT} s: is the Go module proxy reachable?"
        ) from None
    found = json.loads(done.stdout or "{}")
    if done.returncode != 0:
        raise LookupError(f"{MODULE} could not be downloaded: {found.get('Error', done.stderr)}")
    if found["Sum"] != SUM:
        raise LookupError(f"{MODULE} has the checksum {found['Sum']}, where {SUM} is expected")
    return Path(found["Dir"]) / "testvectors_v1"


def vectors(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The tests of a file such as `aes_kwp_test.json`, each with its group."""
    for group in json.loads((folder() / name).read_text())["testGroups"]:
        for test in group["tests"]:
            yield group, test
