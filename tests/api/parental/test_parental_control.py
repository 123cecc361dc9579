"""An age limit and its PIN: who may set them, and how often one may guess."""

import asyncio
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from support.api_world import World
from telstar_api import models, parental
from telstar_api.auth import passwords
from telstar_api.auth.tokens import Viewer
from telstar_api.database import Database
from telstar_api.parental.service import PAUSE, TRIES
from telstar_api.problems import TooManyAttempts

PATH = "/api/v1/auth/parental-control"
PASSWORD = "correct horse"
HASH = passwords.hash_password(PASSWORD)
PHONE, TABLET = uuid.uuid4(), uuid.uuid4()


async def put(world: World, user: models.User, **changes: Any) -> httpx.Response:
    return await world.as_(user).put(PATH, json={"password": PASSWORD, "age_limit": 12, **changes})


async def matches(world: World, user: models.User, pin: str, sign_in: uuid.UUID = PHONE) -> bool:
    viewer = Viewer(user.id, "subscriber", sign_in)
    return await parental.pin_matches(world.context.database, viewer, pin, world.clock.now())


async def test_nothing_takes_a_pin_until_an_age_limit_is_set(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    assert (await world.as_(user).get(PATH)).json() == {"age_limit": None, "has_pin": False}
    assert not await matches(world, user, "0000")
    answer = await put(world, user, age_limit=12, pin="2468")
    assert (answer.status_code, answer.json()) == (200, {"age_limit": 12, "has_pin": True})
    assert (await world.as_(user).get(PATH)).json() == {"age_limit": 12, "has_pin": True}
    assert await matches(world, user, "2468")
    assert not await matches(world, user, "2469")


async def test_a_pin_is_kept_as_argon2id(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    await put(world, user, pin="135791")
    kept = await world.session.scalar(select(models.User.pin_hash).where(models.User.id == user.id))
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert "135791" not in kept


async def test_the_age_limit_changes_without_the_pin_and_the_pin_by_a_new_one(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    await put(world, user, pin="2468")
    assert (await put(world, user, age_limit=16)).json() == {"age_limit": 16, "has_pin": True}
    assert await matches(world, user, "2468")
    await put(world, user, age_limit=16, pin="999999")
    assert not await matches(world, user, "2468")
    assert await matches(world, user, "999999")


async def test_without_an_age_limit_the_pin_is_forgotten(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    await put(world, user, pin="2468")
    assert (await put(world, user, age_limit=None)).json() == {"age_limit": None, "has_pin": False}
    assert not await matches(world, user, "2468")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"pin": "123"}, "body/pin"),
        ({"pin": "1234567"}, "body/pin"),
        ({"pin": "12a4"}, "body/pin"),
        ({"pin": "１２３４"}, "body/pin"),
        ({"pin": "1234\n"}, "body/pin"),
        ({"age_limit": 22, "pin": "1234"}, "body/age_limit"),
        ({"age_limit": -1, "pin": "1234"}, "body/age_limit"),
        ({"age_limit": 12}, "body/pin"),
        ({"age_limit": None, "pin": "1234"}, "body/pin"),
        ({"password": 3, "pin": "1234"}, "body/password"),
    ],
)
async def test_what_cannot_be_set_is_named(world: World, changes: dict[str, Any], pointer: str) -> None:
    user = await world.viewer(password_hash=HASH)
    answer = await put(world, user, **changes)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await world.as_(user).get(PATH)).json() == {"age_limit": None, "has_pin": False}


