"""Keys that change while somebody watches: the real page, API and segments, without a cluster.

Keys change every ten seconds, and are announced eight ahead. tests/e2e/test_rotation.py shows the same
on a cluster, with the operator's and SimLive's own rotation, at its own pace.
"""

import asyncio
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from playwright.sync_api import Browser
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from support import postgres
from support.browser import chromium, sign_in
from support.origin import joined, served
from support.rotating import RotatingChannel
from support.watching import Watching
from telstar_api import main, migrations, models
from telstar_api.demo.seeding import seed
from telstar_api.serving import context_of
from telstar_api.settings import Settings

ROOT = Path(__file__).parents[2]
PERIOD = 10_000  # milliseconds
AHEAD = timedelta(seconds=8)
HEARTBEAT = timedelta(seconds=1)
# Stored before anybody watches; changes of key that are watched; periods, many for a machine that is slow.
BEFORE, CHANGES, PERIODS = timedelta(seconds=12), 3, 10


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@dataclass
class Station:
    """The channel `news` on air, and where to watch it."""

    address: str
    channel: RotatingChannel
    database: str

    def add(self, *rows: models.Base) -> None:
        engine = create_engine(self.database)
        with Session(engine) as session:
            session.add_all(rows)
            session.commit()
        engine.dispose()


@pytest.fixture(scope="module")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, built."""
    folder = tmp_path_factory.mktemp("page")
    command = ("npx", "vite", "build", "--outDir", str(folder), "--emptyOutDir", "--logLevel", "error")
    subprocess.run(command, cwd=ROOT / "frontend", check=True, timeout=300)
    return folder


@pytest.fixture(scope="module")
def settings(
    database_server: str, secret_files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """An API with the demo's accounts, and no channel yet."""
    with postgres.database(database_server) as url:
        migrations.migrate(url)
        asyncio.run(seeded(url))
        yield Settings(database_url=url, segments_path=tmp_path_factory.mktemp("segments"), **secret_files)


async def seeded(url: str) -> None:
    engine = create_async_engine(url)
    async with AsyncSession(engine) as session:
        await seed(session, datetime.now(UTC))
        await session.commit()
    await engine.dispose()


@pytest.fixture(scope="module")
def station(settings: Settings, page_folder: Path) -> Iterator[Station]:
    """Encoded ahead, then on air."""
    context = context_of(settings)
    encoding = timedelta(seconds=10)
    start = int((datetime.now(UTC) - BEFORE + encoding).timestamp()) * 1000
    channel = RotatingChannel(settings.segments_path / "news", start, PERIOD, PERIODS)
    channel.encode()
    wait = (moment(start) + BEFORE - datetime.now(UTC)).total_seconds()
    time.sleep(max(0, wait))
    application = joined(main.public_app(context), settings.segments_path, page_folder)
    with patch("telstar_api.playback.service.HEARTBEAT", HEARTBEAT), served(application) as address:
        station = Station(address, channel, settings.database_url)
        station.add(
            models.Channel(
                name="news",
                display_name="News",
                number=1,
                state="Running",
                segment_seconds=2,
                retention_seconds=3600,
                drm_enabled=True,
                registered_at=datetime.now(UTC),
            )
        )
        announcing = threading.Thread(target=announce, args=(station, context.wrapping.wrap), daemon=True)
        broadcasting = channel.broadcast()
        announcing.start()
        yield station
        channel.stop()
        for thread in (announcing, broadcasting):
            thread.join(10)


def announce(station: Station, wrap: Callable[[bytes], bytes]) -> None:
    """As the operator does: register each key some time before it comes into force."""
    for key in station.channel.keys:
        due = moment(key.valid_from) - AHEAD
        if station.channel.ended.wait(max(0, (due - datetime.now(UTC)).total_seconds())):
            return
        station.add(
            models.DrmKey(
                kid=key.kid,
                channel="news",
                wrapped_key=wrap(bytes.fromhex(key.key)),
                registered_at=datetime.now(UTC),
                valid_from=moment(key.valid_from),
            )
        )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def watching(browser: Browser, station: Station) -> Iterator[Watching]:
    context = browser.new_context(base_url=station.address, viewport={"width": 1280, "height": 800})
    yield Watching(context.new_page())
    context.close()


def test_live_over_three_changes_nothing_stalls_and_nobody_asks_at_a_change(
    station: Station, watching: Watching
) -> None:
    sign_in(watching.page, "premium@example.com")
    watching.page.goto("/watch/news?mode=live")
    watching.watch_until(moment(station.channel.start), 20)
    changes = [moment(key.valid_from) for key in station.channel.keys if key.valid_from > time.time() * 1000]
    watching.watch_until(changes[CHANGES - 1] + timedelta(seconds=3), 60)
    assert watching.stalls() == []
    assert watching.statuses == []
    assert set(changes[1:CHANGES]) <= set(watching.announced.values())
    licences = watching.licences()
    in_force = {key.kid: moment(key.valid_from) for key in station.channel.keys}
    for request in licences[1:]:
        (kid,) = request.kids
        assert request.at < in_force[kid] - timedelta(seconds=1), f"{request} at the change of key"
    assert len({request.kids for request in licences}) == len(licences), "asked twice"


def test_catching_up_over_all_keys_never_stalls(station: Station, watching: Watching) -> None:
    begin, end = moment(station.channel.start), moment(station.channel.start + 5 * PERIOD)
    time.sleep(max(0, (end - datetime.now(UTC)).total_seconds() + 3))
    programme = uuid.uuid4()
    station.add(
        models.ScheduleEntry(id=programme, channel="news", title="All of it", starts_at=begin, ends_at=end)
    )
    sign_in(watching.page, "premium@example.com")
    watching.page.goto(f"/watch/news?mode=catch-up&programme={programme}")
    watching.watch_until(begin + timedelta(seconds=1), 20)
    watching.hurry(2)
    watching.watch_until(end - timedelta(seconds=1), 60)
    assert watching.stalls() == []
    assert watching.statuses == []
    assert [request.kids for request in watching.licences()] == [
        (key.kid,) for key in station.channel.keys[0:5:2]
    ], "each licence holds the key after it, so every second key is asked for"
