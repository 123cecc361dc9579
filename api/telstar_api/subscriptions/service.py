"""What is on sale, what a viewer has, and what becomes of it."""

import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.entitlement import repository as catalogue
from telstar_api.entitlement import service as entitlement
from telstar_api.entitlement.decision import Remedy
from telstar_api.entitlement.facts import Product, State
from telstar_api.problems import NotFound, Unauthenticated
from telstar_api.subscriptions import answers, changes, repository, schemas
from telstar_api.subscriptions.changes import BaseMissing, Change, NotPossible, Terms
from telstar_api.subscriptions.charging import Buyer, Carried, carry_out, written
from telstar_api.subscriptions.payments import Outcome, Payments
from telstar_api.subscriptions.problems import PaymentDeclined, SubscriptionConflict
from telstar_api.subscriptions.timeline import Kind, Plan, Taken
from telstar_api.subscriptions.wishes import Wish, find

Answer = schemas.Subscription | schemas.PaymentPending


async def products_on_sale(session: AsyncSession) -> list[schemas.Product]:
    """The catalogue, cheapest first."""
    return [answers.product(row) for row in await repository.products(session, on_sale=True)]


async def in_force(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> list[schemas.Subscription]:
    """What the viewer has now: what counts by its state, add-ons without their base included."""
    held = await repository.held(session, user_id)
    return [answers.subscription(held, item, now) for item in held if item.counts(now)]


async def everything(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> list[schemas.Subscription]:
    """What the viewer has, had and will have, oldest first."""
    held = await repository.held(session, user_id)
    return [answers.subscription(held, item, now) for item in held]


async def history(
    session: AsyncSession, user_id: uuid.UUID, subscription: uuid.UUID, now: datetime
) -> schemas.SubscriptionHistory:
    """One subscription of the viewer's with all that happened to it. Raises NotFound."""
    held = await repository.held(session, user_id)
    said = answers.subscription(held, own(held, subscription), now)
    events = [answers.event(row) for row in await repository.events(session, subscription)]
    return schemas.SubscriptionHistory(**said.model_dump(), events=events)


async def payments_of(session: AsyncSession, user_id: uuid.UUID) -> list[schemas.Payment]:
    """The viewer's payments, newest first."""
    return [answers.payment(row) for row in await repository.payments(session, user_id)]


async def subscribe(
    session: AsyncSession,
    payments: Payments | None,
    user_id: uuid.UUID,
    request: schemas.NewSubscription,
    now: datetime,
) -> tuple[Answer, bool]:
    """The viewer's subscription to the product, and whether it was made just now.

    What is in force already stays, and is resumed if it was cancelled; what waits unpaid is paid for. Raises
    NotFound, Unauthenticated when the account is gone, SubscriptionConflict, PaymentDeclined.
    """
    if request.replaces is not None:
        wanted = schemas.ChangeRequest(product_id=request.product_id, payment_method=request.payment_method)
        return await change(session, payments, user_id, request.replaces, wanted, now), True
    buyer = await buyer_of(session, user_id)
    plan = await _plan_on_sale(session, request.product_id)
    had = next((item for item in buyer.held if _had(item, request.product_id, now)), None)
    if had is not None and had.counts(now):
        if had.cancelled is not None and not had.reference:
            resumed = await written(session, buyer, changes.resume(buyer.held, had, now))
            return answers.subscription(resumed.held, find(resumed.held, had.id), now), False
        return answers.subscription(buyer.held, had, now), False
    wish = Wish(plan.product.id, method=request.payment_method)
    if had is not None:
        wish = Wish(pays=had.id, method=request.payment_method)
    answer = await _wished(session, payments, buyer, wish, plan, now)
    return answer, had is None


async def change(
    session: AsyncSession,
    payments: Payments | None,
    user_id: uuid.UUID,
    subscription: uuid.UUID,
    request: schemas.ChangeRequest,
    now: datetime,
) -> Answer:
    """The subscription that is, or will be, in this one's place. Raises as `subscribe` does."""
    buyer = await buyer_of(session, user_id)
    old = own(buyer.held, subscription)
    plan = await _plan_for(session, old, request.product_id)
    wish = Wish(plan.product.id, instead_of=old.id, method=request.payment_method)
    return await _wished(session, payments, buyer, wish, plan, now)


async def preview(
    session: AsyncSession,
    payments: Payments | None,
    user_id: uuid.UUID,
    subscription: uuid.UUID,
    product_id: str,
    now: datetime,
) -> schemas.Preview:
    """What that change would mean. Raises NotFound, SubscriptionConflict."""
    held = await repository.held(session, user_id)
    old = own(held, subscription)
    plan = await _plan_for(session, old, product_id)
    try:
        found = changes.change(held, old, plan, Terms(uuid.uuid4(), payments is not None), now)
    except NotPossible as error:
        raise await _conflict(session, error) from error
    return answers.preview(found, plan.product, now)


async def pay(
    session: AsyncSession,
    payments: Payments | None,
    user_id: uuid.UUID,
    subscription: uuid.UUID,
    method: str | None,
    now: datetime,
) -> Answer:
    """The subscription, paid for. Raises NotFound, SubscriptionConflict, PaymentDeclined."""
    buyer = await buyer_of(session, user_id)
    item = own(buyer.held, subscription)
    if payments is None or item.state(now) not in {State.PAST_DUE, State.UNPAID}:
        raise SubscriptionConflict(f"Nothing is due for {item.product.name}.")
    return await _wished(session, payments, buyer, Wish(pays=item.id, method=method), None, now)


async def cancel(
    session: AsyncSession, user_id: uuid.UUID, subscription: uuid.UUID, now: datetime
) -> schemas.Subscription:
    """The subscription, cancelled. Raises NotFound, SubscriptionConflict."""
    buyer = await buyer_of(session, user_id)
    item = own(buyer.held, subscription)
    return await carried(session, buyer, item, lambda: changes.cancel(buyer.held, item, now), now)


async def resume(
    session: AsyncSession, user_id: uuid.UUID, subscription: uuid.UUID, now: datetime
) -> schemas.Subscription:
    """The subscription, its cancellation taken back. Raises NotFound, SubscriptionConflict."""
    buyer = await buyer_of(session, user_id)
    item = own(buyer.held, subscription)
    return await carried(session, buyer, item, lambda: changes.resume(buyer.held, item, now), now)


async def carried(
    session: AsyncSession, buyer: Buyer, item: Taken, decide: Callable[[], Change], now: datetime
) -> schemas.Subscription:
    """The subscription after a change that costs nothing. Raises SubscriptionConflict."""
    try:
        done = await written(session, buyer, decide())
    except NotPossible as error:
        raise await _conflict(session, error) from error
    return answers.subscription(done.held, find(done.held, item.id), now)


async def buyer_of(session: AsyncSession, user_id: uuid.UUID) -> Buyer:
    """An account, locked, with everything it has. Raises Unauthenticated when it is gone."""
    if await repository.lock_user(session, user_id) is None:
        raise Unauthenticated("This account no longer exists.")
    return Buyer(user_id, await repository.held(session, user_id))


def own(held: list[Taken], subscription: uuid.UUID) -> Taken:
    """One of the viewer's subscriptions. Raises NotFound, also for other people's."""
    try:
        return find(held, subscription)
    except KeyError:
        raise NotFound("No such subscription: see /api/v1/subscriptions?history=true.") from None


async def _wished(
    session: AsyncSession,
    payments: Payments | None,
    buyer: Buyer,
    wish: Wish,
    plan: Plan | None,
    now: datetime,
) -> Answer:
    try:
        done = await carry_out(session, payments, buyer, wish, plan, now)
    except NotPossible as error:
        raise await _conflict(session, error) from error
    if done.payment is not None and done.outcome is Outcome.DECLINED:
        raise PaymentDeclined(done.payment.reason, answers.price(done.payment.amount, done.payment.currency))
    if done.payment is not None and done.outcome is Outcome.PENDING:
        return answers.pending(done.payment)
    return answers.subscription(done.held, find(done.held, _about(done, wish)), now)


def _about(done: Carried, wish: Wish) -> uuid.UUID:
    """Which subscription the viewer has now, or will have: the new one, or the one that was kept or paid."""
    known = {item for item in (wish.pays, wish.instead_of) if item}
    if wish.pays is None:
        kinds = {Kind.TAKEN, Kind.SCHEDULED}
        known = {event.subscription for event in done.change.events if event.kind in kinds} or known
    (found,) = known
    return found


async def _plan_on_sale(session: AsyncSession, product_id: str) -> Plan:
    row = await repository.product_on_sale(session, product_id)
    if row is None:
        raise NotFound(f"No product “{product_id}” is on sale: see /api/v1/products.")
    return repository.plan(row)


async def _plan_for(session: AsyncSession, old: Taken, product_id: str) -> Plan:
    """What to change to; back to one's own product also where that is off sale."""
    return old.plan if product_id == old.product.id else await _plan_on_sale(session, product_id)


async def _conflict(session: AsyncSession, error: NotPossible) -> SubscriptionConflict:
    if not isinstance(error, BaseMissing):
        return SubscriptionConflict(str(error))
    wanted = error.product.add_on_to
    on_sale = [item for item in await catalogue.on_sale(session) if item.id in wanted]
    both = [
        Remedy(error.product, base) for base in sorted(on_sale, key=_price) if _sold_with(error.product, base)
    ]
    return SubscriptionConflict(str(error), [entitlement.offer(item) for item in both])


def _price(product: Product) -> tuple[object, ...]:
    return product.price, product.id


def _sold_with(add_on: Product, base: Product) -> bool:
    return add_on.currency == base.currency


def _had(item: Taken, product_id: str, now: datetime) -> bool:
    return item.product.id == product_id and (item.counts(now) or item.state(now) is State.UNPAID)
