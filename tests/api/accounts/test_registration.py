"""Registration: by mail and password together, and without telling who has an account."""

import re
from datetime import timedelta
from typing import cast

import httpx
import pytest
from sqlalchemy import select
from support.api_world import KeptMail, World, client
from telstar_api import models
from telstar_api.auth import passwords

EMAIL, PASSWORD = "grace@example.com", "sixteen red boats"


def mail(world: World) -> KeptMail:
    return cast("KeptMail", world.context.mail)


async def register(world: World, email: str = EMAIL, password: str = PASSWORD) -> httpx.Response:
    body = {"email": email, "password": password}
    return await world.as_(None).post("/api/v1/auth/register", json=body)


def secret(body: str) -> str:
    found = re.search(r"#token=([\w-]+)", body)
    assert found
    return found[1]


async def confirm(world: World, token: str, password: str = PASSWORD) -> httpx.Response:
    body = {"token": token, "password": password}
    return await world.as_(None).post("/api/v1/auth/register/confirm", json=body)


async def test_mail_and_password_together_make_an_account_that_is_signed_in(world: World) -> None:
    assert (await register(world, " Grace@Example.com ")).status_code == 202
    (letter,) = mail(world).sent
    assert letter.to == EMAIL
    assert "http://127.0.0.1:8080/register/confirm#token=" in letter.body
    answer = await confirm(world, secret(letter.body))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    me = await client(world.public, answer.json()["access_token"]).get("/api/v1/auth/me")
    assert (me.json()["email"], me.json()["role"], me.json()["subscriptions"]) == (EMAIL, "subscriber", [])
    form = {"username": EMAIL, "password": PASSWORD}
    assert (await world.as_(None).post("/api/v1/auth/token", data=form)).status_code == 200
    (record,) = await world.session.scalars(
        select(models.AuditRecord).where(models.AuditRecord.action == "auth.registered")
    )
    assert record.actor == me.json()["id"]


async def test_before_it_is_confirmed_nobody_gets_in(world: World) -> None:
    await register(world)
    form = {"username": EMAIL, "password": PASSWORD}
    assert (await world.as_(None).post("/api/v1/auth/token", data=form)).status_code == 401
    assert await world.session.scalar(select(models.User.id)) is None


async def test_the_owner_s_click_does_not_let_in_whoever_registered_the_address(world: World) -> None:
    await register(world, password="the attacker's own")
    token = secret(mail(world).sent[0].body)
    answer = await confirm(world, token, "what the owner thinks it is")
    assert answer.status_code == 401
    assert await world.session.scalar(select(models.User.id)) is None


async def test_the_answer_does_not_tell_who_has_an_account(world: World) -> None:
    user = await world.viewer(password_hash=passwords.hash_password("what they chose"))
    taken, free = await register(world, user.email), await register(world)
    assert (taken.status_code, taken.content) == (free.status_code, free.content)
    assert set(taken.headers) == set(free.headers)
    to_owner = next(letter for letter in mail(world).sent if letter.to == user.email)
    assert "has an account already" in to_owner.body
    assert "#token" not in to_owner.body
    before = user.password_hash
    await world.session.refresh(user)
    assert user.password_hash == before


async def test_a_link_is_good_once_and_for_a_day(world: World) -> None:
    await register(world)
    token = secret(mail(world).sent[0].body)
    world.clock.turn(timedelta(days=1))
    assert (await confirm(world, token)).status_code == 410
    await register(world)
    token = secret(mail(world).sent[1].body)
    assert (await confirm(world, token)).status_code == 200
    assert (await confirm(world, token)).status_code == 410
    assert (await confirm(world, "unknown")).status_code == 410


async def test_the_first_to_confirm_has_the_account(world: World) -> None:
    await register(world, password="the first password")
    world.clock.turn(timedelta(minutes=2))
    await register(world, password="the second password")
    first, second = (secret(letter.body) for letter in mail(world).sent)
    assert (await confirm(world, second, "the second password")).status_code == 200
    assert (await confirm(world, first, "the first password")).status_code == 410


async def test_only_digests_are_stored(world: World) -> None:
    await register(world)
    token = secret(mail(world).sent[0].body)
    (row,) = await world.session.scalars(select(models.Registration))
    assert len(row.token_hash) == 32
    assert row.password_hash.startswith("$argon2id$")
    assert token.encode() not in row.token_hash


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("nonsense", PASSWORD),
        ("a@b", PASSWORD),
        ("a b@example.com", PASSWORD),
        ("a@example.com\nBcc: all@example.com", PASSWORD),
        ("ä@example.com", PASSWORD),
        (".a@example.com", PASSWORD),
        (f"{'a' * 65}@example.com", PASSWORD),
        (EMAIL, "short"),
        (EMAIL, "password1"),
        (EMAIL, EMAIL),
        (EMAIL, "x" * 1025),
    ],
)
async def test_what_cannot_be_an_account_is_told_why(world: World, email: str, password: str) -> None:
    answer = await register(world, email, password)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] in ("body/email", "body/password")
    assert PASSWORD not in answer.text
    assert mail(world).sent == []


async def test_a_mailbox_is_not_flooded(world: World) -> None:
    assert [(await register(world)).status_code for _ in range(5)] == [202] * 5
    assert len(mail(world).sent) == 1
    world.clock.turn(timedelta(minutes=1))
    await register(world)
    assert len(mail(world).sent) == 2


async def test_nobody_floods_many_mailboxes(world: World) -> None:
    statuses = [(await register(world, f"u{number}@example.com")).status_code for number in range(13)]
    assert statuses[:11] == [202] * 11
    assert set(statuses[11:]) == {429}
    elsewhere = client(world.public, address="198.51.100.9")
    body = {"email": EMAIL, "password": PASSWORD}
    assert (await elsewhere.post("/api/v1/auth/register", json=body)).status_code == 202


async def test_mail_that_cannot_be_sent_changes_no_answer_and_is_logged_without_its_secret(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    mail(world).fails = True
    assert (await register(world)).status_code == 202
    logged = capsys.readouterr().out
    assert "mail not sent" in logged
    assert "token=" not in logged


async def test_without_mail_nobody_can_register(world: World) -> None:
    world.public.state.context = type(world.context)(**{**vars(world.context), "mail": None})
    answer = await register(world)
    assert answer.status_code == 503
    methods = await world.as_(None).get("/api/v1/auth/methods")
    assert methods.json()["registration"] is False
