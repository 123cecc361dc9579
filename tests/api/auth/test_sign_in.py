"""Signing in, staying signed in, signing out."""

from datetime import timedelta
from typing import cast

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from sqlalchemy.pool import QueuePool
from support.api_world import NOON, World, client
from telstar_api import models
from telstar_api.auth import passwords
from telstar_api.auth.tokens import AccessTokens, Viewer
from telstar_api.context import Context
from telstar_api.database import Database

PASSWORD = "correct horse"
HASH = passwords.hash_password(PASSWORD)


async def sign_in(world: World, email: str, password: str = PASSWORD) -> httpx.Response:
    return await world.as_(None).post("/api/v1/auth/token", data={"username": email, "password": password})


async def refresh(world: World, token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return await world.as_(None).post("/api/v1/auth/token", data=form)


async def test_a_password_gives_tokens_that_open_the_account(world: World) -> None:
    await world.product("basic", ("news", "live", None))
    user = await world.viewer("basic", password_hash=HASH)
    answer = await sign_in(world, user.email.upper())
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    account = await client(world.public, tokens["access_token"]).get("/api/v1/auth/me")
    assert account.json()["email"] == user.email
    assert account.json()["role"] == "subscriber"
    assert [item["product_id"] for item in account.json()["subscriptions"]] == ["basic"]


async def test_a_wrong_password_and_an_unknown_account_are_told_alike(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    wrong, unknown = await sign_in(world, user.email, "wrong"), await sign_in(world, "nobody@example.com")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content
    assert wrong.json()["detail"] == "Email or password is wrong."


async def test_an_unknown_account_costs_a_hash_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    verify = passwords._HASHER.verify

    class Counting:
        def verify(self, hashed: str, password: str) -> bool:
            verified.append(hashed)
            return verify(hashed, password)

        hash = staticmethod(passwords._HASHER.hash)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    await sign_in(world, "nobody@example.com")
    assert len(verified) == 1
    assert verified[0].startswith("$argon2id$")


async def test_no_connection_is_held_while_a_password_is_hashed(
    world: World, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database.at(migrated_database)
    async with database.writing.begin() as session:
        session.add(models.User(email="v@example.com", password_hash=HASH))
    pool = cast("QueuePool", database.engine.pool)
    matches, held = passwords.matches, []

    async def looking(password: str, hashed: str | None) -> bool:
        held.append(pool.checkedout())
        return await matches(password, hashed)

    monkeypatch.setattr(passwords, "matches", looking)
    world.public.state.context = Context(**{**vars(world.context), "database": database})
    answer = await sign_in(world, "v@example.com")
    await database.close()
    assert (answer.status_code, held) == (200, [0])


async def test_an_inactive_account_does_not_get_in(world: World) -> None:
    user = await world.viewer(active=False, password_hash=HASH)
    answer = await sign_in(world, user.email)
    assert (answer.status_code, answer.json()["detail"]) == (401, "This account is not active.")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"username": "a@example.com"},
        {"grant_type": "refresh_token"},
        {"grant_type": "password", "username": "a", "password": "b", "refresh_token": "c"},
        {"grant_type": "client_credentials", "username": "a", "password": "b"},
        {"username": "a\0b", "password": "b"},
        {"username": "a" * 321, "password": "b"},
    ],
)
async def test_an_incomplete_form_is_told_what_it_lacks(world: World, form: dict[str, str]) -> None:
    answer = await world.as_(None).post("/api/v1/auth/token", data=form)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_an_access_token_ends_after_a_quarter_of_an_hour(world: World) -> None:
    signed_in = world.as_(await world.viewer())
    world.clock.turn(timedelta(minutes=15) - timedelta(seconds=1))
    assert (await signed_in.get("/api/v1/auth/me")).status_code == 200
    world.clock.turn(timedelta(seconds=1))
    answer = await signed_in.get("/api/v1/auth/me")
    assert answer.status_code == 401
    assert answer.json()["detail"] == "The access token has expired: refresh it."


async def test_a_token_of_a_deleted_account_is_worth_nothing(world: World) -> None:
    user = await world.viewer()
    signed_in = world.as_(user)
    await world.session.delete(user)
    await world.session.flush()
    for path in ("auth/me", "channels", "guide"):
        assert (await signed_in.get(f"/api/v1/{path}")).status_code == 401
    assert (await signed_in.post("/api/v1/subscriptions", json={"product_id": "x"})).status_code == 401


