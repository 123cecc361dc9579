"""The devices that are signed in to an account, and signing them out."""

import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
from support.api_world import NOON, World, client
from telstar_api import models
from telstar_api.auth import passwords
from telstar_api.auth.client import Client

PASSWORD = "correct horse"
HASH = passwords.hash_password(PASSWORD)
PHONE = {"User-Agent": "Phone\u007f/1"}


async def sign_in(world: World, user: models.User, **headers: str) -> dict[str, Any]:
    form = {"username": user.email, "password": PASSWORD}
    answer = await world.as_(None).post("/api/v1/auth/token", data=form, headers=headers)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def using(world: World, tokens: dict[str, Any]) -> httpx.AsyncClient:
    return client(world.public, tokens["access_token"])


@pytest.fixture
async def user(world: World) -> models.User:
    user = await world.viewer(password_hash=HASH)
    await world.session.execute(models.SignIn.__table__.delete())
    return user


async def refreshed(world: World, tokens: dict[str, Any]) -> int:
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    return (await world.as_(None).post("/api/v1/auth/token", data=form)).status_code


async def test_each_device_is_listed_the_last_used_first(world: World, user: models.User) -> None:
    phone = await sign_in(world, user, **PHONE)
    world.clock.turn(timedelta(hours=1))
    await sign_in(world, user, **{"User-Agent": "Telly"})
    world.clock.turn(timedelta(hours=1))
    form = {"grant_type": "refresh_token", "refresh_token": phone["refresh_token"]}
    phone = (await world.as_(None).post("/api/v1/auth/token", data=form, headers=PHONE)).json()
    found = (await using(world, phone).get("/api/v1/auth/sign-ins")).json()
    assert [(item["user_agent"], item["present"], item["network"]) for item in found] == [
        ("Phone/1", True, "127.0.0.0/24"),
        ("Telly", False, "127.0.0.0/24"),
    ]
    assert (found[0]["created_at"], found[0]["last_used_at"]) == (
        "2026-11-22T12:00:00Z",
        "2026-11-22T14:00:00Z",
    )


async def test_one_device_is_signed_out(world: World, user: models.User) -> None:
    phone, telly = await sign_in(world, user), await sign_in(world, user)
    (lost,) = [
        item["id"]
        for item in (await using(world, phone).get("/api/v1/auth/sign-ins")).json()
        if not item["present"]
    ]
    assert (await using(world, phone).delete(f"/api/v1/auth/sign-ins/{lost}")).status_code == 204
    assert (await using(world, telly).get("/api/v1/auth/me")).status_code == 401
    assert await refreshed(world, telly) == 401
    assert (await using(world, phone).get("/api/v1/auth/me")).status_code == 200
    assert (await using(world, phone).delete(f"/api/v1/auth/sign-ins/{lost}")).status_code == 404


async def test_another_account_s_devices_are_not_for_me(world: World, user: models.User) -> None:
    theirs = await sign_in(world, await world.viewer(password_hash=HASH))
    (target,) = (await using(world, theirs).get("/api/v1/auth/sign-ins")).json()[:1]
    mine = using(world, await sign_in(world, user))
    assert target["id"] not in [item["id"] for item in (await mine.get("/api/v1/auth/sign-ins")).json()]
    assert (await mine.delete(f"/api/v1/auth/sign-ins/{target['id']}")).status_code == 404
    assert (await mine.delete(f"/api/v1/auth/sign-ins/{uuid.uuid4()}")).status_code == 404
    assert (await using(world, theirs).get("/api/v1/auth/me")).status_code == 200


@pytest.mark.parametrize(("query", "present"), [("", 401), ("?keep_present=true", 200)])
async def test_signing_out_everywhere(world: World, user: models.User, query: str, present: int) -> None:
    phone, telly = await sign_in(world, user), await sign_in(world, user)
    other = await sign_in(world, await world.viewer(password_hash=HASH))
    assert (await using(world, phone).delete(f"/api/v1/auth/sign-ins{query}")).status_code == 204
    assert (await using(world, telly).get("/api/v1/auth/me")).status_code == 401
    assert await refreshed(world, telly) == 401
    assert (await using(world, phone).get("/api/v1/auth/me")).status_code == present
    assert (await using(world, other).get("/api/v1/auth/me")).status_code == 200


async def test_what_was_done_is_recorded(world: World, user: models.User) -> None:
    phone = await sign_in(world, user)
    form = {"username": user.email, "password": "wrong"}
    await world.as_(None).post("/api/v1/auth/token", data=form)
    await world.as_(None).post("/api/v1/auth/token", data={**form, "username": "secret typed here"})
    await world.as_(None).post("/api/v1/auth/revoke", data={"token": phone["refresh_token"]})
    await using(world, await sign_in(world, user)).delete("/api/v1/auth/sign-ins")
    admin = world.as_(await world.viewer(role="admin"))
    text = (await admin.get("/api/v1/admin/audit")).text
    assert "secret typed here" not in text
    records = (await admin.get("/api/v1/admin/audit")).json()["records"]
    assert [(record["action"], record["actor"]) for record in reversed(records)] == [
        ("auth.sign-in", str(user.id)),
        ("auth.sign-in-failed", "anybody"),
        ("auth.sign-in-failed", "anybody"),
        ("auth.sign-out", str(user.id)),
        ("auth.sign-in", str(user.id)),
        ("auth.sign-out-everywhere", str(user.id)),
    ]
    assert [record["subject"] for record in records[3:5]] == ["unknown", str(user.id)]
    assert {record["address"] for record in records} == {"127.0.0.1"}
    assert records[0]["at"] == NOON.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("address", "household", "neighbourhood"),
    [
        ("203.0.113.77", "203.0.113.77/32", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.77/32", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("", "", ""),
        ("unix:", "", ""),
    ],
)
def test_networks_are_as_coarse_as_their_use(address: str, household: str, neighbourhood: str) -> None:
    seen = Client(address, "")
    assert (seen.household, seen.neighbourhood) == (household, neighbourhood)
