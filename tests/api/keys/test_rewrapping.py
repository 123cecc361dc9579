"""Key-encryption keys that change: rows re-wrapped in batches, broken off, side by side, and damaged."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from sqlalchemy import select, update
from support.api_world import NOON, SetClock
from telstar_api import models
from telstar_api.database import Database
from telstar_api.keys import rewrapping
from telstar_api.keys.wrapping import KeyWrapping

CURRENT, FORMER, OLDEST = (secrets.token_bytes(32) for _ in range(3))
WRAPPING = KeyWrapping(CURRENT, [FORMER, OLDEST])
CLOCK = SetClock()


class InterruptedMidwayError(Exception):
    pass


@pytest.fixture
async def own(migrated_database: str) -> AsyncIterator[Database]:
    """A database of the test's own, over as many connections as it takes."""
    database = Database.at(migrated_database)
    yield database
    await database.close()


async def fill(database: Database, count: int, kek: bytes | None = FORMER) -> dict[str, bytes]:
    """So many keys under a key-encryption key; None: as they were stored before those had ids."""
    keys = {secrets.token_hex(16): secrets.token_bytes(16) for _ in range(count)}
    wrapping = KeyWrapping(kek or FORMER)
    async with database.writing.begin() as session:
        session.add_all(
            models.DrmKey(
                kid=kid,
                channel="news",
                wrapped_key=wrapping.wrap(key) if kek else aes_key_wrap(FORMER, key),
                kek_id=wrapping.current_id if kek else None,
                registered_at=NOON,
                valid_from=NOON + timedelta(minutes=number),
            )
            for number, (kid, key) in enumerate(keys.items())
        )
    return keys


async def stored(database: Database) -> dict[str, models.DrmKey]:
    async with database.reading() as session:
        return {row.kid: row for row in await session.scalars(select(models.DrmKey))}


async def assert_rewrapped(database: Database, keys: dict[str, bytes]) -> None:
    """All the keys are what they were, and open under the current key-encryption key alone."""
    rows = await stored(database)
    alone = KeyWrapping(CURRENT)
    assert {kid: alone.unwrap(row.wrapped_key, row.kek_id) for kid, row in rows.items()} == keys
    assert {row.kek_id for row in rows.values()} == {alone.current_id}


async def rewrapped_uses(database: Database) -> Counter[str]:
    async with database.reading() as session:
        rows = await session.scalars(select(models.KeyUse).where(models.KeyUse.kind == "rewrap"))
        return Counter(kid for row in rows for kid in row.kids)


async def test_all_keys_move_whatever_they_were_under_and_it_is_recorded_once(own: Database) -> None:
    keys = await fill(own, 23) | await fill(own, 5, None) | await fill(own, 4, OLDEST)
    there = await fill(own, 3, CURRENT)
    heard: list[int] = []
    outcome = await rewrapping.rewrap(own, WRAPPING, CLOCK, batch=10, progress=heard.append)
    assert (outcome.rewrapped, outcome.unopened) == (32, {})
    assert heard == [10, 20, 30, 32]
    await assert_rewrapped(own, keys | there)
    assert await rewrapped_uses(own) == Counter(keys.keys())
    again = await rewrapping.rewrap(own, WRAPPING, CLOCK)
    assert (again.rewrapped, len(await rewrapped_uses(own))) == (0, 32)


async def test_broken_off_in_the_middle_every_key_opens_and_the_next_run_ends_it(own: Database) -> None:
    keys = await fill(own, 25)

    def interrupt(done: int) -> None:
        if done == 20:
            raise InterruptedMidwayError

    with pytest.raises(InterruptedMidwayError):
        await rewrapping.rewrap(own, WRAPPING, CLOCK, batch=10, progress=interrupt)
    rows = await stored(own)
    assert {kid: WRAPPING.unwrap(row.wrapped_key, row.kek_id) for kid, row in rows.items()} == keys
    assert Counter(row.kek_id == WRAPPING.current_id for row in rows.values()) == {True: 20, False: 5}
    assert (await rewrapping.rewrap(own, WRAPPING, CLOCK, batch=10)).rewrapped == 5
    await assert_rewrapped(own, keys)


async def test_cancelled_inside_a_transaction_a_batch_is_whole_or_not_at_all(own: Database) -> None:
    keys = await fill(own, 200)
    for _ in range(10):
        task = asyncio.create_task(rewrapping.rewrap(own, WRAPPING, CLOCK, batch=7))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        rows = await stored(own)
        moved = [row for row in rows.values() if row.kek_id == WRAPPING.current_id]
        assert len(moved) == (await rewrapped_uses(own)).total()
        assert all(WRAPPING.unwrap(row.wrapped_key, row.kek_id) == keys[row.kid] for row in rows.values())
    await rewrapping.rewrap(own, WRAPPING, CLOCK)
    await assert_rewrapped(own, keys)


async def test_several_at_once_share_the_work(own: Database) -> None:
    keys = await fill(own, 150)
    outcomes = await asyncio.gather(*(rewrapping.rewrap(own, WRAPPING, CLOCK, batch=10) for _ in range(3)))
    assert sum(outcome.rewrapped for outcome in outcomes) == 150
    assert await rewrapped_uses(own) == Counter(keys.keys())
    await assert_rewrapped(own, keys)


async def test_keys_that_an_api_of_before_registers_meanwhile_are_not_left_behind(own: Database) -> None:
    keys = await fill(own, 20)
    late: dict[str, bytes] = {}
    loop = asyncio.get_running_loop()
    arrivals: list[asyncio.Task[dict[str, bytes]]] = []

    def register(done: int) -> None:
        if done == 20 and not arrivals:
            arrivals.append(loop.create_task(fill(own, 3)))

    outcome = await rewrapping.rewrap(own, WRAPPING, CLOCK, batch=10, progress=register)
    late = await arrivals[0]
    outcome.rewrapped += (await rewrapping.rewrap(own, WRAPPING, CLOCK)).rewrapped
    assert outcome.rewrapped == 23
    await assert_rewrapped(own, keys | late)


async def test_what_does_not_open_stays_as_it_is_and_is_told(
    own: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = await fill(own, 12)
    lost = await fill(own, 2, secrets.token_bytes(32))
    damaged = min(keys)
    async with own.writing.begin() as session:
        spoilt = update(models.DrmKey).where(models.DrmKey.kid == damaged).values(wrapped_key=b"\0" * 24)
        await session.execute(spoilt)
    before = await stored(own)
    outcome = await rewrapping.rewrap(own, WRAPPING, CLOCK, batch=3)
    assert outcome.rewrapped == 11
    (lost_id,) = {before[kid].kek_id for kid in lost}
    assert outcome.unopened == {lost_id: 2, KeyWrapping(FORMER).current_id: 1}
    after = await stored(own)
    for kid in [damaged, *lost]:
        assert (after[kid].wrapped_key, after[kid].kek_id) == (before[kid].wrapped_key, before[kid].kek_id)
    said = capsys.readouterr().out
    assert all(kid in said for kid in [damaged, *lost])
    assert not [key for key in keys.values() if key.hex() in said]
