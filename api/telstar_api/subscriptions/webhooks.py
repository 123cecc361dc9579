"""Carries out what a payment provider says. Said twice, late or in another order it does no harm."""

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import Payment
from telstar_api.subscriptions import changes, repository
from telstar_api.subscriptions.changes import NotPossible, Terms
from telstar_api.subscriptions.charging import Buyer, written
from telstar_api.subscriptions.payments import Outcome
from telstar_api.subscriptions.periods import NOTHING
from telstar_api.subscriptions.stripe import Notice, Said
from telstar_api.subscriptions.timeline import Kind, Taken
from telstar_api.subscriptions.wishes import Wish, find, grant

PROVIDER = "stripe"
Result = Literal["applied", "ignored", "duplicate"]


async def receive(session: AsyncSession, notice: Notice, now: datetime) -> Result:
    """Carry out one event: what it says of a subscription that is known, or of a payment that is pending."""
    if not await repository.note(session, PROVIDER, notice, now):
        return "duplicate"
    if not await _of_subscription(session, notice, now) and not await _of_payment(session, notice, now):
        await repository.ignored(session, PROVIDER, notice)
        return "ignored"
    return "applied"


async def _of_subscription(session: AsyncSession, notice: Notice, now: datetime) -> bool:
    """Renewals, failures and the end of a subscription that the provider bills; whether it was one."""
    known = await repository.user_of_reference(session, notice.reference)
    if known is None or await repository.lock_user(session, known[0]) is None:
        return False
    buyer = Buyer(known[0], await repository.held(session, known[0]))
    item = find(buyer.held, known[1])
    if notice.said is not Said.DELETED and _paid_already(item, notice):
        return False
    try:
        if notice.said is Said.PAID:
            change = changes.pay(item, now, Terms(item.id, billed=True, until=notice.until))
        elif notice.said is Said.FAILED:
            change = changes.unpaid(item, now, Kind.PAYMENT_FAILED, "The provider could not collect it.")
        else:
            change = changes.end(buyer.held, item, now, "ended by the payment provider")
    except NotPossible:
        return False  # it has ended, so that nothing can be paid or ended of it any more
    payment = _renewal(notice, buyer.id, item.id, now) if notice.said is Said.PAID else None
    if payment is not None:
        session.add(payment)
        await session.flush()
    await written(session, buyer, change, payment)
    return True


def _paid_already(item: Taken, notice: Notice) -> bool:
    return item.paid_until is not None and notice.until is not None and notice.until <= item.paid_until


async def _of_payment(session: AsyncSession, notice: Notice, now: datetime) -> bool:
    """A subscription's first payment, which ours waited for; whether anything came of it."""
    found = await repository.payment(session, notice.payment) if notice.payment else None
    if found is None or notice.said is Said.DELETED:
        return False
    if await repository.lock_user(session, found.user_id) is None:
        return False
    payment = await repository.payment(session, found.id)
    if payment is None or payment.status == Outcome.SETTLED:
        return False
    if notice.said is Said.FAILED:
        payment.status, payment.settled_at = Outcome.DECLINED.value, now
        payment.reason = "The provider could not collect it."
        return True
    payment.status, payment.settled_at, payment.reason = Outcome.SETTLED.value, now, ""
    await session.flush()
    await _grant(session, payment, notice, now)
    return True


async def _grant(session: AsyncSession, payment: Payment, notice: Notice, now: datetime) -> None:
    """Carry out what the payment was for; where that cannot be any more, the money is to be given back."""
    buyer = Buyer(payment.user_id, await repository.held(session, payment.user_id))
    wish = Wish.kept(payment.wish)
    row = await repository.product_on_sale(session, wish.product) if wish.product else None
    terms = Terms(uuid4(), True, wish.method, notice.reference, notice.until)
    try:
        if await repository.was_said(session, PROVIDER, Said.DELETED, notice.reference):
            raise NotPossible("The provider has ended the subscription since.")
        change = grant(buyer.held, wish, repository.plan(row) if row else None, terms, now)
    except NotPossible as error:
        payment.unapplied, payment.reason = True, str(error)
        return
    await written(session, buyer, change, payment)


def _renewal(notice: Notice, user: UUID, subscription: UUID, now: datetime) -> Payment | None:
    """The payment that the provider collected by itself."""
    if notice.amount is None or notice.currency is None:
        return None
    return Payment(
        id=uuid4(),
        user_id=user,
        purpose=f"pay:{subscription}:{notice.invoice}",
        idempotency_key=f"{PROVIDER}:{notice.invoice}",
        provider=PROVIDER,
        amount=notice.amount,
        credit=NOTHING,
        currency=notice.currency,
        status=Outcome.SETTLED.value,
        wish=Wish(pays=subscription).json(),
        created_at=notice.at,
        settled_at=now,
    )
