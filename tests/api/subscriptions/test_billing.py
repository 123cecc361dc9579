"""Rounds of billing, by several replicas at a time, on connections of their own as in service."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from support.api_world import NOON, SetClock
from telstar_api import models
from telstar_api.database import Database
from telstar_api.subscriptions.billing import Bill, bill
from telstar_api.subscriptions.payments import DemoPayments, Order, Outcome, Receipt

MANY = 12
MONTH = timedelta(days=30)


@pytest.fixture
async def due(migrated_database: str) -> AsyncIterator[Database]:
    """MANY viewers whose month ends at NOON."""
    database = Database.at(migrated_database)
    async with database.writing.begin() as session:
        session.add(models.Product(id="basic", name="Basic", price=Decimal("4.99"), currency="EUR"))
        for number in range(MANY):
            user = models.User(id=uuid.UUID(int=number + 1), email=f"v{number}@example.com")
            session.add(user)
            await session.flush()
            session.add(
                models.UserSubscription(
                    user_id=user.id,
                    product_id="basic",
                    starts_at=NOON - MONTH,
                    paid_from=NOON - MONTH,
                    billed_from=NOON - MONTH,
                    paid_until=NOON,
                    price_paid=Decimal("4.99"),
                    due_at=NOON - timedelta(hours=1),
                )
            )
    yield database
    await database.close()


class Counting(DemoPayments):
    """Notes what it was asked, and takes its time."""

    def __init__(self, *, breaks_once: bool = False) -> None:
        self.orders: list[Order] = []
        self.breaks_once = breaks_once

    async def charge(self, order: Order) -> Receipt:
        self.orders.append(order)
        await asyncio.sleep(0)
        if len(self.orders) == 1 and self.breaks_once:
            raise ConnectionError("the provider hung up")
        return Receipt(Outcome.SETTLED)


async def paid(database: Database) -> int:
    async with database.reading() as session:
        counted = select(func.count()).select_from(models.Payment).where(models.Payment.status == "settled")
        return await session.scalar(counted) or 0


async def test_replicas_that_bill_at_once_charge_each_viewer_once(due: Database) -> None:
    payments = Counting()
    bills = await asyncio.gather(*(bill(due, payments, SetClock()) for _ in range(3)))
    assert sum(done.renewed for done in bills) == MANY
    assert len(payments.orders) == len({order.key for order in payments.orders}) == MANY
    assert await paid(due) == MANY
    assert await bill(due, payments, SetClock()) == Bill()


async def test_what_somebody_changes_just_now_is_left_for_the_next_round(due: Database) -> None:
    async with due.writing.begin() as session:
        await session.scalar(select(models.User).order_by(models.User.id).limit(1).with_for_update())
        assert (await bill(due, Counting(), SetClock())).renewed == MANY - 1
    assert (await bill(due, Counting(), SetClock())).renewed == 1


async def test_a_round_has_a_limit(due: Database) -> None:
    assert (await bill(due, Counting(), SetClock(), at_most=5)).renewed == 5
    assert (await bill(due, Counting(), SetClock())).renewed == MANY - 5


async def test_one_account_that_fails_holds_nobody_up_and_is_tried_again(
    due: Database,
) -> None:
    payments = Counting(breaks_once=True)
    done = await bill(due, payments, SetClock())
    assert (done.renewed, done.failed) == (MANY - 1, 1)
    assert (await bill(due, again := Counting(), SetClock())).renewed == 1
    assert again.orders[0].key == payments.orders[0].key


async def test_nothing_is_charged_before_it_is_due(due: Database) -> None:
    clock = SetClock()
    clock.turn(timedelta(hours=-1, seconds=-1))
    assert await bill(due, Counting(), clock) == Bill()
