"""From a refusal by its offer to playback, with the same access token."""

from datetime import timedelta

import httpx
from support.api_world import World


async def play(viewer: httpx.AsyncClient, channel: str) -> httpx.Response:
    return await viewer.post("/api/v1/playback", json={"channel": channel, "mode": "live"})


async def test_taking_the_offer_of_a_refusal_lets_one_watch(shop: World) -> None:
    await shop.channel("news")
    viewer = shop.as_(await shop.viewer())
    refused = await play(viewer, "news")
    assert refused.status_code == 403
    offer = refused.json()["offers"][0]
    assert offer == {
        "product_id": "basic",
        "name": "Basic",
        "price": {"amount": "4.99", "currency": "EUR"},
        "base": None,
    }
    assert (await viewer.post("/api/v1/subscriptions", json={"product_id": "basic"})).status_code == 201
    assert (await play(viewer, "news")).status_code == 201


async def test_taking_an_add_on_and_its_base_lets_one_watch(billed: World) -> None:
    await billed.channel("opera", 2)
    (await billed.product("classics", ("classics", "live", None), price="2.00"))
    (await billed.product("arias", ("opera", "live", None), price="1.00")).add_on_to = ["classics"]
    await billed.session.flush()
    viewer = billed.as_(await billed.viewer())
    offer = (await play(viewer, "opera")).json()["offers"][0]
    assert (offer["product_id"], offer["base"]["product_id"]) == ("arias", "classics")
    assert offer["price"]["amount"] == "3.00"
    for product in (offer["base"]["product_id"], offer["product_id"]):
        assert (await viewer.post("/api/v1/subscriptions", json={"product_id": product})).status_code == 201
    assert (await play(viewer, "opera")).status_code == 201


async def test_an_upgrade_unlocks_and_what_ends_locks_again(billed: World) -> None:
    await billed.channel("opera", 2)
    viewer = billed.as_(await billed.viewer())
    basic = (await viewer.post("/api/v1/subscriptions", json={"product_id": "basic"})).json()
    refused = await play(viewer, "opera")
    assert "premium" in [offer["product_id"] for offer in refused.json()["offers"]]
    where = f"/api/v1/subscriptions/{basic['id']}/change"
    premium = (await viewer.post(where, json={"product_id": "premium"})).json()
    assert (await play(viewer, "opera")).status_code == 201
    staff = billed.as_(await billed.viewer(role="support"))
    user = (await viewer.get("/api/v1/auth/me")).json()["id"]
    billed.clock.turn(timedelta(seconds=1))
    ending = f"/api/v1/admin/users/{user}/subscriptions/{premium['id']}/cancel"
    await staff.post(ending, json={"reason": "a test of the end", "at_once": True})
    assert (await play(viewer, "opera")).status_code == 403
