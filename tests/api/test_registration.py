"""The operator's endpoints: channels and their keys."""

import secrets
from datetime import timedelta
from typing import Any

import httpx
import pytest
from kubernetes.aio import client as kubernetes
from sqlalchemy import select, update
from support.api_world import OPERATOR, World, client
from telstar_api import models
from telstar_api.channels import operator_identity
from telstar_api.channels.operator_identity import Account, ReviewUnavailable, TokenReviews
from telstar_api.context import Context
from telstar_api.main import internal_app

NEWS: dict[str, Any] = {
    "display_name": "News 24",
    "number": 101,
    "state": "Running",
    "segment_seconds": 4,
    "retention_seconds": 604800,
    "drm_enabled": True,
    "uid": "11111111-1111-1111-1111-111111111111",
    "reclaim_policy": "Delete",
}
KID, KEY = "0123456789abcdef" * 2, "fedcba9876543210" * 2


async def put_key(
    world: World, channel: str = "news", kid: str = KID, key: str = KEY, **more: str
) -> httpx.Response:
    body = {"key": key, **more}
    return await world.as_operator().put(f"/internal/v1/channels/{channel}/keys/{kid}", json=body)


async def in_force(world: World) -> dict[str, str]:
    """The channel's KIDs in the API's order, each with the time from which it is in force."""
    keys = (await world.as_operator().get("/internal/v1/channels/news/keys")).json()["keys"]
    return {key["kid"]: key["valid_from"] for key in keys}


async def test_a_channel_never_heard_of_has_nothing(world: World) -> None:
    answer = await world.as_operator().get("/internal/v1/channels/news")
    assert answer.status_code == 200
    assert answer.json() == {"registration": None, "kids": [], "last_segment_time": None, "stored_from": None}


async def test_registering_again_changes_what_is_said_and_not_since_when(world: World) -> None:
    operator = world.as_operator()
    first = await operator.put("/internal/v1/channels/news", json=NEWS)
    assert first.json() == {**NEWS, "name": "news", "registered_at": "2026-11-22T12:00:00Z", "own": True}
    world.clock.turn(timedelta(hours=1))
    assert (await operator.put("/internal/v1/channels/news", json=NEWS)).json() == first.json()
    changed = {**NEWS, "state": "Stopped", "display_name": "News"}
    assert (await operator.put("/internal/v1/channels/news", json=changed)).json() == {
        **first.json(),
        **changed,
    }
    status = (await operator.get("/internal/v1/channels/news")).json()
    assert status["registration"] == {**first.json(), **changed}


async def test_registrations_are_listed_by_name_whatever_they_were_registered_with(world: World) -> None:
    operator = world.as_operator()
    assert (await operator.get("/internal/v1/channels")).json() == {"registrations": []}
    of_before = {name: value for name, value in NEWS.items() if name not in ("uid", "reclaim_policy")}
    for name, said in (("sports", {**NEWS, "reclaim_policy": "Retain"}), ("news", of_before)):
        await operator.put(f"/internal/v1/channels/{name}", json=said)
    listed = (await operator.get("/internal/v1/channels")).json()["registrations"]
    assert [(one["name"], one["uid"], one["reclaim_policy"]) for one in listed] == [
        ("news", None, None),
        ("sports", NEWS["uid"], "Retain"),
    ]
    await operator.delete("/internal/v1/channels/sports?keys=retain")
    listed = (await operator.get("/internal/v1/channels")).json()["registrations"]
    assert [one["name"] for one in listed] == ["news"]


