"""Where everything that outlives a run is kept, and how it gets there whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cache:
    """The cache folder and the places in it."""

    root: Path

    @property
    def binaries(self) -> Path:
        """Compiled programs, one folder for each name and version."""
        return self.root / "bin"

    @property
    def tools(self) -> Path:
        """Symbolic links to kind, helm, kubectl and docker: this folder goes first on the PATH."""
        return self.root / "tools"

    @property
    def build(self) -> Path:
        """Build contexts put together for Docker."""
        return self.root / "build"

    @property
    def stamps(self) -> Path:
        """Fingerprints of what was last built from which inputs."""
        return self.root / "stamps"

    @property
    def logs(self) -> Path:
        """The output of long commands."""
        return self.root / "logs"

    @property
    def docker(self) -> Path:
        """The Docker daemon of our own: configuration, data root, sockets, pid files."""
        return self.root / "docker"


def cache_from(environ: Mapping[str, str]) -> Cache:
    """The cache of whoever runs this: ``$XDG_CACHE_HOME/telstar``, else ``~/.cache/telstar``."""
    base = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME", "/root")) / ".cache")
    return Cache(Path(base) / "telstar")


def produce(target: Path, build: Callable[[Path], None]) -> bool:
    """Make `target` (file or folder) unless it is there, and tell whether it had to be made.

    `build` is given a path beside the target that does not exist yet; only when it returns is the result
    renamed, so an interrupted run leaves nothing that looks finished.
    """
    if target.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}.partial"
    try:
        build(partial)
        partial.rename(target)
    finally:
        remove(partial)
    return True


def remove(path: Path) -> None:
    """Remove a file or a folder if it is there; read-only folders (Go's module cache) included."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        for folder, _, _ in os.walk(path):
            Path(folder).chmod(0o700)
        shutil.rmtree(path)


def link(name: Path, to: Path) -> None:
    """Point the symbolic link `name` at `to`, replacing what was there in one step."""
    if name.is_symlink() and name.readlink() == to:
        return
    name.parent.mkdir(parents=True, exist_ok=True)
    fresh = name.parent / f".{name.name}.{uuid.uuid4().hex[:8]}"
    fresh.symlink_to(to)
    fresh.replace(name)