def forged(world: World, **changes: object) -> dict[str, str]:
    """Tokens that look right and are not; the honest one they are made from is the first."""
    tokens = world.context.tokens
    key, kid = tokens._key, tokens._kid
    claims = {
        "iss": "telstar",
        "aud": "telstar",
        "sub": "6e0a4c7e-9f57-4a54-8b3e-0f8d1b8f4a51",
        "sid": "1c9d0d80-6f0e-4a53-9d83-6f1a3cf6f0aa",
        "role": "subscriber",
        "iat": int(NOON.timestamp()),
        "exp": int((NOON + timedelta(minutes=5)).timestamp()),
        "jti": "x",
    }

    def made(
        key: object = key, algorithm: str | None = "EdDSA", kid: str | None = kid, **other: object
    ) -> str:
        body = {name: value for name, value in {**claims, **other}.items() if value is not None}
        return jwt.encode(body, key, algorithm, headers={"kid": kid} if kid else {})  # type: ignore[arg-type]

    public = tokens._public.public_bytes_raw()
    honest = made()
    head, body, _ = honest.split(".")
    return {
        "honest": honest,
        "another key": made(Ed25519PrivateKey.generate()),
        "no signature": made(None, None),
        "signature cut off": f"{head}.{body}.",
        "signed with the public key as a secret": made(public, "HS256"),
        "no kid": made(kid=None),
        "another kid": made(kid="0123456789abcdef"),
        "another audience": made(aud="other"),
        "another issuer": made(iss="other"),
        "no expiry": made(exp=None),
        "expiry out of range": made(exp=10**20),
        "no subject": made(sub=None),
        "subject not an id": made(sub="root"),
        "no sign-in": made(sid=None),
        "sign-in not an id": made(sid="always"),
        "unknown role": made(role="root"),
        "a role of before": made(role="viewer"),
        "not a token": "abc",
    }


async def test_forged_tokens_are_refused(world: World) -> None:
    tokens = forged(world)
    world.session.add(
        models.User(id="6e0a4c7e-9f57-4a54-8b3e-0f8d1b8f4a51", email="v@example.com", password_hash="-")
    )
    await world.session.flush()
    world.session.add(
        models.SignIn(
            id="1c9d0d80-6f0e-4a53-9d83-6f1a3cf6f0aa",
            user_id="6e0a4c7e-9f57-4a54-8b3e-0f8d1b8f4a51",
            created_at=NOON,
            last_used_at=NOON,
        )
    )
    await world.session.flush()
    for name, token in tokens.items():
        answer = await client(world.public, token).get("/api/v1/auth/me")
        assert answer.status_code == (200 if name == "honest" else 401), name


def test_tokens_of_one_key_are_not_tokens_of_another() -> None:
    viewer = Viewer(models.uuid.uuid4(), "subscriber", models.uuid.uuid4())
    ours = AccessTokens(Ed25519PrivateKey.generate())
    assert ours.check(ours.issue(viewer, NOON), NOON) == viewer


async def test_each_refresh_token_gives_the_next(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    first = (await sign_in(world, user.email)).json()
    second = await refresh(world, first["refresh_token"])
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    me = await client(world.public, second.json()["access_token"]).get("/api/v1/auth/me")
    assert me.json()["id"] == str(user.id)


async def test_two_tabs_may_refresh_at_the_same_moment(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    token = (await sign_in(world, user.email)).json()["refresh_token"]
    assert (await refresh(world, token)).status_code == 200
    world.clock.turn(timedelta(seconds=10))
    assert (await refresh(world, token)).status_code == 200


async def test_a_refresh_token_used_again_later_ends_all_that_follow_from_its_sign_in(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    elsewhere = (await sign_in(world, user.email)).json()["refresh_token"]
    stolen = (await sign_in(world, user.email)).json()["refresh_token"]
    newest = (await refresh(world, stolen)).json()["refresh_token"]
    world.clock.turn(timedelta(seconds=11))
    assert (await refresh(world, stolen)).status_code == 401
    assert (await refresh(world, newest)).status_code == 401
    assert (await refresh(world, elsewhere)).status_code == 200


async def test_a_refresh_token_ends_after_thirty_days(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    token = (await sign_in(world, user.email)).json()["refresh_token"]
    world.clock.turn(timedelta(days=30))
    assert (await refresh(world, token)).status_code == 401
    await sign_in(world, user.email)
    rows = await world.session.scalar(select(func.count()).select_from(models.RefreshToken))
    assert rows == 1, "what has expired is tidied up at the next sign-in"


async def test_a_deactivated_account_cannot_refresh(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    token = (await sign_in(world, user.email)).json()["refresh_token"]
    user.active = False
    await world.session.flush()
    assert (await refresh(world, token)).status_code == 401


async def test_signing_out_ends_the_refresh_tokens_of_that_sign_in(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    token = (await sign_in(world, user.email)).json()["refresh_token"]
    newest = (await refresh(world, token)).json()["refresh_token"]
    for known_or_not in (token, token, "unknown"):
        answer = await world.as_(None).post("/api/v1/auth/revoke", data={"token": known_or_not})
        assert answer.status_code == 204
    assert (await refresh(world, newest)).status_code == 401


async def test_only_digests_of_refresh_tokens_are_stored(world: World) -> None:
    user = await world.viewer(password_hash=HASH)
    token = (await sign_in(world, user.email)).json()["refresh_token"]
    (row,) = await world.session.scalars(select(models.RefreshToken))
    assert len(row.token_hash) == 32
    assert token.encode() not in row.token_hash
