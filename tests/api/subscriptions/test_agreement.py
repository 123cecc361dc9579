"""What is listed as in force is what entitlement counts, on many rows with every combination of dates."""

import random
from datetime import timedelta

import httpx
from support.api_world import NOON, World
from telstar_api import models
from telstar_api.entitlement import repository as entitlement
from telstar_api.subscriptions import repository

AROUND = [timedelta(days=days, microseconds=tick) for days in (-40, -3, -1, 0, 1, 40) for tick in (-1, 0, 1)]
ROWS = 300


async def test_listed_and_counted_agree_on_every_combination_of_dates(
    shop: World, user: models.User, me: httpx.AsyncClient
) -> None:
    chance = random.Random(5)

    def moment(odds: float = 0.6) -> timedelta | None:
        return chance.choice(AROUND) if chance.random() < odds else None

    for _ in range(ROWS):
        starts = NOON + (moment(1) or timedelta(0))
        length = moment()
        dates = {name: moment() for name in ("trial_ends_at", "paid_until", "cancelled_at")}
        shop.session.add(
            models.UserSubscription(
                user_id=user.id,
                product_id=chance.choice(["basic", "strict"]),
                starts_at=starts,
                ends_at=None if length is None else starts + abs(length),
                **{name: None if value is None else NOON + value for name, value in dates.items()},
            )
        )
    await shop.session.flush()
    account = await entitlement.account(shop.session, user.id)
    assert account is not None
    counted = [item.state(NOON) for item in account.subscriptions]
    held = await repository.held(shop.session, user.id)
    assert [item.state(NOON) for item in held] == counted
    assert len(set(counted)) == 7  # every state there is
    listed = [item["id"] for item in (await me.get("/api/v1/subscriptions")).json()]
    pairs = zip(held, counted, strict=True)
    assert listed == [str(item.id) for item, state in pairs if state.counts]
