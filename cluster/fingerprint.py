"""Telling by content whether something must be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

IGNORED = {
    "__pycache__",
    "node_modules",
    "dist",
    ".venv",
    ".git",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
}
LENGTH = 12


def fingerprint(paths: Iterable[Path], *, root: Path, extra: Iterable[str] = ()) -> str:
    """A short hash of files and folders: of their names below `root`, contents and executable bits.

    Whatever an interpreter or a package manager leaves behind is not looked at. `extra` adds words that
    decide the outcome too, such as versions.
    """
    digest = hashlib.sha256()
    for file in sorted(set(_files(paths))):
        digest.update(f"{file.relative_to(root)}\0{bool(file.stat().st_mode & 0o100)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    for word in extra:
        digest.update(f"{word}\0".encode())
    return digest.hexdigest()[:LENGTH]


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from _files(child for child in path.iterdir() if child.name not in IGNORED)
        elif path.is_file() and not path.name.endswith((".pyc", ".partial")):
            yield path
