"""Changing a password, and getting a new one when it is forgotten."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from support.api_world import World, client
from telstar_api import models
from telstar_api.auth import passwords

from .test_registration import mail, secret

OLD, NEW = "correct horse", "sixteen red boats"
HASH = passwords.hash_password(OLD)


@pytest.fixture
async def user(world: World) -> models.User:
    return await world.viewer(password_hash=HASH)


async def sign_in(world: World, user: models.User, password: str = OLD) -> httpx.Response:
    form = {"username": user.email, "password": password}
    return await world.as_(None).post("/api/v1/auth/token", data=form)


async def change(asking: httpx.AsyncClient, present: str = OLD, new: str = NEW) -> httpx.Response:
    body = {"present_password": present, "new_password": new}
    return await asking.post("/api/v1/auth/password", json=body)


async def ask_for_reset(world: World, email: str) -> httpx.Response:
    return await world.as_(None).post("/api/v1/auth/password-reset", json={"email": email})


async def reset(world: World, token: str, new: str = NEW) -> httpx.Response:
    body = {"token": token, "new_password": new}
    return await world.as_(None).post("/api/v1/auth/password-reset/confirm", json=body)


async def recorded(world: World) -> list[str]:
    found = await world.session.scalars(select(models.AuditRecord.action).order_by(models.AuditRecord.id))
    return list(found)


def using(world: World, tokens: dict[str, Any]) -> httpx.AsyncClient:
    return client(world.public, tokens["access_token"])


async def test_a_change_needs_the_present_password_and_ends_all_other_sign_ins(
    world: World, user: models.User
) -> None:
    here, there = (await sign_in(world, user)).json(), (await sign_in(world, user)).json()
    assert (await change(using(world, here))).status_code == 204
    assert (await using(world, here).get("/api/v1/auth/me")).status_code == 200
    assert (await using(world, there).get("/api/v1/auth/me")).status_code == 401
    assert (await sign_in(world, user, OLD)).status_code == 401
    assert (await sign_in(world, user, NEW)).status_code == 200
    assert "auth.password-changed" in await recorded(world)
    assert [letter.subject for letter in mail(world).sent] == ["Your Telstar password was changed"]


async def test_a_stolen_access_token_is_no_way_to_guess_the_password(world: World, user: models.User) -> None:
    thief = world.as_(user)
    statuses = [(await change(thief, f"guess {number}")).status_code for number in range(8)]
    assert statuses == [401] * 6 + [429] * 2
    assert (await sign_in(world, user)).status_code == 200, "the owner is not locked out by it"
    assert (await recorded(world)).count("auth.password-change-failed") == 6


@pytest.mark.parametrize("new", ["short", "password1"])
async def test_a_weak_password_is_not_taken(world: World, user: models.User, new: str) -> None:
    answer = await change(world.as_(user), new=new)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "body/new_password")


async def test_a_change_is_one_s_own(world: World) -> None:
    assert (await change(world.as_(None))).status_code == 401


async def test_a_reset_takes_the_secret_from_the_mail_and_ends_all_sign_ins(
    world: World, user: models.User
) -> None:
    tokens = (await sign_in(world, user)).json()
    assert (await ask_for_reset(world, user.email.upper())).status_code == 202
    (letter,) = mail(world).sent
    assert letter.to == user.email
    assert (await reset(world, secret(letter.body))).status_code == 204
    assert (await using(world, tokens).get("/api/v1/auth/me")).status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert (await world.as_(None).post("/api/v1/auth/token", data=form)).status_code == 401
    assert (await sign_in(world, user, OLD)).status_code == 401
    assert (await sign_in(world, user, NEW)).status_code == 200
    assert {"auth.password-reset-asked", "auth.password-reset"} <= set(await recorded(world))


async def test_asking_does_not_tell_who_has_an_account_and_changes_nothing(
    world: World, user: models.User
) -> None:
    known, unknown = await ask_for_reset(world, user.email), await ask_for_reset(world, "x@example.com")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"null")
    assert [letter.to for letter in mail(world).sent] == [user.email]
    assert (await sign_in(world, user)).status_code == 200


async def test_an_inactive_account_cannot_be_reset(world: World) -> None:
    user = await world.viewer(active=False, password_hash=HASH)
    assert (await ask_for_reset(world, user.email)).status_code == 202
    assert mail(world).sent == []


async def test_a_secret_is_good_once_for_half_an_hour_and_ends_those_before_it(
    world: World, user: models.User
) -> None:
    for _ in range(3):
        await ask_for_reset(world, user.email)
        world.clock.turn(timedelta(minutes=10))
    expired, earlier, latest = (secret(letter.body) for letter in mail(world).sent)
    assert (await reset(world, expired)).status_code == 410
    assert (await reset(world, latest, "short")).status_code == 422, "which costs nothing"
    assert (await reset(world, latest)).status_code == 204
    assert (await reset(world, latest)).status_code == 410
    assert (await reset(world, earlier)).status_code == 410
    assert await world.session.scalar(select(func.count()).select_from(models.PasswordReset)) == 0


async def test_a_password_change_ends_the_links_that_were_mailed(world: World, user: models.User) -> None:
    await ask_for_reset(world, user.email)
    token = secret(mail(world).sent[0].body)
    assert (await change(world.as_(user))).status_code == 204
    assert (await reset(world, token)).status_code == 410


async def test_only_digests_are_stored(world: World, user: models.User) -> None:
    await ask_for_reset(world, user.email)
    (row,) = await world.session.scalars(select(models.PasswordReset))
    assert len(row.token_hash) == 32
    assert secret(mail(world).sent[0].body).encode() not in row.token_hash


async def test_asking_again_and_again_does_not_keep_the_owner_from_a_link_that_works(
    world: World, user: models.User
) -> None:
    nuisance = client(world.public, address="198.51.100.9")
    for _ in range(20):
        await nuisance.post("/api/v1/auth/password-reset", json={"email": user.email})
        world.clock.turn(timedelta(seconds=10))
    assert (await ask_for_reset(world, user.email)).status_code == 202
    assert (await reset(world, secret(mail(world).sent[-1].body))).status_code == 204
