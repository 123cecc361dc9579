"""Sign-in through an identity provider, a real one on a port of its own, and the attacks on the way."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select
from support.api_world import NOON, World, client
from support.oidc_provider import CLIENT_ID, CLIENT_SECRET, KEY, KID, SmallProvider, serving
from telstar_api import models
from telstar_api.settings import Settings

STRANGER = generate_private_key(65537, 2048)
VERIFIED = {"sub": "grace-1", "email": "Grace@Example.com", "email_verified": True}


@dataclass
class Way:
    """The API, the provider, and a browser between them."""

    world: World
    provider: SmallProvider
    browser: httpx.AsyncClient

    async def depart(self, path: str = "start", browser: httpx.AsyncClient | None = None) -> str:
        answer = await (browser or self.browser).post(f"/api/v1/auth/oidc/{path}")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["authorization_url"])

    async def arrive(self, back: dict[str, str], browser: httpx.AsyncClient | None = None) -> httpx.Response:
        return await (browser or self.browser).post("/api/v1/auth/oidc/token", json=back)

    async def go(self) -> httpx.Response:
        return await self.arrive(self.provider.authorize(await self.depart()))

    async def accounts(self) -> int:
        return await self.world.session.scalar(select(func.count()).select_from(models.User)) or 0


@pytest.fixture
async def way(world: World, secret_files: dict[str, Path], tmp_path: Path) -> AsyncIterator[Way]:
    secret = tmp_path / "client-secret"
    secret.write_text(f"{CLIENT_SECRET}\n")
    async with serving(SmallProvider(world.clock.now, user=dict(VERIFIED))) as provider:
        settings = Settings(
            database_url="postgresql://h/n",
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret_file=secret,
            **secret_files,
        )
        world.public.state.context = replace(world.context, settings=settings)
        yield Way(world, provider, client(world.public))


async def test_whom_the_provider_vouches_for_gets_an_account(way: Way) -> None:
    url = await way.depart()
    assert url.startswith(f"{way.provider.issuer}/authorize?")
    assert "redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fsign-in%2Freturn" in url
    answer = await way.arrive(way.provider.authorize(url))
    assert answer.status_code == 200
    me = (await client(way.world.public, answer.json()["access_token"]).get("/api/v1/auth/me")).json()
    assert (me["email"], me["role"]) == ("grace@example.com", "subscriber")
    form = {"username": me["email"], "password": "anything"}
    assert (await way.browser.post("/api/v1/auth/token", data=form)).status_code == 401
    actions = list(await way.world.session.scalars(select(models.AuditRecord.action)))
    assert actions[:3] == ["auth.identity-linked", "auth.registered", "auth.sign-in"]
    methods = (await way.browser.get("/api/v1/auth/methods")).json()
    assert methods["oidc"] == "127.0.0.1"


async def test_the_same_somebody_gets_the_same_account_whatever_their_address(way: Way) -> None:
    first = (await way.go()).json()
    way.provider.user |= {"email": "married@example.com"}
    second = (await way.go()).json()
    ids = [
        (await client(way.world.public, tokens["access_token"]).get("/api/v1/auth/me")).json()["id"]
        for tokens in (first, second)
    ]
    assert ids[0] == ids[1]
    assert await way.accounts() == 1


@pytest.mark.parametrize(
    "user",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
        {"email": "no address"},
    ],
)
async def test_an_address_that_nobody_vouches_for_makes_no_account(way: Way, user: dict[str, Any]) -> None:
    way.provider.user |= user
    answer = await way.go()
    assert (answer.status_code, await way.accounts()) == (401, 0)


async def test_an_account_is_not_taken_over_by_its_address(way: Way) -> None:
    way.world.session.add(models.User(email="grace@example.com", password_hash="-"))
    await way.world.session.flush()
    answer = await way.go()
    assert answer.status_code == 409
    assert "sign in to it with its password" in answer.json()["detail"]
    assert await way.world.session.scalar(select(models.ExternalIdentity.subject)) is None


async def test_its_owner_links_it_from_inside(way: Way) -> None:
    user = await way.world.viewer()
    inside = way.world.as_(user)
    back = way.provider.authorize(await way.depart("link", inside))
    assert (await way.arrive(back, inside)).status_code == 200
    answer = await way.go()
    me = await client(way.world.public, answer.json()["access_token"]).get("/api/v1/auth/me")
    assert me.json()["id"] == str(user.id)
    other = way.world.as_(await way.world.viewer())
    back = way.provider.authorize(await way.depart("link", other))
    assert (await way.arrive(back, other)).status_code == 409
    assert (await way.browser.post("/api/v1/auth/oidc/link")).status_code == 401


async def test_a_deactivated_account_does_not_get_in(way: Way) -> None:
    await way.go()
    (user,) = await way.world.session.scalars(select(models.User))
    user.active = False
    await way.world.session.flush()
    answer = await way.go()
    assert (answer.status_code, answer.json()["detail"]) == (401, "This account is not active.")


def unsigned() -> str:
    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'kid': KID})}.{part({'sub': 'grace-1'})}."


PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
PAST, FUTURE = int((NOON - timedelta(hours=1)).timestamp()), int((NOON + timedelta(hours=1)).timestamp())
WRONG: dict[str, dict[str, Any]] = {
    "another nonce": {"claims": {"nonce": "of another request"}},
    "no nonce": {"claims": {"nonce": None}},
    "nonce not text": {"claims": {"nonce": ["x"]}},
    "another audience": {"claims": {"aud": "another client"}},
    "no audience": {"claims": {"aud": None}},
    "several audiences, no authorized party": {"claims": {"aud": [CLIENT_ID, "another client"]}},
    "another authorized party": {"claims": {"azp": "another client"}},
    "another issuer": {"claims": {"iss": "https://attacker.example"}},
    "expired": {"claims": {"exp": PAST}},
    "no expiry": {"claims": {"exp": None}},
    "expiry not a number": {"claims": {"exp": "never"}},
    "issued long ago": {"claims": {"iat": PAST}},
    "issued in the future": {"claims": {"iat": FUTURE}},
    "not valid yet": {"claims": {"nbf": FUTURE}},
    "no subject": {"claims": {"sub": None}},
    "an empty subject": {"claims": {"sub": ""}},
    "an endless subject": {"claims": {"sub": "x" * 256}},
    "another key": {"key": STRANGER},
    "another key id": {"headers": {"kid": "signing-2"}},
    "another algorithm of the key": {"algorithm": "PS256"},
    "alg none": {"token": unsigned()},
    "not a token": {"token": "abc"},
    "its own key": {"key": STRANGER, "headers": {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}},
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_token_that_proves_nothing_lets_nobody_in(way: Way, wrong: str) -> None:
    for name, value in WRONG[wrong].items():
        setattr(way.provider, name, value)
    answer = await way.go()
    assert answer.status_code == 401
    assert "does not prove who you are" in answer.json()["detail"]
    assert await way.accounts() == 0


async def test_hs256_with_the_public_key_as_secret_lets_nobody_in(way: Way) -> None:
    import hashlib
    import hmac

    def part(content: dict[str, Any] | bytes) -> str:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    back = way.provider.authorize(await way.depart())
    nonce = way.provider.granted[back["code"]]["nonce"]
    claims = {"iss": way.provider.issuer, "aud": CLIENT_ID, "sub": "grace-1", "nonce": nonce}
    times = {"iat": int(NOON.timestamp()), "exp": FUTURE}
    signed = f"{part({'alg': 'HS256', 'kid': KID})}.{part({**claims, **times})}"
    way.provider.token = f"{signed}.{part(hmac.digest(PEM, signed.encode(), hashlib.sha256))}"
    assert (await way.arrive(back)).status_code == 401


async def test_a_state_is_good_once(way: Way) -> None:
    back = way.provider.authorize(await way.depart())
    cookies = dict(way.browser.cookies)
    assert (await way.arrive(back)).status_code == 200
    again = client(way.world.public, cookies=cookies)
    assert (await way.arrive(back, again)).status_code == 401


async def test_a_code_is_good_once(way: Way) -> None:
    back = way.provider.authorize(await way.depart())
    assert (await way.arrive(back)).status_code == 200
    state = way.provider.authorize(await way.depart())["state"]
    answer = await way.arrive({"code": back["code"], "state": state})
    assert (answer.status_code, "begin again" in answer.json()["detail"]) == (401, True)


async def test_a_way_that_failed_is_spent(way: Way) -> None:
    back = way.provider.authorize(await way.depart())
    cookies = dict(way.browser.cookies)
    assert (await way.arrive({**back, "code": "wrong"})).status_code == 401
    assert (await way.arrive(back, client(way.world.public, cookies=cookies))).status_code == 401


async def test_somebody_else_s_code_does_not_fit_this_way(way: Way) -> None:
    """Injected into another's way, a code fails at PKCE (RFC 7636) before any token is made."""
    attacker = client(way.world.public)
    theirs = way.provider.authorize(await way.depart(browser=attacker))
    mine = way.provider.authorize(await way.depart())
    assert (await way.arrive({"code": theirs["code"], "state": mine["state"]})).status_code == 401


