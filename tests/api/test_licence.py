"""Clear Key licences: to whom, for what, and in which form."""

import base64
import json
import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from support.api_world import NOON, World, sign_in_of
from telstar_api import models
from telstar_api.playback.sessions import SILENCE

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


async def watching(world: World, *products: str, channel: str = "news") -> httpx.AsyncClient:
    """A viewer with these products who has a session open on the channel."""
    viewer = await world.viewer(*products)
    await world.watches(viewer, channel)
    return world.as_(viewer)


@pytest.mark.usefixtures("channels")
async def test_a_licence_is_a_set_of_json_web_keys(world: World) -> None:
    (kid, key), (second, another) = await world.key("news"), await world.key("news")
    answer = await ask(await watching(world, "basic"), request(kid, second, kid))
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
    viewer = await watching(world, "basic")
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
    assert kids_of(await ask(await watching(world, "basic"), request(announced))) == [announced]
    refused = await ask(await watching(world), request(announced))
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
    assert kids_of(await ask(await watching(world, "basic"), request(*order))) == order


@pytest.mark.usefixtures("channels")
async def test_unknown_and_forbidden_keys_are_refused_alike_and_one_refuses_all(world: World) -> None:
    mine, theirs, lost = [(await world.key(name))[0] for name in ("news", "cinema", "deleted-channel")]
    client = await watching(world, "basic")
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
async def test_without_a_session_of_this_sign_in_on_the_channel_there_is_no_key(world: World) -> None:
    kid, _ = await world.key("news")
    viewer = await world.viewer("basic")
    elsewhere = await world.sign_in(viewer)
    assert (await ask(world.as_(viewer), request(kid))).status_code == 403
    await world.watches(viewer, "cinema")
    assert (await ask(world.as_(viewer), request(kid))).status_code == 403
    session = await world.watches(viewer, "news")
    assert (await ask(world.as_(viewer), request(kid))).status_code == 200
    assert (await ask(world.as_(viewer, elsewhere), request(kid))).status_code == 403
    world.clock.turn(SILENCE + timedelta(seconds=1))
    assert (await ask(world.as_(viewer), request(kid))).status_code == 403
    session.last_seen_at = world.clock.now()
    await world.session.flush()
    assert (await ask(world.as_(viewer), request(kid))).status_code == 200
    session.ended_at = world.clock.now()
    await world.session.flush()
    assert (await ask(world.as_(viewer), request(kid))).status_code == 403


@pytest.mark.usefixtures("channels")
async def test_the_session_s_mode_decides(world: World) -> None:
    """Who may only catch up gets no key by a live session, and one whose catch-up reaches back far enough."""
    kid, _ = await world.key("news")
    viewer = await world.viewer("archive")
    live = await world.watches(viewer, "news")
    assert (await ask(world.as_(viewer), request(kid))).status_code == 403
    await world.session.delete(live)
    past = await world.programme("news", timedelta(hours=-2))
    await world.watches(viewer, "news", "catch-up", past)
    assert (await ask(world.as_(viewer), request(kid))).status_code == 200
    past.starts_at = NOON - timedelta(days=8)
    await world.session.flush()
    assert (await ask(world.as_(viewer), request(kid))).status_code == 403


@pytest.mark.usefixtures("channels")
async def test_a_programme_that_ended_while_it_was_started_over_keeps_its_keys(world: World) -> None:
    await world.product("again", ("news", "start-over", None))
    kid, _ = await world.key("news")
    viewer = await world.viewer("again")
    programme = await world.programme("news", timedelta(minutes=-29))
    session = await world.watches(viewer, "news", "start-over", programme)
    for minutes, status in ((5, 200), (5, 200), (120, 403)):
        world.clock.turn(timedelta(minutes=minutes))
        session.last_seen_at = world.clock.now()
        await world.session.flush()
        assert (await ask(world.as_(viewer), request(kid))).status_code == status


@pytest.mark.usefixtures("channels")
async def test_a_blackout_takes_the_key_when_it_begins_and_gives_it_back(world: World) -> None:
    kid, _ = await world.key("news")
    match = await world.programme("news", timedelta(minutes=1), timedelta(minutes=1))
    match.live = "disabled"
    viewer = await world.viewer("basic")
    await world.watches(viewer, "news")
    for status in (200, 403, 200):
        assert (await ask(world.as_(viewer), request(kid))).status_code == status
        world.clock.turn(timedelta(minutes=1))
        for row in [await world.session.get_one(models.TstvSession, item) for item in await open_ids(world)]:
            row.last_seen_at = world.clock.now()
        await world.session.flush()


