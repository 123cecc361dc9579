"""A running edge, as tests see it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


def docker(*arguments: str) -> str:
    """Run a docker command and return what it printed."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"docker {arguments[0]} failed: {done.stderr}"
    return done.stdout.strip()


@dataclass(frozen=True)
class Edge:
    """Where it listens, and the folders it serves."""

    container: str
    url: str
    health: str
    segments: Path
    page: Path

    def store(self, name: str, content: bytes) -> None:
        """Put a file onto the segment volume."""
        _write(self.segments, name, content)

    def publish(self, name: str, content: bytes) -> None:
        """Put a file into the page's folder."""
        _write(self.page, name, content)

    def logs(self) -> str:
        """Everything it logged so far, standard output and error."""
        done = subprocess.run(["docker", "logs", self.container], capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def files_naming(self, text: str) -> str:
        """The files in its caches and temporary folders that hold a text."""
        search = 'grep --recursive --files-with-matches --fixed-strings -- "$1" /tmp /cache || true'
        return docker("exec", self.container, "sh", "-c", search, "sh", text)


def _write(root: Path, name: str, content: bytes) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
