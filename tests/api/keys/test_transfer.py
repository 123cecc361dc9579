"""Taking keys in and giving them out: all or nothing, conflicts told, every time recorded."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from support.api_world import NOON, World
from telstar_api import models
from telstar_api.keys import transfer
from telstar_api.keys.cpix import Cpix
from telstar_api.keys.exchange import GivenKey, ReceivedKey
from telstar_api.keys.periods import periods
from telstar_api.problems import Conflict, NotFound

BY = transfer.By(command="somebody")
HOUR = timedelta(hours=1)


def received(*starts: datetime | None) -> list[ReceivedKey]:
    return [ReceivedKey(secrets.token_hex(16), secrets.token_bytes(16), start) for start in starts]


async def take(world: World, keys: list[ReceivedKey], channel: str = "news") -> transfer.Imported:
    wrapping, now = world.context.wrapping, world.clock.now()
    return await transfer.take(world.session, wrapping, channel, keys, BY, now)


async def give(world: World, window: tuple[datetime, datetime] | None = None) -> dict[str, bytes]:
    wrapping, now = world.context.wrapping, world.clock.now()
    document = await transfer.give(world.session, wrapping, "news", window, BY, now)
    return {each.kid: each.key for each in Cpix().read(document)}


async def used(world: World) -> list[tuple[str, list[str], str]]:
    rows = await world.session.scalars(select(models.KeyUse))
    return [(row.kind, sorted(row.kids), row.actor) for row in rows]


async def test_keys_come_in_and_go_out_and_both_are_recorded(world: World) -> None:
    keys = received(NOON, NOON + HOUR, NOON + 2 * HOUR)
    kids = sorted(key.kid for key in keys)
    assert await take(world, keys) == transfer.Imported(tuple(kids), ())
    assert await give(world) == {key.kid: key.key for key in keys}
    assert await used(world) == [("import", kids, "somebody"), ("export", kids, "somebody")]
    rows = await world.session.scalars(select(models.DrmKey))
    assert {row.kek_id for row in rows} == {world.context.wrapping.current_id}


async def test_again_is_fine_and_the_document_s_times_count(world: World) -> None:
    (key,) = received(NOON)
    await take(world, [key])
    later = ReceivedKey(key.kid, key.key, NOON + HOUR)
    assert await take(world, [later]) == transfer.Imported((), (key.kid,))
    (row,) = await world.session.scalars(select(models.DrmKey))
    assert row.valid_from == NOON + HOUR


async def test_a_key_without_a_time_is_in_force_at_once(world: World) -> None:
    await take(world, received(None))
    (row,) = await world.session.scalars(select(models.DrmKey))
    assert row.valid_from == NOON


async def test_every_conflict_is_told_and_nothing_is_taken(world: World) -> None:
    (theirs, _), (mine, key) = await world.key("cinema"), await world.key("news")
    (fine,) = received(None)
    wrong = [
        fine,
        ReceivedKey(theirs, secrets.token_bytes(16), None),
        ReceivedKey(mine, secrets.token_bytes(16), NOON + HOUR),
    ]
    with pytest.raises(Conflict) as refused:
        await take(world, wrong)
    assert f"KID {theirs} belongs to another channel" in refused.value.detail
    assert f"KID {mine} is known with another key" in refused.value.detail
    assert not [each for each in (key, *(w.key for w in wrong)) if each.hex() in refused.value.detail]
    rows = {row.kid: row for row in await world.session.scalars(select(models.DrmKey))}
    assert set(rows) == {theirs, mine}
    assert rows[mine].valid_from == NOON
    assert await used(world) == []


async def test_a_window_gets_the_keys_that_cover_it(world: World) -> None:
    keys = received(NOON, NOON + HOUR, NOON + 2 * HOUR)
    await take(world, keys)
    half = timedelta(minutes=30)
    assert set(await give(world, (NOON + half, NOON + HOUR + half))) == {key.kid for key in keys[:2]}
    assert set(await give(world, (NOON + HOUR, NOON + HOUR + half))) == {keys[1].kid}
    with pytest.raises(NotFound, match="in this time"):
        await give(world, (NOON - HOUR, NOON))


async def test_a_channel_without_keys_is_told(world: World) -> None:
    with pytest.raises(NotFound, match="has no key"):
        await give(world)
    assert await used(world) == []


async def test_who_did_it_may_be_a_user(world: World) -> None:
    user = uuid.uuid4()
    wrapping, by = world.context.wrapping, transfer.By(user, address="192.0.2.1")
    await transfer.take(world.session, wrapping, "news", received(None), by, NOON)
    (row,) = await world.session.scalars(select(models.KeyUse))
    assert row.user_id == user
    (record,) = await world.session.scalars(select(models.AuditRecord))
    assert (record.action, record.actor, record.subject) == ("keys.import", str(user), "news")
    assert (record.address, record.facts["kids"]) == ("192.0.2.1", row.kids)


def test_a_document_s_form_is_seen_by_itself() -> None:
    secret = b"kind: Secret\nstringData: {kid: %s, key: %s}" % (
        b"'" + b"a" * 32 + b"'",
        b"'" + b"b" * 32 + b"'",
    )
    assert transfer.read(secret) == [ReceivedKey("a" * 32, bytes.fromhex("b" * 32), None)]
    key = ReceivedKey("c" * 32, b"k" * 16, None)
    (period,) = periods([(key.kid, datetime(2026, 1, 1, tzinfo=UTC))])
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        text = Cpix().write("news", [GivenKey(key.kid, key.key, period)], ()).decode()
        text = text.replace("UTF-8", "UTF-16") if encoding == "utf-16" else text
        assert transfer.read(text.encode(encoding)) == [key]