@pytest.mark.usefixtures("channels")
async def test_age_and_territory_are_the_session_s(world: World) -> None:
    kid, _ = await world.key("news")
    world.session.add(models.ChannelPolicy(channel="news", age=18, territories=["DE"]))
    viewer = await world.viewer("basic")
    viewer.age_limit, viewer.pin_hash = 12, "-"
    session = await world.watches(viewer, "news")
    for territory, pin_given, status in (("DE", True, 200), ("DE", False, 403), ("FR", True, 403)):
        session.territory, session.pin_given = territory, pin_given
        await world.session.flush()
        assert (await ask(world.as_(viewer), request(kid))).status_code == status


@pytest.mark.usefixtures("channels")
async def test_of_too_many_streams_after_a_change_the_latest_get_no_key(world: World) -> None:
    kid, _ = await world.key("news")
    viewer = await world.viewer("basic")
    other = await world.sign_in(viewer)
    await world.watches(viewer, "news")
    world.clock.turn(timedelta(seconds=1))
    await world.watches(viewer, "news", sign_in=other)
    assert (await ask(world.as_(viewer, other), request(kid))).status_code == 200
    (await world.session.get_one(models.Product, "basic")).max_streams = 1
    await world.session.flush()
    assert (await ask(world.as_(viewer), request(kid))).status_code == 200
    assert (await ask(world.as_(viewer, other), request(kid))).status_code == 403


@pytest.mark.usefixtures("channels")
@pytest.mark.parametrize("end", ["signed out", "deactivated", "deactivated and still signed in"])
async def test_a_token_that_counts_no_more_gets_no_key_whatever_it_asks_for(world: World, end: str) -> None:
    (kid, key), (theirs, _) = await world.key("news"), await world.key("cinema")
    viewer = await world.viewer("basic")
    await world.watches(viewer, "news")
    client = world.as_(viewer)
    assert (await ask(client, request(kid))).status_code == 200
    sign_in = await world.session.get_one(models.SignIn, sign_in_of(viewer.id))
    if end == "signed out":
        sign_in.ended_at = NOON
    else:
        viewer.active = False
    await world.session.flush()
    if end == "deactivated and still signed in":  # a trigger ended it; as if a new one had begun meanwhile
        statement = "UPDATE sign_ins SET ended_at = NULL WHERE user_id = :id"
        await world.session.execute(text(statement), {"id": viewer.id})
    answers = [await ask(client, request(*kids)) for kids in ((kid,), (theirs,), (UNKNOWN,), (kid, UNKNOWN))]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert base64url(key).encode() not in answers[0].content


@pytest.mark.usefixtures("channels")
async def test_a_licence_is_noted_for_the_session_it_was_for(world: World) -> None:
    (kid, _), (following, _) = [await world.key("news", timedelta(minutes=by)) for by in (0, 5)]
    viewer = await world.viewer("basic")
    session = await world.watches(viewer, "news")
    before = len(world.context.key_uses.waiting)
    await ask(world.as_(viewer), request(kid))
    await ask(world.as_(viewer), request(UNKNOWN))
    (use,) = world.context.key_uses.waiting[before:]
    assert (use.kind, use.kids, use.user, use.session) == (
        "licence",
        (kid, following),
        viewer.id,
        session.id,
    )


async def open_ids(world: World) -> list[uuid.UUID]:
    """All sessions there are."""
    return list(await world.session.scalars(select(models.TstvSession.id)))


@pytest.mark.usefixtures("channels")
@pytest.mark.parametrize("viewer", ["nobody", "without subscription", "inactive"])
async def test_who_may_not_watch_gets_no_key(world: World, viewer: str) -> None:
    kid, key = await world.key("news")
    user = None if viewer == "nobody" else await world.viewer(*(["basic"] if viewer == "inactive" else []))
    if user is not None:
        await world.watches(user, "news")
        user.active = viewer != "inactive"
        await world.session.flush()
    answer = await ask(world.as_(user), request(kid))
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
