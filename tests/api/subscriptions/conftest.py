"""A catalogue with add-ons and a trial, and an API that has things paid for."""

import httpx
import pytest
from support.api_world import World
from telstar_api import models
from telstar_api.subscriptions.payments import DemoPayments


@pytest.fixture
async def shop(world: World) -> World:
    """Basic 4.99, Premium 14.99, Strict 9.99 without grace, Trial 7.99, and Sports 6.00 as an add-on."""
    basic = await world.product("basic", ("news", "live", None), price="4.99")
    premium = await world.product("premium", (None, "live", None), (None, "catch-up", 7), price="14.99")
    await world.product("strict", ("news", "live", None), price="9.99")
    trial = await world.product("trial", ("films", "live", None), price="7.99")
    sports = await world.product("sports", ("sports", "live", None), price="6.00")
    opera = await world.product("opera", ("opera", "live", None), price="3.00")
    trial.trial_days, sports.add_on_to, opera.add_on_to = 14, ["basic", "premium"], ["premium"]
    basic.grace_days = premium.grace_days = 3
    await world.session.flush()
    return world


@pytest.fixture
def billed(shop: World) -> World:
    """The same, where what is taken is paid for through the demo's adapter."""
    shop.charge_with(DemoPayments())
    return shop


@pytest.fixture
async def user(shop: World) -> models.User:
    """Who has nothing yet."""
    return await shop.viewer()


@pytest.fixture
def me(shop: World, user: models.User) -> httpx.AsyncClient:
    """The API as that viewer, whose access token never expires however the clock is turned."""

    async def sign(request: httpx.Request) -> None:
        request.headers["Authorization"] = shop.as_(user).headers["Authorization"]

    me = shop.as_(user)
    me.event_hooks = {**me.event_hooks, "request": [sign]}
    return me
