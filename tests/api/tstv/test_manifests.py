"""Playlists over HTTP: real journals, real sessions."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import pytest
from sqlalchemy import text
from support import hls_lint
from support.api_world import NOON
from support.on_air import OnAir
from support.tape import Tape, write
from telstar_api import models

HALF_HOUR = timedelta(minutes=30)
SECOND = timedelta(seconds=1)


async def texts(air: OnAir, manifest: str) -> tuple[str, dict[str, str]]:
    """The multivariant playlist, and the media playlists by the URIs in it."""
    index = await air.get(manifest)
    assert index.status_code == 200, index.text
    uris = re.findall(r'URI="([^"/]+\.m3u8)"', index.text) + re.findall(r"^[^#].*$", index.text, re.MULTILINE)
    playlists = {uri: (await air.get(urljoin(manifest, uri))).text for uri in uris}
    return index.text, playlists


async def test_every_mode_gives_sound_playlists(air: OnAir) -> None:
    running = await air.world.programme("news", timedelta(minutes=-10))
    past = await air.world.programme("news", timedelta(minutes=-40))
    modes = ((await air.manifest(), 30), (await air.manifest("start-over", running), 150))
    for manifest, count in (*modes, (await air.manifest("catch-up", past), 450)):
        index, playlists = await texts(air, manifest)
        assert sorted(playlists) == ["360p.m3u8", "720p.m3u8", "audio.m3u8"]
        assert hls_lint.check_multivariant(index, playlists) == []
        for playlist in playlists.values():
            assert hls_lint.check_media(playlist) + hls_lint.check_names(playlist) == []
            assert count - 1 <= len(hls_lint.read(playlist).segments) <= count + 1


async def test_players_and_caches_are_told_what_it_is_and_how_long_it_holds(air: OnAir) -> None:
    running = await air.world.programme("news", timedelta(minutes=-10))
    past = await air.world.programme("news", timedelta(minutes=-40))
    for manifest, holds in (
        (await air.manifest(), "max-age=1, stale-while-revalidate=2, stale-if-error=15"),
        (await air.manifest("start-over", running), "max-age=1, stale-while-revalidate=2, stale-if-error=15"),
        (await air.manifest("catch-up", past), "max-age=60, stale-while-revalidate=60, stale-if-error=600"),
    ):
        for name in ("index", "720p"):
            answer = await air.get(manifest.replace("index", name))
            assert answer.headers["content-type"].startswith("application/vnd.apple.mpegurl")
            assert answer.headers["cache-control"] == holds
            assert "vary" not in answer.headers
            assert "set-cookie" not in answer.headers


async def test_all_viewers_of_a_window_get_the_same_bytes(air: OnAir) -> None:
    first = await air.manifest()
    air.viewer = await air.world.viewer("everything")
    second = await air.manifest()
    assert first != second
    assert await texts(air, first) == await texts(air, second)
    assert first.split("/")[4] not in str(await texts(air, first))


async def test_what_is_not_there_is_not_found(air: OnAir) -> None:
    live = await air.manifest()
    for path in (live.replace("index", "1080p"), live + "x", "/api/v1/tstv/nonsense"):
        answer = await air.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_what_retention_took_is_not_found(air: OnAir) -> None:
    past = await air.world.programme("news", timedelta(minutes=-50), timedelta(minutes=20))
    manifest = await air.manifest("catch-up", past)
    stored_from = round((NOON - timedelta(minutes=5)).timestamp() * 1000)
    (air.volume / "news" / "stored.json").write_text(f'{{"from": {stored_from}}}')
    answer = await air.get(manifest)
    assert answer.status_code == 404
    assert "no longer" in answer.json()["detail"]


async def test_a_volume_that_cannot_be_read_is_unavailable_and_not_empty(air: OnAir) -> None:
    manifest = await air.manifest()
    air.tape.record(3, after=10_000)
    write(air.tape, air.volume / "news")
    (air.volume / "news" / "runs" / "000002.json").write_text("{")
    answer = await air.get(manifest)
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


async def test_start_over_grows_closes_itself_and_is_watched_to_its_end(air: OnAir) -> None:
    programme = await air.world.programme("news", timedelta(minutes=-1), timedelta(minutes=3))
    manifest = await air.manifest("start-over", programme)
    session = await air.world.session.scalar(text("SELECT id FROM tstv_sessions"))
    before = (await texts(air, manifest))[1]
    for _ in range(16):
        air.turn(timedelta(seconds=10))
        await air.client().post(f"/api/v1/playback/{session}/heartbeat")
        after = (await texts(air, manifest))[1]
        for name in before:
            assert hls_lint.check_refresh(before[name], after[name]) == []
        before = after
    shown = hls_lint.read(before["720p.m3u8"])
    assert shown.closed
    assert shown.segments[0].start <= round(programme.starts_at.timestamp() * 1000)
    assert shown.segments[-1].start < round(programme.ends_at.timestamp() * 1000)
    assert len(shown.segments) == 45
    assert (await air.play("start-over", programme)).status_code == 403


async def move(
    air: OnAir, programme: models.ScheduleEntry, start: str = "starts_at", end: str = "ends_at"
) -> None:
    """As anybody does who writes to the schedule: in SQL."""
    statement = f"UPDATE schedule_entries SET starts_at = {start}, ends_at = {end} WHERE id = :id"
    await air.world.session.execute(text(statement), {"id": programme.id})


@pytest.fixture
async def present(air: OnAir) -> OnAir:
    """Postgres' present as the world's, because its trigger goes by it; on air since ten minutes ago."""
    now = await air.world.session.scalar(text("SELECT now()"))
    assert isinstance(now, datetime)
    air.world.clock.time = now.astimezone(UTC)
    begun = now - timedelta(minutes=10)
    air.tape = Tape(start=int(begun.timestamp()) * 1000)
    await air.world.channel("sport", 2, stored=None)
    for file in (air.volume / "news" / "journal").iterdir():
        file.unlink()
    air.store_until_now()
    return air


async def running(air: OnAir) -> models.ScheduleEntry:
    """Began six minutes ago, ends in ten."""
    start = air.world.clock.time - timedelta(minutes=6) - NOON
    return await air.world.programme("news", start, timedelta(minutes=16))


async def refreshed(air: OnAir, manifest: str, before: str) -> str:
    """The playlist a little later; the refresh must be sound."""
    after = (await texts(air, manifest))[1]["720p.m3u8"]
    assert hls_lint.check_refresh(before, after) == []
    return after


async def test_an_end_moved_back_closes_what_was_listed_and_takes_nothing_away(present: OnAir) -> None:
    programme = await running(present)
    manifest = await present.manifest("start-over", programme)
    listed = (await texts(present, manifest))[1]["720p.m3u8"]
    await move(present, programme, end="now() - interval '2 minutes'")
    after = await refreshed(present, manifest, listed)
    present.turn(timedelta(seconds=10))
    closed = await refreshed(present, manifest, after)
    assert hls_lint.read(closed).closed
    present.turn(timedelta(seconds=60))
    assert await refreshed(present, manifest, closed) == closed
    caught_up = (await texts(present, await present.manifest("catch-up", programme)))[1]["720p.m3u8"]
    shorter = len(hls_lint.read(closed).segments) - len(hls_lint.read(caught_up).segments)
    assert 29 <= shorter <= 32, "catch-up ends where the schedule says by now"


async def test_an_end_moved_on_lets_start_over_grow_on(present: OnAir) -> None:
    programme = await running(present)
    manifest = await present.manifest("start-over", programme)
    before = (await texts(present, manifest))[1]["720p.m3u8"]
    await move(present, programme, end="ends_at + interval '1 hour'")
    for _ in range(12):
        present.turn(timedelta(minutes=1))
        session = await present.world.session.scalar(text("SELECT id FROM tstv_sessions"))
        await present.client().post(f"/api/v1/playback/{session}/heartbeat")
        before = await refreshed(present, manifest, before)
    assert not hls_lint.read(before).closed


@pytest.mark.parametrize("start", ["starts_at + interval '3 minutes'", "starts_at - interval '3 minutes'"])
async def test_a_start_moved_while_on_air_moves_no_playlist(present: OnAir, start: str) -> None:
    programme = await running(present)
    manifest = await present.manifest("start-over", programme)
    before = (await texts(present, manifest))[1]["720p.m3u8"]
    await move(present, programme, start=start)
    present.turn(timedelta(seconds=10))
    await refreshed(present, manifest, before)


async def test_a_programme_moved_when_it_is_not_on_air_keeps_nothing(present: OnAir) -> None:
    entry = await present.world.programme("news", present.world.clock.time + HALF_HOUR - NOON)
    await move(present, entry, start="starts_at + interval '1 minute'", end="ends_at + interval '1 minute'")
    await move(present, entry, start="now() - interval '2 hours'", end="now() - interval '1 hour'")
    await move(present, entry, end="now() + interval '1 hour'")
    await present.world.session.refresh(entry)
    assert (entry.start_over_from, entry.start_over_until) == (None, None)


async def test_a_programme_moved_again_and_again_keeps_its_first_start(present: OnAir) -> None:
    entry = await running(present)
    first = entry.starts_at
    for minutes in (1, 2, -8):
        await move(present, entry, start=f"starts_at + interval '{minutes} minutes'")
    await move(present, entry, end="now() - interval '1 minute'")
    await present.world.session.refresh(entry)
    assert entry.start_over_from == first
    assert entry.start_over_until == present.world.clock.time
