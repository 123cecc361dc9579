"""A channel on air: the API's world with real journals on a real (if small) segment volume."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from telstar_api import main, models
from telstar_api.tstv.journals import JournalStore

from support.api_world import NOON, World
from support.tape import Tape, write


@dataclass
class OnAir:
    """The channel `news`, whose encoder writes as the clock is turned; and a viewer who may everything."""

    world: World
    volume: Path
    tape: Tape
    viewer: models.User
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def store_until_now(self) -> None:
        """Let the encoder publish what it would have published by now."""
        now = self.world.clock.time
        seconds = int((now - datetime.fromtimestamp(self.tape.end / 1000, UTC)).total_seconds())
        missing = seconds * 1000 // self.tape.slot + 1
        if missing > 0 and self.tape.slots:
            self.tape.extend(missing)
        elif missing > 0:
            self.tape.record(missing)
        write(self.tape, self.volume / "news", until=round(now.timestamp() * 1000))

    def turn(self, by: timedelta) -> None:
        """Time passes, and the encoder goes on."""
        self.world.clock.turn(by)
        self.store_until_now()

    def client(self, user: models.User | None = None) -> httpx.AsyncClient:
        """The API as somebody, the viewer when nobody is named."""
        return self.world.as_(user or self.viewer)

    async def play(self, mode: str = "live", programme: models.ScheduleEntry | None = None) -> httpx.Response:
        """Ask for a session."""
        body = {"channel": "news", "mode": mode} | ({"programme_id": str(programme.id)} if programme else {})
        return await self.client().post("/api/v1/playback", json=body)

    async def manifest(self, mode: str = "live", programme: models.ScheduleEntry | None = None) -> str:
        """Begin a session that must be allowed: the manifest's path."""
        answer = await self.play(mode, programme)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["manifest_url"])

    async def get(self, path: str) -> httpx.Response:
        """A playlist, asked for as players do: without a token but that in the path."""
        return await self.world.as_(None).get(path)


async def on_air(world: World, volume: Path) -> OnAir:
    """The channel has been on air for an hour before NOON."""
    context = replace(world.context, journals=JournalStore(volume, refresh_seconds=0))
    world.context, world.public = context, main.public_app(context)
    await world.product("everything", (None, "live", None), (None, "start-over", None), (None, "catch-up", 7))
    await world.channel("news", stored=None)
    begun = NOON - timedelta(hours=1)
    air = OnAir(world, volume, Tape(start=round(begun.timestamp() * 1000)), await world.viewer("everything"))
    air.store_until_now()
    return air
