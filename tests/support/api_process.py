"""The API as its own process, and a world in a database that several of them share."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from telstar_api.clock import Clock
from telstar_api.context import Context
from telstar_api.serving import context_of
from telstar_api.settings import Settings

from support.api_world import KnownJournals, KnownResources, SetClock, World
from support.waiting import wait_until

START_SECONDS = 60


@dataclass
class ApiProcess:
    """A running `telstar-api serve` on a port of this machine."""

    process: subprocess.Popen[bytes]
    port: int
    log: IO[bytes]

    @property
    def url(self) -> str:
        """Where it answers viewers."""
        return f"http://127.0.0.1:{self.port}"

    def output(self) -> str:
        """What it has said so far."""
        return Path(self.log.name).read_text()

    def ready(self) -> bool:
        """Whether it says that it is."""
        assert self.process.poll() is None, f"the API ended: {self.output()}"
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(settings: Mapping[str, object], *prefix: str) -> Iterator[ApiProcess]:
    """The API with these settings (names without TELSTAR_API_); a prefix such as taskset runs it."""
    given = {"public_port": free_port(), **settings}
    named = {f"TELSTAR_API_{name.upper()}": str(value) for name, value in given.items()}
    command = [*prefix, sys.executable, "-m", "telstar_api.commands", "serve"]
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen(command, env=os.environ | named, stdout=log, stderr=log)
        api = ApiProcess(process, int(str(given["public_port"])), log)
        try:
            wait_until("the API to be ready", api.ready, START_SECONDS)
            yield api
        finally:
            process.kill()
            process.wait(timeout=10)


@contextlib.asynccontextmanager
async def shared_world(url: str, secret_files: Mapping[str, Path], segments: Path) -> AsyncIterator[World]:
    """A world at the present time, without an API of its own; its session commits what others are to see."""
    settings = Settings(database_url=url, segments_path=segments, **secret_files)
    context: Context = context_of(settings)
    clock = SetClock()
    clock.time = Clock().now()
    engine = create_async_engine(url)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield World(session, context, clock, KnownJournals(), FastAPI(), FastAPI(), KnownResources())
    await context.database.close()
    await engine.dispose()