async def test_it_takes_the_account_s_password(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    answer = await put(world, user, pin="2468", password="wrong")
    assert (answer.status_code, answer.json()["detail"]) == (403, "The password is not that of this account.")
    assert (await world.as_(user).get(PATH)).json() == {"age_limit": None, "has_pin": False}


async def test_guessing_the_password_ends_soon_and_opens_again(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    for _ in range(TRIES):
        assert (await put(world, user, pin="2468", password="wrong")).status_code == 403
    answer = await put(world, user, pin="2468")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
    world.clock.turn(PAUSE)
    assert (await put(world, user, pin="2468")).status_code == 200


async def with_pin(world: World, pin: str = "2468") -> models.User:
    user = await world.viewer(password_hash=HASH)
    await put(world, user, pin=pin)
    return user


async def test_after_so_many_wrong_pins_even_the_right_one_waits(world: World) -> None:
    user = await with_pin(world)
    for guess in range(TRIES):
        assert not await matches(world, user, f"{guess:04}")
    with pytest.raises(TooManyAttempts):
        await matches(world, user, "2468")
    world.clock.turn(PAUSE - timedelta.resolution)
    with pytest.raises(TooManyAttempts):
        await matches(world, user, "2468")
    world.clock.turn(timedelta.resolution)
    assert await matches(world, user, "2468")


async def test_guessing_on_one_device_makes_nobody_wait_on_another(world: World) -> None:
    user = await with_pin(world)
    for guess in range(TRIES):
        await matches(world, user, f"{guess:04}", PHONE)
    with pytest.raises(TooManyAttempts):
        await matches(world, user, "2468", PHONE)
    assert await matches(world, user, "2468", TABLET)
    with pytest.raises(TooManyAttempts):  # and what is right there excuses nothing here
        await matches(world, user, "2468", PHONE)
    assert (await put(world, user, age_limit=16)).status_code == 200  # with the password, on a third


async def test_the_right_pin_forgets_the_wrong_ones(world: World) -> None:
    user = await with_pin(world)
    for _ in range(3):
        for guess in range(TRIES - 1):
            assert not await matches(world, user, f"{guess:04}")
        assert await matches(world, user, "2468")


async def test_wrong_pins_far_apart_never_lock(world: World) -> None:
    user = await with_pin(world)
    for _ in range(3 * TRIES):
        assert not await matches(world, user, "0000")
        world.clock.turn(PAUSE)
    assert await matches(world, user, "2468")


async def test_wrong_passwords_and_wrong_pins_count_together(world: World) -> None:
    user = await with_pin(world)
    phone = await world.sign_in(user)
    for _ in range(TRIES):
        await matches(world, user, "0000", phone)
    body = {"password": PASSWORD, "age_limit": None}
    assert (await world.as_(user, phone).put(PATH, json=body)).status_code == 429


async def test_tries_at_the_same_time_are_not_more_tries(world: World, migrated_database: str) -> None:
    """Each counts before it is looked at."""
    database, now = Database.at(migrated_database), world.clock.now()
    user_id = uuid.uuid4()
    insert = "INSERT INTO users (id, email, password_hash, pin_hash) VALUES (:id, 'a@example.com', '-', '-')"
    async with database.writing.begin() as session:
        await session.execute(text(insert), {"id": user_id})

    async def guess(sign_in: uuid.UUID) -> str:
        viewer = Viewer(user_id, "subscriber", sign_in)
        try:
            matched = await parental.pin_matches(database, viewer, "0000", now)
        except TooManyAttempts:
            return "not looked at"
        return "right" if matched else "wrong"

    outcomes = Counter(await asyncio.gather(*(guess(PHONE) for _ in range(3 * TRIES))))
    assert outcomes == {"wrong": TRIES, "not looked at": 2 * TRIES}
    assert await guess(TABLET) == "wrong"
    await database.close()


async def test_a_right_pin_is_no_guess_where_playback_is_refused_for_something_else(world: World) -> None:
    user = await with_pin(world)
    await world.channel("news")
    client = world.as_(user)
    for _ in range(2 * TRIES):
        body = {"channel": "news", "mode": "live", "pin": "2468"}
        assert (await client.post("/api/v1/playback", json=body)).status_code == 403


async def test_a_wrong_pin_counts_where_playback_is_refused(world: World) -> None:
    user = await with_pin(world)
    await world.channel("news")
    client = world.as_(user)
    for guess in range(TRIES):
        body = {"channel": "news", "mode": "live", "pin": f"{guess:04}"}
        assert (await client.post("/api/v1/playback", json=body)).status_code == 403
    answer = await client.post("/api/v1/playback", json={"channel": "news", "mode": "live", "pin": "2468"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")


async def test_changes_are_in_the_audit_log_without_their_secrets(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    for changes in ({"pin": "2468"}, {"age_limit": 16}, {"age_limit": None}):
        assert (await put(world, user, **changes)).status_code == 200
    assert (await put(world, user, pin="97531", password="wrong guess")).status_code == 403
    support = world.as_(await world.viewer(role="support"))
    answer = await support.get("/api/v1/admin/audit", params={"action": "parental."})
    records = answer.json()["records"]
    assert {(item["action"], item["actor"], item["subject"], item["address"]) for item in records} == {
        ("parental.changed", str(user.id), str(user.id), "127.0.0.1")
    }
    assert [item["facts"] for item in reversed(records)] == [
        {"age_limit_before": None, "age_limit": 12, "pin": "set"},
        {"age_limit_before": 12, "age_limit": 16, "pin": "kept"},
        {"age_limit_before": 16, "age_limit": None, "pin": "forgotten"},
    ]
    for secret in ("2468", "97531", PASSWORD, "wrong guess", "argon2"):
        assert secret not in answer.text


async def test_nobody_sets_it_without_signing_in(world: World) -> None:
    assert (await world.as_(None).get(PATH)).status_code == 401
    assert (await world.as_(None).put(PATH, json={"password": "x", "age_limit": None})).status_code == 401
