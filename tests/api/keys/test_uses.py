"""The record of every use of keys: nothing waits for it, and nothing is lost on a normal stop."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from support.api_world import NOON, OPERATOR, SetClock, World
from telstar_api import models
from telstar_api.database import Database
from telstar_api.keys import repository, uses
from telstar_api.keys.uses import Use, UseLog

KID, OTHER = "0" * 32, "f" * 32
CLOCK = SetClock()
NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.fixture
async def own(migrated_database: str) -> AsyncIterator[Database]:
    """A database of the test's own, over as many connections as it takes."""
    database = Database.at(migrated_database)
    yield database
    await database.close()


async def stored(database: Database) -> Sequence[models.KeyUse]:
    async with database.reading() as session:
        return (await session.scalars(select(models.KeyUse).order_by(models.KeyUse.at))).all()


def lost() -> float:
    return REGISTRY.get_sample_value("telstar_api_key_uses_lost_total") or 0.0


async def test_what_was_noted_is_stored_as_it_was(own: Database) -> None:
    log, user, session = UseLog(), uuid.uuid4(), uuid.uuid4()
    async with log.kept(own, CLOCK):
        log.note("licence", [KID, OTHER], user, session, NOON)
    (row,) = await stored(own)
    assert (row.kind, row.kids, row.user_id, row.session_id, row.at) == (
        "licence",
        [KID, OTHER],
        user,
        session,
        NOON,
    )


async def test_a_normal_stop_loses_nothing_however_much_waits(own: Database) -> None:
    log, before = UseLog(), lost()
    async with log.kept(own, CLOCK):
        for number in range(3 * uses.BATCH + 7):
            log.note("licence", [KID], None, None, NOON + timedelta(seconds=number))
    assert [row.at - NOON for row in await stored(own)] == [
        timedelta(seconds=number) for number in range(3 * uses.BATCH + 7)
    ]
    assert (log.waiting, lost()) == ((), before)


async def test_the_writer_stores_while_the_process_goes_on(own: Database) -> None:
    log = UseLog()
    async with log.kept(own, CLOCK):
        for number in range(3):
            log.note("licence", [KID], None, None, NOON)
            async with asyncio.timeout(10):
                while len(await stored(own)) <= number:
                    await asyncio.sleep(0.01)


async def test_what_was_noted_before_the_writer_came_is_stored_too(own: Database) -> None:
    log = UseLog()
    log.note("licence", [KID], None, None, NOON)
    async with log.kept(own, CLOCK):
        pass
    assert len(await stored(own)) == 1


async def test_a_database_that_comes_back_gets_everything_once(
    own: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is away before the statement, once only its answer is lost."""
    monkeypatch.setattr(uses, "RETRY_SECONDS", 0.01)
    faults = iter(["before", "after"])
    add = repository.add_uses

    async def faulty(session: Any, rows: Any) -> None:
        fault = next(faults, "")
        if fault == "before":
            raise OperationalError("INSERT", {}, Exception("gone"))
        await add(session, rows)
        if fault == "after":
            await session.commit()
            raise OperationalError("COMMIT", {}, Exception("gone"))

    monkeypatch.setattr(repository, "add_uses", faulty)
    log, before = UseLog(), lost()
    async with log.kept(own, CLOCK):
        for _ in range(5):
            log.note("licence", [KID], None, None, NOON)
    assert (len(await stored(own)), lost()) == (5, before)


async def test_what_finds_no_place_is_counted_and_nothing_raises() -> None:
    log, before = UseLog(most_waiting=2), lost()
    for _ in range(5):
        log.note("licence", [KID], None, None, NOON)
    assert (len(log.waiting), lost() - before) == (2, 3)


async def test_a_stop_without_a_database_ends_in_time_and_says_what_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(uses, "DRAIN_SECONDS", 0.2)
    nowhere, log, before = Database.at(NOWHERE), UseLog(), lost()
    async with asyncio.timeout(30), log.kept(nowhere, CLOCK):
        for _ in range(4):
            log.note("licence", [KID], None, None, NOON)
    await nowhere.close()
    assert lost() - before == 4
    assert '"lost": 4' in capsys.readouterr().out


async def test_old_uses_go_and_young_ones_stay(own: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uses, "PRUNE_BATCH", 3)
    async with own.writing.begin() as session:
        for days in range(10):
            await uses.record(session, Use("export", (KID,), None, None, NOON - timedelta(days=days)))
    assert await uses.prune(own, NOON - timedelta(days=4)) == 5
    assert [(NOON - row.at).days for row in await stored(own)] == [4, 3, 2, 1, 0]


async def test_giving_keys_back_to_the_operator_is_recorded(world: World) -> None:
    (first, _), (second, _) = await world.key("news"), await world.key("news", timedelta(hours=1))
    await world.as_operator().get("/internal/v1/channels/news/keys")
    (row,) = await world.session.scalars(select(models.KeyUse))
    assert (row.kind, row.kids, row.actor) == ("restore", [first, second], OPERATOR)


async def test_where_there_are_no_keys_nothing_was_given(world: World) -> None:
    await world.as_operator().get("/internal/v1/channels/news/keys")
    assert (await world.session.scalars(select(models.KeyUse))).all() == []
