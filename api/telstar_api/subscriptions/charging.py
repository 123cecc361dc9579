"""A wish is carried out once it is paid for: decides, charges, and writes both down."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import Payment
from telstar_api.subscriptions import changes, repository
from telstar_api.subscriptions.changes import Change, Charge, Terms
from telstar_api.subscriptions.payments import Order, Outcome, Payments
from telstar_api.subscriptions.timeline import Kind, Plan, Taken
from telstar_api.subscriptions.wishes import Wish, find, grant


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a wish. `payment`: what was charged; None: nothing was to be paid now.

    The change has happened unless the payment was declined or is pending.
    """

    change: Change
    held: list[Taken]
    payment: Payment | None

    @property
    def outcome(self) -> Outcome:
        """Settled when it has happened."""
        return Outcome.SETTLED if self.payment is None else Outcome(self.payment.status)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whose account it is, locked, and everything it has."""

    id: uuid.UUID
    held: list[Taken]


async def carry_out(
    session: AsyncSession,
    payments: Payments | None,
    buyer: Buyer,
    wish: Wish,
    plan: Plan | None,
    now: datetime,
    *,
    recurring: bool = False,
) -> Carried:
    """Charge what the wish costs and carry it out. Without `payments` nothing is ever due.

    A wish whose payment is pending is not charged again. Raises NotPossible.
    """
    method = wish.method
    if method is None and (known := wish.pays or wish.instead_of):
        method = find(buyer.held, known).method
    terms = Terms(uuid.uuid4(), payments is not None, method)
    change = grant(buyer.held, wish, plan, terms, now)
    payment = None
    if payments is not None and change.charge is not None and change.charge.amount > 0:
        payment = await _charge(session, payments, buyer, wish, change.charge, method, now, recurring)
    if payment is not None and payment.status != Outcome.SETTLED:
        if wish.pays is not None:
            change = changes.unpaid(find(buyer.held, wish.pays), now, *_said(payment))
            return await written(session, buyer, change, payment)
        return Carried(change, buyer.held, payment)
    return await written(session, buyer, change, payment)


async def written(
    session: AsyncSession, buyer: Buyer, change: Change, payment: Payment | None = None
) -> Carried:
    """Write a change down."""
    await repository.append(session, buyer.id, change.events, payment.id if payment else None)
    return Carried(change, changes.after(buyer.held, change), payment)


def _said(payment: Payment) -> tuple[Kind, str]:
    pending = payment.status == Outcome.PENDING
    return (Kind.PAYMENT_PENDING if pending else Kind.PAYMENT_FAILED), payment.reason


async def _charge(
    session: AsyncSession,
    payments: Payments,
    buyer: Buyer,
    wish: Wish,
    charge: Charge,
    method: str | None,
    now: datetime,
    recurring: bool,
) -> Payment:
    purpose = wish.purpose(buyer.id, buyer.held)
    if (pending := await repository.pending(session, purpose)) is not None:
        return pending
    row = Payment(
        id=uuid.uuid4(),
        user_id=buyer.id,
        purpose=purpose,
        # Counts attempts that are on record: one that was lost in a crash is tried again under its own key.
        idempotency_key=f"{purpose}:{await repository.attempts(session, purpose)}",
        provider=payments.name,
        amount=charge.amount,
        credit=charge.credit,
        currency=charge.currency,
        wish=wish.json(),
        created_at=now,
    )
    order = Order(row.id, row.idempotency_key, row.amount, row.currency, method, recurring)
    receipt = await payments.charge(order)
    row.status, row.reason = receipt.outcome.value, receipt.reason
    row.settled_at = None if receipt.outcome is Outcome.PENDING else now
    session.add(row)
    await session.flush()
    return row
