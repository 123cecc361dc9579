"""What the demo puts into the database."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from support.api_world import NOON, World
from telstar_api import models
from telstar_api.channels.stored import Span
from telstar_api.demo import seeding
from telstar_api.demo.catalogue import PASSWORD
from telstar_api.demo.programmes import THEMES, day

CHANNELS = ("cinema", "news", "testcard")
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
async def seeded(world: World) -> World:
    for number, channel in enumerate(CHANNELS):
        await world.channel(channel, number + 1)
    await world.channel("brand-new", 4)
    await seeding.seed(world.session, NOON)
    return world


async def signed_in(world: World, email: str) -> httpx.AsyncClient:
    form = {"username": email, "password": PASSWORD}
    tokens = (await world.as_(None).post("/api/v1/auth/token", data=form)).json()
    client = world.as_(None)
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return client


@pytest.mark.parametrize(
    ("email", "role", "live"),
    [
        ("free@example.com", "subscriber", set()),
        ("basic@example.com", "subscriber", {"testcard", "news"}),
        ("premium@example.com", "subscriber", {*CHANNELS, "brand-new"}),
        ("admin@example.com", "admin", {*CHANNELS, "brand-new"}),
    ],
)
async def test_the_accounts_may_watch_what_they_are_said_to(
    seeded: World, email: str, role: str, live: set[str]
) -> None:
    client = await signed_in(seeded, email)
    assert (await client.get("/api/v1/auth/me")).json()["role"] == role
    channels = (await client.get("/api/v1/channels")).json()
    assert {item["name"] for item in channels if item["actions"]["live"]["allowed"]} == live


async def test_premium_reaches_seven_days_back(seeded: World) -> None:
    await seeded.programme("brand-new", timedelta(days=-7))
    await seeded.programme("brand-new", timedelta(days=-7, minutes=-1), timedelta(minutes=1))
    client = await signed_in(seeded, "premium@example.com")
    query = {"from": "2026-11-15T11:00:00Z"}
    programmes: list[dict[str, Any]] = (await client.get("/api/v1/guide", params=query)).json()["channels"][
        3
    ]["programmes"]
    assert [item["actions"]["catch-up"]["allowed"] for item in programmes] == [False, True]


async def test_seeding_again_changes_nothing_and_keeps_what_people_changed(seeded: World) -> None:
    session = seeded.session
    free = (await session.scalars(select(models.User).where(models.User.email == "free@example.com"))).one()
    free.password_hash = "changed"
    premium = select(models.User.id).where(models.User.email == "premium@example.com").scalar_subquery()
    (taken,) = await session.scalars(
        select(models.UserSubscription).where(models.UserSubscription.user_id == premium)
    )
    taken.ends_at = NOON + timedelta(hours=1)
    await session.flush()
    tables = models.User, models.Product, models.ProductEntitlement, models.UserSubscription
    before = [await session.scalar(select(func.count()).select_from(table)) for table in tables]
    await seeding.seed(session, NOON + timedelta(days=2))
    assert [await session.scalar(select(func.count()).select_from(table)) for table in tables] == before
    await session.refresh(free)
    assert free.password_hash == "changed"


@pytest.mark.parametrize("channel", [*THEMES, "anything-else"])
def test_a_day_is_full_of_programmes_of_five_to_thirty_minutes(channel: str) -> None:
    for offset in range(60):
        start = MIDNIGHT + timedelta(days=offset)
        programmes = day(channel, start)
        assert programmes == day(channel, start)
        assert (programmes[0].start, programmes[-1].end) == (start, start + timedelta(days=1))
        for one, two, three in zip(programmes, programmes[1:], programmes[2:], strict=False):
            assert one.end == two.start
            assert len({one.show, two.show, three.show}) == 3
        assert {
            timedelta(minutes=5) <= item.end - item.start <= timedelta(minutes=30) for item in programmes
        } == {True}


async def entries(world: World, channel: str) -> list[models.ScheduleEntry]:
    statement = select(models.ScheduleEntry).where(models.ScheduleEntry.channel == channel)
    return list(await world.session.scalars(statement.order_by(models.ScheduleEntry.starts_at)))


async def test_the_schedule_reaches_a_week_both_ways_without_a_gap_on_every_channel(seeded: World) -> None:
    written = await seeding.schedule(seeded.session, NOON)
    everything = {channel: await entries(seeded, channel) for channel in (*CHANNELS, "brand-new")}
    assert sum(map(len, everything.values())) == written
    for programmes in everything.values():
        assert programmes[0].starts_at <= NOON - timedelta(days=7)
        assert programmes[-1].ends_at >= NOON + timedelta(days=7)
        assert all(one.ends_at == two.starts_at for one, two in itertools.pairwise(programmes))


async def test_the_next_days_schedule_keeps_the_programmes_already_there(seeded: World) -> None:
    await seeding.schedule(seeded.session, NOON)
    before = {
        entry.id: (entry.channel, entry.starts_at, entry.ends_at, entry.title)
        for entry in await entries(seeded, "news")
    }
    await seeding.schedule(seeded.session, NOON)
    assert len(await entries(seeded, "news")) == len(before)
    await seeding.schedule(seeded.session, NOON + timedelta(days=1))
    after = {
        entry.id: (entry.channel, entry.starts_at, entry.ends_at, entry.title)
        for entry in await entries(seeded, "news")
    }
    assert before.items() < after.items()
    assert max(end for _, _, end, _ in after.values()) == MIDNIGHT + timedelta(days=9)


async def test_a_channel_that_somebody_else_schedules_is_left_alone(seeded: World) -> None:
    await seeded.programme("brand-new", timedelta(hours=1))
    await seeding.schedule(seeded.session, NOON)
    assert len(await entries(seeded, "brand-new")) == 1


async def test_some_programmes_are_rated_and_that_keeps_nothing_from_the_accounts(seeded: World) -> None:
    await seeding.schedule(seeded.session, NOON)
    rated = [entry for entry in await entries(seeded, "cinema") if entry.age is not None]
    over = next(entry for entry in rated if NOON - timedelta(days=6) < entry.ends_at <= NOON)
    client = await signed_in(seeded, "premium@example.com")
    seeded.journals.spans["cinema"] = [Span(over.starts_at, NOON)]
    query = {"from": over.starts_at.isoformat(), "to": over.ends_at.isoformat()}

    async def catch_up() -> dict[str, Any]:
        guide = (await client.get("/api/v1/guide", params=query)).json()
        programmes = guide["channels"][0]["programmes"]
        found: dict[str, Any] = next(item for item in programmes if item["id"] == str(over.id))
        return found["actions"]["catch-up"]

    assert await catch_up() == {"allowed": True, "reasons": []}
    limit = {"password": PASSWORD, "age_limit": 12, "pin": "2468"}
    assert (await client.put("/api/v1/auth/parental-control", json=limit)).status_code == 200
    assert [reason["code"] for reason in (await catch_up())["reasons"]] == ["pin-required"]


async def test_what_staff_say_of_a_programme_stays_when_the_schedule_is_written_again(seeded: World) -> None:
    await seeding.schedule(seeded.session, NOON)
    entry = next(entry for entry in await entries(seeded, "cinema") if entry.age is not None)
    entry.age = 18
    await seeded.session.flush()
    await seeding.schedule(seeded.session, NOON)
    await seeded.session.refresh(entry)
    assert entry.age == 18
