"""The API as a process of its own, as it is served: real sockets, a real database."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx

from support.waiting import wait_until


@dataclass(frozen=True)
class Served:
    """A running `telstar-api serve` and where it answers viewers."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        """The root of the public application."""
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> bool:
        """Whether it answers that it is."""
        assert self.process.poll() is None, "the API ended"
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def served(settings: Mapping[str, object]) -> Iterator[Served]:
    """Serve with these settings (their names without prefix, in lower case) until the block ends."""
    port = free_port()
    given = {"public_port": port, **settings}
    environment = os.environ | {f"TELSTAR_API_{name.upper()}": str(value) for name, value in given.items()}
    command = [sys.executable, "-m", "telstar_api.commands", "serve"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        running = Served(process, port)
        wait_until("the API to be ready", running.ready, 60)
        yield running
    finally:
        process.kill()
        process.communicate(timeout=10)
