"""The API as its own process, and a world in a database that several of them share."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

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

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(settings: Mapping[str, str], *prefix: str) -> Iterator[ApiProcess]:
    """The API with these settings (names without TELSTAR_API_); a prefix such as taskset runs it."""
    port = free_port()
    named = {f"TELSTAR_API_{name}": value for name, value in {**settings, "PUBLIC_PORT": str(port)}.items()}
    command = [*prefix, sys.executable, "-m", "telstar_api.commands", "serve"]
    process = subprocess.Popen(
        command, env={**os.environ, **named}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    )
    try:
        wait_until("the API to be ready", lambda: _ready(process, port), START_SECONDS)
        yield ApiProcess(process, port)
    finally:
        process.kill()
        process.wait(timeout=10)


def _ready(process: subprocess.Popen[str], port: int) -> bool:
    assert process.poll() is None, "the API ended"
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


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
