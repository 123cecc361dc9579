"""Guessing passwords: slowed down, and without a way to lock the owner out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select
from support.api_world import World, client
from telstar_api import main, models
from telstar_api.auth import passwords
from telstar_api.database import Database

PASSWORD = "correct horse"
HASH = passwords.hash_password(PASSWORD)
ATTACKER, HOME = "198.51.100.9", "203.0.113.5"
COOKIE = "telstar_device"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here is counting; hashes take their time elsewhere."""

    async def matches(password: str, hashed: str | None) -> bool:
        return hashed is not None and password == PASSWORD

    monkeypatch.setattr(passwords, "matches", matches)


@pytest.fixture
async def user(world: World) -> models.User:
    return await world.viewer(password_hash=HASH)


async def attempt(asking: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    return await asking.post("/api/v1/auth/token", data={"username": email, "password": password})


async def guess(world: World, email: str, times: int, address: str = ATTACKER) -> list[int]:
    attacker = client(world.public, address=address)
    return [(await attempt(attacker, email, f"guess {number}")).status_code for number in range(times)]


async def test_guesses_are_slowed_down_more_and_more(world: World, user: models.User) -> None:
    assert await guess(world, user.email, 8) == [401] * 6 + [429] * 2
    attacker = client(world.public, address=ATTACKER)
    waits = []
    for _ in range(12):
        answer = await attempt(attacker, user.email, "wrong")
        assert answer.status_code == 429
        waits.append(int(answer.headers["retry-after"]))
        world.clock.turn(timedelta(seconds=waits[-1]))
        assert (await attempt(attacker, user.email, "wrong")).status_code == 401
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


async def test_the_right_password_does_not_get_through_while_it_is_not_let_through(
    world: World, user: models.User
) -> None:
    await guess(world, user.email, 6)
    answer = await attempt(client(world.public, address=ATTACKER), user.email)
    assert answer.status_code == 429
    assert answer.json()["detail"] == "Too many attempts: try again in 1 s."


async def test_an_attacker_elsewhere_does_not_lock_the_owner_out(world: World, user: models.User) -> None:
    for number in range(50):
        await guess(world, user.email, 6, address=f"198.51.100.{number}")
    assert (await attempt(client(world.public, address=HOME), user.email)).status_code == 200


async def test_nor_does_one_behind_the_same_address_where_the_device_is_known(
    world: World, user: models.User
) -> None:
    owner = client(world.public, address=HOME)
    assert (await attempt(owner, user.email)).status_code == 200
    assert owner.cookies[COOKIE]
    await guess(world, user.email, 20, address=HOME)
    await guess(world, "others@example.com", 60, address=HOME)
    assert (await attempt(client(world.public, address=HOME), user.email)).status_code == 429
    assert (await attempt(owner, user.email)).status_code == 200


async def test_a_known_device_guesses_no_faster(world: World, user: models.User) -> None:
    owner = client(world.public, address=HOME)
    await attempt(owner, user.email)
    statuses = [(await attempt(owner, user.email, "wrong")).status_code for _ in range(13)]
    assert statuses == [401] * 11 + [429] * 2


async def test_a_device_is_known_to_its_own_accounts_alone(world: World, user: models.User) -> None:
    attacker = client(world.public, address=ATTACKER)
    own = await world.viewer(password_hash=HASH)
    assert (await attempt(attacker, own.email)).status_code == 200
    statuses = [(await attempt(attacker, user.email, "wrong")).status_code for _ in range(8)]
    assert statuses == [401] * 6 + [429] * 2


async def test_a_cookie_that_somebody_made_up_is_not_taken_over(world: World, user: models.User) -> None:
    planted = "A" * 43
    owner = client(world.public, address=HOME, cookies={COOKIE: planted})
    answer = await attempt(owner, user.email)
    assert answer.cookies[COOKIE] != planted


async def test_the_cookie_is_for_sign_in_alone(world: World, user: models.User) -> None:
    answer = await attempt(client(world.public), user.email)
    assert answer.headers["set-cookie"].split("; ")[1:] == [
        "HttpOnly",
        "Max-Age=31536000",
        "Path=/api/v1/auth",
        "SameSite=strict",
    ]
    secure = client(world.public)
    secure.base_url = httpx.URL("https://telstar.test")
    assert "; Secure" in (await attempt(secure, user.email)).headers["set-cookie"]


async def test_many_accounts_from_one_address_are_slowed_down_too(world: World) -> None:
    statuses = [(await guess(world, f"u{number}@example.com", 1))[0] for number in range(53)]
    assert statuses == [401] * 51 + [429] * 2


async def test_an_ipv6_household_is_one(world: World, user: models.User) -> None:
    statuses = [
        (await guess(world, user.email, 1, address=f"2001:db8:1:2::{number:x}"))[0] for number in range(8)
    ]
    assert statuses == [401] * 6 + [429] * 2


async def test_unknown_accounts_are_limited_alike(world: World, user: models.User) -> None:
    known = await guess(world, user.email, 9)
    assert await guess(world, "nobody@example.com", 9) == known


async def test_whoever_gets_in_begins_anew(world: World, user: models.User) -> None:
    home = client(world.public, address=HOME)
    for _ in range(4):
        await guess(world, user.email, 4, address=HOME)
        assert (await attempt(home, user.email)).status_code == 200
        home.cookies.clear()


async def test_what_was_typed_is_not_stored(world: World) -> None:
    await guess(world, "my password, in the wrong field", 1)
    keys = list(await world.session.scalars(select(models.Attempts.key)))
    assert {len(key) for key in keys} == {32}


async def test_an_account_knows_so_many_devices_at_most(world: World, user: models.User) -> None:
    for _ in range(23):
        world.clock.turn(timedelta(seconds=1))
        await attempt(client(world.public), user.email)
    count = select(func.count()).select_from(models.KnownDevice)
    assert await world.session.scalar(count) == 20


@pytest.fixture
async def replicas(world: World, migrated_database: str) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two API processes' connections, on one database."""
    databases = [Database.at(migrated_database) for _ in range(2)]
    yield [
        client(main.public_app(replace(world.context, database=database)), address=ATTACKER)
        for database in databases
    ]
    for database in databases:
        await database.close()


async def test_guesses_sent_all_at_once_to_several_replicas_count_all(
    replicas: list[httpx.AsyncClient],
) -> None:
    answers = await asyncio.gather(
        *(attempt(replicas[number % 2], "v@example.com", f"guess {number}") for number in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [401] * 6 + [429] * 14
