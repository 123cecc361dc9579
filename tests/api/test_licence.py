"""Clear Key licences: to whom, for what, and in which form."""

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from support.api_world import World

UNKNOWN = "00" * 16


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def request(*kids: str) -> bytes:
    ids = [base64url(bytes.fromhex(kid)) for kid in kids]
    return json.dumps({"kids": ids, "type": "temporary"}).encode()


async def ask(client: httpx.AsyncClient, content: bytes) -> httpx.Response:
    """Raw, without a Content-Type, as hls.js sends it."""
    return await client.post("/api/v1/drm/license", content=content)


@pytest.fixture
async def channels(world: World) -> None:
    await world.product("basic", ("news", "live", None))
    await world.product("archive", ("news", "catch-up", 7))
    await world.channel("news", 1)
    await world.channel("cinema", 2)


@pytest.mark.usefixtures("channels")
async def test_a_licence_is_a_set_of_json_web_keys(world: World) -> None:
    (kid, key), (second, another) = await world.key("news"), await world.key("news")
    answer = await ask(world.as_(await world.viewer("basic")), request(kid, second, kid))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "keys": [
            {"kty": "oct", "kid": base64url(bytes.fromhex(kid)), "k": base64url(key)},
            {"kty": "oct", "kid": base64url(bytes.fromhex(second)), "k": base64url(another)},
        ],
        "type": "temporary",
    }


def kids_of(answer: httpx.Response) -> list[str]:
    """The KIDs of a licence in hexadecimal."""
    assert answer.status_code == 200, answer.text
    return [base64.urlsafe_b64decode(key["kid"] + "==").hex() for key in answer.json()["keys"]]


@pytest.mark.usefixtures("channels")
async def test_with_each_key_comes_the_one_that_follows_it(world: World) -> None:
    order = [(await world.key("news", timedelta(minutes=minutes)))[0] for minutes in (-60, 0, 60, 120)]
    await world.key("cinema", timedelta(minutes=30))
    viewer = world.as_(await world.viewer("basic"))
    oldest, present, coming, last = order
    assert kids_of(await ask(viewer, request(oldest))) == [oldest, present]
    assert kids_of(await ask(viewer, request(present))) == [present, coming]
    assert kids_of(await ask(viewer, request(coming))) == [coming, last]
    assert kids_of(await ask(viewer, request(last))) == [last]
    both = kids_of(await ask(viewer, request(coming, oldest)))
    assert (both[:2], set(both[2:])) == ([coming, oldest], {present, last})


@pytest.mark.usefixtures("channels")
async def test_an_announced_key_is_given_on_the_same_terms_as_the_present_one(world: World) -> None:
    await world.key("news")
    announced, key = await world.key("news", timedelta(minutes=10))
    assert kids_of(await ask(world.as_(await world.viewer("basic")), request(announced))) == [announced]
    refused = await ask(world.as_(await world.viewer()), request(announced))
    assert refused.status_code == 403
    assert base64url(key).encode() not in refused.content


@pytest.mark.usefixtures("channels")
async def test_past_keys_are_kept_over_any_number_of_rotations(world: World) -> None:
    """A segment of long ago may still be stored, or held by a recording."""
    order = []
    for hour in range(30):
        kid, key = f"{hour:032x}", f"{hour:032x}"
        await world.as_operator().put(f"/internal/v1/channels/news/keys/{kid}", json={"key": key})
        order.append(kid)
        world.clock.turn(timedelta(hours=24))
    status = (await world.as_operator().get("/internal/v1/channels/news")).json()
    assert status["kids"] == order
    viewer = world.as_(await world.viewer("basic"))
    assert kids_of(await ask(viewer, request(*order))) == order


@pytest.mark.usefixtures("channels")
async def test_unknown_and_forbidden_keys_are_refused_alike_and_one_refuses_all(world: World) -> None:
    mine, theirs, lost = [(await world.key(name))[0] for name in ("news", "cinema", "deleted-channel")]
    client = world.as_(await world.viewer("basic"))
    assert (await ask(client, request(mine))).status_code == 200
    refusals = [
        await ask(client, request(*kids))
        for kids in (
            [theirs],
            [UNKNOWN],
            [lost],
            [mine, theirs],
            [mine, UNKNOWN],
            [UNKNOWN, mine],
            [theirs, UNKNOWN],
        )
    ]
    assert {answer.status_code for answer in refusals} == {403}
    assert len({answer.content for answer in refusals}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in refusals}) == 1
    assert refusals[0].json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "You may not have all of these keys.",
    }


@pytest.mark.usefixtures("channels")
async def test_any_way_of_watching_is_enough_even_on_a_stopped_channel(world: World) -> None:
    await world.channel("stopped", 3, state="Stopped")
    await world.product("everything", (None, "live", None), (None, "catch-up", 7))
    (kid, _), (stopped, _) = await world.key("news"), await world.key("stopped")
    assert (await ask(world.as_(await world.viewer("archive")), request(kid))).status_code == 200
    assert (await ask(world.as_(await world.viewer("everything")), request(stopped))).status_code == 200


@pytest.mark.usefixtures("channels")
@pytest.mark.parametrize("viewer", ["nobody", "without subscription", "inactive"])
async def test_who_may_not_watch_gets_no_key(world: World, viewer: str) -> None:
    kid, key = await world.key("news")
    user = {
        "nobody": lambda: None,
        "without subscription": world.viewer,
        "inactive": lambda: world.viewer("basic", active=False),
    }[viewer]()
    answer = await ask(world.as_(await user if user else None), request(kid))
    assert answer.status_code == (403 if viewer == "without subscription" else 401)
    assert base64url(key).encode() not in answer.content


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'"kids"',
        b"{}",
        b'{"kids": []}',
        b'{"kids": "AAAAAAAAAAAAAAAAAAAAAA"}',
        b'{"kids": [1]}',
        b'{"kids": [null]}',
        b'{"kids": [""]}',
        b'{"kids": ["AAAA"]}',
        b'{"kids": ["AAAAAAAAAAAAAAAAAAAAAA=="]}',
        b'{"kids": ["AAAAAAAAAAAAAAAAAAAA+A"]}',
        b'{"kids": ["AAAAAAAAAAAAAAAAAAAAAB"]}',
        b'{"kids": ["\xc3\xa9AAAAAAAAAAAAAAAAAAAAA"]}',
        b'{"kids": ["AAAAAAAAAAAAAAAAAAAAAA"], "type": "persistent-license"}',
        json.dumps({"kids": ["AAAAAAAAAAAAAAAAAAAAAA"] * 33}).encode(),
    ],
)
async def test_what_is_no_licence_request_is_told_so(world: World, body: bytes) -> None:
    answer = await ask(world.as_(await world.viewer()), body)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Not a Clear Key licence request: ")


async def test_the_type_may_be_left_out(world: World) -> None:
    body: dict[str, Any] = {"kids": [base64url(bytes(16))]}
    assert (await ask(world.as_(await world.viewer()), json.dumps(body).encode())).status_code == 403


async def test_a_content_type_does_no_harm(world: World) -> None:
    answer = await world.as_(await world.viewer()).post(
        "/api/v1/drm/license", json={"kids": [base64url(bytes(16))]}
    )
    assert answer.status_code == 403
