"""What is on sale, what a viewer has, taking more."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select
from support.api_world import NOON, World, client, sign_in_of
from telstar_api import main, models
from telstar_api.auth.revocation import Revocations
from telstar_api.auth.tokens import Viewer
from telstar_api.database import Database


@pytest.fixture(autouse=True)
async def catalogue(world: World) -> None:
    await world.product("premium", (None, "live", None), (None, "catch-up", 7), price="14.99")
    await world.product("basic", ("news", "live", None), price="4.5")
    await world.product("old", (None, "live", None), price="1.00", on_sale=False)


async def take(world: World, user: models.User, product: str) -> httpx.Response:
    return await world.as_(user).post("/api/v1/subscriptions", json={"product_id": product})


async def test_the_catalogue_is_what_is_on_sale_cheapest_first(world: World) -> None:
    products = (await world.as_(await world.viewer()).get("/api/v1/products")).json()
    assert [(item["id"], item["price"]) for item in products] == [
        ("basic", {"amount": "4.50", "currency": "EUR"}),
        ("premium", {"amount": "14.99", "currency": "EUR"}),
    ]
    assert products[1]["rights"] == [
        {"channel": None, "mode": "live", "window_days": None},
        {"channel": None, "mode": "catch-up", "window_days": 7},
    ]


async def test_subscriptions_in_force_are_listed_also_of_products_off_sale(world: World) -> None:
    user = await world.viewer("old")
    await world.subscription(user, "basic", NOON - timedelta(days=30), NOON)
    await world.subscription(user, "premium", NOON + timedelta(days=1))
    (found,) = (await world.as_(user).get("/api/v1/subscriptions")).json()
    assert (found["product_id"], found["name"], found["ends_at"]) == ("old", "Old", None)


async def test_taking_an_offer_takes_effect_at_once(world: World) -> None:
    await world.channel("news")
    user = await world.viewer()
    answer = await take(world, user, "basic")
    assert answer.status_code == 201
    assert (answer.json()["product_id"], answer.json()["starts_at"]) == ("basic", "2026-11-22T12:00:00Z")
    (channel,) = (await world.as_(user).get("/api/v1/channels")).json()
    assert channel["actions"]["live"]["allowed"] is True


async def test_taking_twice_is_taking_once(world: World) -> None:
    user = await world.viewer()
    first, second = await take(world, user, "basic"), await take(world, user, "basic")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    count = (
        select(func.count())
        .select_from(models.UserSubscription)
        .where(models.UserSubscription.user_id == user.id)
    )
    assert await world.session.scalar(count) == 1


async def test_what_has_ended_can_be_taken_again(world: World) -> None:
    user = await world.viewer()
    await world.subscription(user, "basic", NOON - timedelta(days=30), NOON)
    assert (await take(world, user, "basic")).status_code == 201


@pytest.mark.parametrize("product", ["old", "nonsense"])
async def test_what_is_not_on_sale_cannot_be_taken(world: World, product: str) -> None:
    answer = await take(world, await world.viewer(), product)
    assert answer.status_code == 404
    assert product in answer.json()["detail"]


@pytest.mark.parametrize(
    "body", [b"{}", b'{"product_id": null}', b'{"product_id": "a\\u0000"}', b'{"product_id": "\\ud800"}']
)
async def test_a_request_without_a_product_is_invalid(world: World, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    viewer = world.as_(await world.viewer())
    answer = await viewer.post("/api/v1/subscriptions", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "body/product_id"


async def test_two_requests_at_once_make_one_subscription(world: World, migrated_database: str) -> None:
    """On connections of their own, as in service."""
    database = Database.at(migrated_database)
    revocations = Revocations(world.context.notices, database)
    context = replace(world.context, database=database, revocations=revocations)
    user = models.User(id=uuid.uuid4(), email="v@example.com", password_hash="-")
    async with database.writing.begin() as session:
        session.add(user)
        session.add(models.Product(id="basic", name="Basic", price=1, currency="EUR"))
        await session.flush()
        session.add(
            models.SignIn(id=sign_in_of(user.id), user_id=user.id, created_at=NOON, last_used_at=NOON)
        )
    token = world.context.tokens.issue(Viewer(user.id, "subscriber", sign_in_of(user.id)), world.clock.now())
    asking = client(main.public_app(context), token)
    answers = await asyncio.gather(
        *(asking.post("/api/v1/subscriptions", json={"product_id": "basic"}) for _ in range(4))
    )
    await database.close()
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
