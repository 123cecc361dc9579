"""Charges what is due and ends what was never paid, in every API process: none waits for another.

An account at a time, in a transaction of its own: locked accounts are somebody else's and are skipped
(FOR UPDATE SKIP LOCKED). What has been charged is not due any more, so that repeating this changes nothing.
"""

import asyncio
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.clock import Clock
from telstar_api.database import Database
from telstar_api.subscriptions import changes, repository
from telstar_api.subscriptions.charging import Buyer, carry_out, written
from telstar_api.subscriptions.payments import Outcome, Payments
from telstar_api.subscriptions.timeline import Kind, Taken
from telstar_api.subscriptions.wishes import Wish, find

EVERY_SECONDS = 300
AT_MOST = 500
"""Accounts a round; the others come in the next one."""

log = structlog.get_logger()


@dataclass(slots=True)
class Bill:
    """What one round did, in subscriptions; `failed`: accounts that it could not work on."""

    renewed: int = 0
    unpaid: int = 0
    ended: int = 0
    failed: int = 0


async def keep_billing(database: Database, payments: Payments, clock: Clock) -> None:
    """A round every EVERY_SECONDS until cancelled. A database that is away is waited for."""
    while True:
        try:
            done = await bill(database, payments, clock)
            if done != Bill():
                log.info("billed", **asdict(done))
        except (SQLAlchemyError, OSError) as error:
            log.error("billing has to wait", error=str(error).split("\n", maxsplit=1)[0])
        await asyncio.sleep(EVERY_SECONDS)


async def bill(database: Database, payments: Payments, clock: Clock, at_most: int = AT_MOST) -> Bill:
    """One round over the accounts that something is due of, `at_most` so many."""
    total, seen = Bill(), set[uuid.UUID]()
    while (before := len(seen)) < at_most:
        try:
            async with database.writing.begin() as session:
                await _next_account(session, payments, clock.now(), seen, total)
        except Exception as error:
            if len(seen) == before:
                raise  # not about an account
            # One account that cannot be charged must not keep all others from it.
            total.failed += 1
            log.exception("an account could not be billed", exc_info=error)
        if len(seen) == before:
            break
    return total


async def _next_account(
    session: AsyncSession, payments: Payments, now: datetime, seen: set[uuid.UUID], total: Bill
) -> None:
    """Do all that is due of one more account, if there is one; it is added to those seen."""
    user = await repository.one_with_something_due(session, now, seen)
    if user is None:
        return
    seen.add(user)
    buyer = Buyer(user, await repository.held(session, user))
    for subscription in _in_order(buyer.held, now):
        buyer = await _settle(session, payments, buyer, subscription, now, total)


def _in_order(held: list[Taken], now: datetime) -> list[uuid.UUID]:
    """What is due, bases before the add-ons that need them."""
    due = [item for item in held if item.due is not None and item.due <= now]
    return [item.id for item in sorted(due, key=lambda item: bool(item.product.add_on_to))]


async def _settle(
    session: AsyncSession,
    payments: Payments,
    buyer: Buyer,
    subscription: uuid.UUID,
    now: datetime,
    total: Bill,
) -> Buyer:
    """Do what is due of one subscription; the account with what it has then."""
    item = find(buyer.held, subscription)
    change = changes.fall_due(buyer.held, item, now)
    if any(event.kind is Kind.ENDED for event in change.events):
        done = await written(session, buyer, change)
        total.ended += 1
    else:
        done = await carry_out(session, payments, buyer, Wish(pays=item.id), None, now, recurring=True)
        if done.outcome is Outcome.SETTLED:
            total.renewed += 1
        else:
            total.unpaid += 1
    return Buyer(buyer.id, done.held)