@pytest.mark.parametrize(
    ("by", "own"), [("of the account", True), ("of a cluster that is no more", False), (None, False)]
)
async def test_a_registration_is_its_accounts_own_whatever_the_body_says(
    world: World, by: str | None, own: bool
) -> None:
    said = {**NEWS, "registered_by": "of the account", "own": True}
    registrar = world.as_operator(uid=by or "any")
    assert (await registrar.put("/internal/v1/channels/news", json=said)).json()["own"] is True
    if by is None:  # as a version that did not keep it left it
        await world.session.execute(update(models.Channel).values(registered_by=None))
    operator = world.as_operator()
    listed = (await operator.get("/internal/v1/channels")).json()["registrations"]
    status = (await operator.get("/internal/v1/channels/news")).json()
    assert [listed[0]["own"], status["registration"]["own"]] == [own, own]
    adopted = await operator.put("/internal/v1/channels/news", json=NEWS)
    assert (adopted.json()["own"], adopted.json()["registered_at"]) == (True, "2026-11-22T12:00:00Z")
    assert (await operator.get("/internal/v1/channels/news")).json()["registration"]["own"] is True


async def test_status_tells_keys_in_order_and_what_is_stored(world: World) -> None:
    await world.channel("news", stored=timedelta(hours=2))
    for kid in ("ff" * 16, "00" * 16):
        await put_key(world, kid=kid)
        world.clock.turn(timedelta(hours=1))
    status = (await world.as_operator().get("/internal/v1/channels/news")).json()
    assert status["kids"] == ["ff" * 16, "00" * 16]
    assert (status["stored_from"], status["last_segment_time"]) == (
        "2026-11-22T10:00:00Z",
        "2026-11-22T11:59:56Z",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 0),
        ("number", 10000),
        ("state", "Paused"),
        ("segment_seconds", 11),
        ("display_name", ""),
        ("display_name", "a\0"),
        ("retention_seconds", 2**31),
        ("reclaim_policy", "Keep"),
        ("uid", ""),
    ],
)
async def test_a_registration_out_of_range_is_invalid(world: World, field: str, value: object) -> None:
    answer = await world.as_operator().put("/internal/v1/channels/news", json={**NEWS, field: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"body/{field}"


@pytest.mark.parametrize("name", ["News", "..", "a_b", "-a", "a" * 51])
async def test_a_name_that_no_channel_can_have_is_invalid(world: World, name: str) -> None:
    answer = await world.as_operator().get(f"/internal/v1/channels/{name.replace('..', '%2e%2e')}")
    assert answer.status_code in {404, 422}


async def test_keys_are_given_back_as_they_came_and_stored_wrapped(world: World) -> None:
    assert (await put_key(world)).status_code == 204
    assert (await put_key(world)).status_code == 204
    answer = await world.as_operator().get("/internal/v1/channels/news/keys")
    noon = "2026-11-22T12:00:00Z"
    assert answer.json() == {"keys": [{"kid": KID, "key": KEY, "registered_at": noon, "valid_from": noon}]}
    assert answer.headers["cache-control"] == "no-store"
    (row,) = await world.session.scalars(select(models.DrmKey))
    assert len(row.wrapped_key) == 24
    assert bytes.fromhex(KEY) not in row.wrapped_key


async def test_keys_stand_in_the_order_they_come_into_force(world: World) -> None:
    first, second, third = "ff" * 16, "aa" * 16, "00" * 16
    await put_key(world, kid=third, valid_from="2026-11-22T14:00:00Z")
    await put_key(world, kid=second, valid_from="2026-11-22T14:00:00+01:00")
    await put_key(world, kid=first)
    expected = {
        first: "2026-11-22T12:00:00Z",
        second: "2026-11-22T13:00:00Z",
        third: "2026-11-22T14:00:00Z",
    }
    assert list((await in_force(world)).items()) == list(expected.items())
    status = (await world.as_operator().get("/internal/v1/channels/news")).json()
    assert status["kids"] == [first, second, third]


async def test_a_keys_time_may_be_put_anew_and_no_time_means_at_once(world: World) -> None:
    await put_key(world, valid_from="2026-11-22T14:00:00Z")
    await put_key(world, valid_from="2026-11-22T13:00:00Z")
    assert await in_force(world) == {KID: "2026-11-22T13:00:00Z"}
    world.clock.turn(timedelta(minutes=5))
    await put_key(world)
    assert await in_force(world) == {KID: "2026-11-22T12:05:00Z"}
    world.clock.turn(timedelta(hours=1))
    await put_key(world)
    assert await in_force(world) == {KID: "2026-11-22T12:05:00Z"}


async def test_a_refused_key_moves_nothing(world: World) -> None:
    await put_key(world)
    assert (await put_key(world, key=secrets.token_hex(16), valid_from="2026-11-22T14:00:00Z")).is_error
    assert await in_force(world) == {KID: "2026-11-22T12:00:00Z"}


@pytest.mark.parametrize("time", ["soon", "2026-11-22T13:00:00", ""])
async def test_a_keys_time_needs_an_offset(world: World, time: str) -> None:
    answer = await put_key(world, valid_from=time)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "body/valid_from"


async def titles(world: World, start: str, end: str) -> httpx.Response:
    path = "/internal/v1/channels/news/programmes"
    return await world.as_operator().get(path, params={"from": start, "to": end})


async def test_titles_are_those_that_overlap_the_time_by_start(world: World) -> None:
    for minutes, title in ((60, "Later"), (-30, "Before"), (30, "Then"), (0, "Now")):
        await world.programme("news", timedelta(minutes=minutes), title=title)
    await world.programme("cinema", timedelta(0), title="Elsewhere")
    answer = await titles(world, "2026-11-22T12:00:00Z", "2026-11-22T14:00:00+01:00")
    assert answer.status_code == 200
    assert answer.json() == {
        "programmes": [
            {"start": "2026-11-22T12:00:00Z", "end": "2026-11-22T12:30:00Z", "title": "Now"},
            {"start": "2026-11-22T12:30:00Z", "end": "2026-11-22T13:00:00Z", "title": "Then"},
        ]
    }
    assert (await titles(world, "2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z")).json() == {"programmes": []}


@pytest.mark.parametrize(
    ("start", "end", "pointer"),
    [
        ("2026-11-22T12:00:00", "2026-11-22T13:00:00Z", "query/from"),
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", "query/to"),
        ("2026-11-22T12:00:00Z", "2026-11-30T12:00:00Z", "query/to"),
        ("now", "2026-11-22T12:00:00Z", "query/from"),
    ],
)
async def test_titles_of_no_range_are_refused(world: World, start: str, end: str, pointer: str) -> None:
    answer = await titles(world, start, end)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_kid_means_one_key_of_one_channel_for_ever(world: World) -> None:
    await put_key(world)
    other_key = await put_key(world, key=secrets.token_hex(16))
    other_channel = await put_key(world, channel="cinema")
    assert (other_key.status_code, other_channel.status_code) == (409, 409)
    assert KEY not in other_key.text
    keys = (await world.as_operator().get("/internal/v1/channels/news/keys")).json()["keys"]
    assert [item["key"] for item in keys] == [KEY]


@pytest.mark.parametrize(
    ("kid", "key"), [("xyz", KEY), (KID.upper(), KEY), (KID, KEY[:-2]), (KID, KEY.upper())]
)
async def test_what_is_no_key_is_refused_without_repeating_it(world: World, kid: str, key: str) -> None:
    answer = await put_key(world, kid=kid, key=key)
    assert answer.status_code == 422
    assert key not in answer.text


@pytest.mark.parametrize(("fate", "left"), [("delete", 0), ("retain", 1)])
async def test_forgetting_a_channel_keeps_its_keys_or_not_as_told(world: World, fate: str, left: int) -> None:
    operator = world.as_operator()
    await operator.put("/internal/v1/channels/news", json=NEWS)
    await put_key(world)
    await put_key(world, channel="cinema", kid="ff" * 16)
    for _ in range(2):
        answer = await operator.delete("/internal/v1/channels/news", params={"keys": fate})
        assert answer.status_code == 204
    status = (await operator.get("/internal/v1/channels/news")).json()
    assert (status["registration"], len(status["kids"])) == (None, left)
    assert len((await operator.get("/internal/v1/channels/cinema/keys")).json()["keys"]) == 1


async def test_what_becomes_of_the_keys_must_be_said(world: World) -> None:
    assert (await world.as_operator().delete("/internal/v1/channels/news")).status_code == 422


REQUESTS = [
    ("GET", "news"),
    ("PUT", "news"),
    ("DELETE", "news?keys=retain"),
    ("PUT", f"news/keys/{KID}"),
    ("GET", "news/keys"),
    ("GET", "news/programmes?from=2026-11-22T12:00:00Z&to=2026-11-22T13:00:00Z"),
]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize(
    ("account", "status"),
    [(None, 401), ("not a token", 401), ("system:serviceaccount:telstar:default", 403)],
)
async def test_only_the_operator_is_let_in(
    world: World, method: str, path: str, account: str | None, status: int
) -> None:
    answer = await world.as_operator(account).request(method, f"/internal/v1/channels/{path}", json=NEWS)
    assert answer.status_code == status


async def test_a_viewers_token_is_no_operators_token(world: World) -> None:
    admin = await world.viewer(role="admin")
    token = world.as_(admin).headers["authorization"].removeprefix("Bearer ")
    assert (await client(world.internal, token).get("/internal/v1/channels/news")).status_code == 401


async def test_internal_endpoints_are_not_on_the_public_port(world: World) -> None:
    for method, path in REQUESTS:
        answer = await client(world.public, OPERATOR).request(method, f"/internal/v1/channels/{path}")
        assert answer.status_code == 404


async def test_without_kubernetes_the_answer_is_to_try_again(world: World) -> None:
    async def unavailable(_: str) -> Account | None:
        raise ReviewUnavailable

    context = Context(**{**vars(world.context), "authenticate_operator": unavailable})
    answer = await client(internal_app(context), "token").get("/internal/v1/channels/news")
    assert answer.status_code == 503


ACCOUNT = Account(OPERATOR, "22222222-2222-2222-2222-222222222222")


class Reviews:
    """Counts how often Kubernetes is asked."""

    def __init__(self) -> None:
        self.answer: Account | None = ACCOUNT
        self.asked = 0

    async def __call__(self, token: str) -> Account | None:
        self.asked += 1
        return self.answer if token == "good" else None


async def test_a_yes_is_remembered_for_a_minute_a_no_is_not() -> None:
    reviews, time = Reviews(), [0.0]
    known = TokenReviews(reviews, lambda: time[0])
    assert [await known("good"), await known("good")] == [ACCOUNT, ACCOUNT]
    assert reviews.asked == 1
    assert [await known("bad"), await known("bad")] == [None, None]
    assert reviews.asked == 3
    time[0], reviews.answer = 59.9, None
    assert await known("good") == ACCOUNT
    time[0] = 60.0
    assert await known("good") is None


@pytest.mark.parametrize(
    ("authenticated", "audiences", "uid", "account"),
    [
        (True, ["telstar-api"], ACCOUNT.uid, ACCOUNT),
        (True, ["telstar-api"], None, None),
        (False, ["telstar-api"], ACCOUNT.uid, None),
        (True, None, ACCOUNT.uid, None),
        (True, ["other"], ACCOUNT.uid, None),
    ],
)
async def test_a_review_counts_only_for_our_audience_and_names_the_very_account(
    monkeypatch: pytest.MonkeyPatch,
    authenticated: bool,
    audiences: list[str] | None,
    uid: str | None,
    account: Account | None,
) -> None:
    asked: list[Any] = []

    async def create(_: object, body: kubernetes.V1TokenReview) -> kubernetes.V1TokenReview:
        asked.append(body.spec)
        user = kubernetes.V1UserInfo(username=OPERATOR, uid=uid)
        status = kubernetes.V1TokenReviewStatus(authenticated=authenticated, audiences=audiences, user=user)
        return kubernetes.V1TokenReview(spec=body.spec, status=status)

    monkeypatch.setattr(operator_identity.config, "load_incluster_config", lambda: None)
    monkeypatch.setattr(operator_identity.client.AuthenticationV1Api, "create_token_review", create)
    assert await operator_identity.review_in_cluster("a token") == account
    assert (asked[0].token, asked[0].audiences) == ("a token", ["telstar-api"])


async def test_outside_a_cluster_reviews_are_unavailable() -> None:
    with pytest.raises(ReviewUnavailable):
        await operator_identity.review_in_cluster("a token")