async def test_only_the_browser_that_began_comes_back(way: Way) -> None:
    """Else an attacker could have a victim signed in to the attacker's account."""
    attacker, victim = way.browser, client(way.world.public)
    back = way.provider.authorize(await way.depart(browser=attacker))
    assert (await way.arrive(back, victim)).status_code == 401
    back = way.provider.authorize(await way.depart(browser=attacker))
    await way.depart(browser=victim)  # who is on a way of their own just then
    assert (await way.arrive(back, victim)).status_code == 401


async def test_a_way_takes_ten_minutes_at_most(way: Way) -> None:
    back = way.provider.authorize(await way.depart())
    way.world.clock.turn(timedelta(minutes=10))
    assert (await way.arrive(back)).status_code == 401


async def test_an_answer_of_another_issuer_is_not_followed(way: Way) -> None:
    back = way.provider.authorize(await way.depart())
    assert (await way.arrive({**back, "iss": "https://attacker.example"})).status_code == 401
    back = way.provider.authorize(await way.depart())
    assert (await way.arrive({**back, "iss": way.provider.issuer})).status_code == 200


async def test_a_provider_that_is_away_or_another_is_told(way: Way) -> None:
    back = way.provider.authorize(await way.depart())
    way.provider.down = True
    assert (await way.arrive(back)).status_code == 503
    assert (await way.browser.post("/api/v1/auth/oidc/start")).status_code == 503
    way.provider.down, way.provider.issuer_it_says = False, "https://attacker.example"
    assert (await way.browser.post("/api/v1/auth/oidc/start")).status_code == 503


async def test_without_a_provider_there_is_no_way(world: World) -> None:
    assert (await world.as_(None).post("/api/v1/auth/oidc/start")).status_code == 404
    answer = await world.as_(None).post("/api/v1/auth/oidc/token", json={"state": "x", "code": "y"})
    assert answer.status_code == 404


async def test_nothing_that_opens_the_way_is_stored(way: Way) -> None:
    state = way.provider.authorize(await way.depart())["state"]
    (row,) = await way.world.session.scalars(select(models.OidcRequest))
    assert (len(row.state_hash), len(row.browser_hash)) == (32, 32)
    assert state.encode() not in row.state_hash


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"oidc_issuer": "https://id.example"}, "OIDC_CLIENT_ID"),
        ({"oidc_issuer": "http://id.example", "oidc_client_id": "x"}, "https://"),
    ],
)
def test_an_incomplete_or_unsafe_configuration_is_refused_at_start(
    secret_files: dict[str, Path], changes: dict[str, str], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        Settings(database_url="postgresql://h/n", **secret_files, **changes)
