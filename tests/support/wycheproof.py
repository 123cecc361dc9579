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


@functools.cache
def folder() -> Path:
    """Where the vectors lie."""
    if shutil.which("go") is None:
        raise LookupError("Wycheproof's vectors come as a Go module: install Go (1.25 or later)")
    done = subprocess.run(
        ["go", "mod", "download", "-json", MODULE], capture_output=True, text=True, timeout=240, cwd="/"
    )
    found = json.loads(done.stdout or "{}")
    assert done.returncode == 0, found.get("Error", done.stderr)
    assert found["Sum"] == SUM
    return Path(found["Dir"]) / "testvectors_v1"


def vectors(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The tests of a file such as `aes_kwp_test.json`, each with its group."""
    for group in json.loads((folder() / name).read_text())["testGroups"]:
        for test in group["tests"]:
            yield group, test
