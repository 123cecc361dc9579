"""How subscriptions, changes and payments are said in JSON."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from telstar_api import models
from telstar_api.entitlement.facts import Product
from telstar_api.entitlement.rights import Right
from telstar_api.entitlement.schemas import Price
from telstar_api.subscriptions import schemas
from telstar_api.subscriptions.changes import Change
from telstar_api.subscriptions.periods import NOTHING
from telstar_api.subscriptions.timeline import Kind, Taken, baseless, scheduled


def product(row: models.Product) -> schemas.Product:
    """A product of the catalogue, its rights by channel."""
    order = list(Right)
    rights = sorted(row.entitlements, key=lambda item: (item.channel or "", order.index(Right(item.right))))
    return schemas.Product(
        id=row.id,
        name=row.name,
        description=row.description,
        price=price(row.price, row.currency),
        rights=[
            schemas.Right(channel=item.channel, mode=Right(item.right), window_days=item.window_days)
            for item in rights
        ],
        add_on_to=sorted(row.add_on_to),
        trial_days=row.trial_days,
        grace_days=row.grace_days,
        limits=schemas.Limits(streams=row.max_streams, devices=row.max_devices, height=row.max_height),
    )


def subscription(held: Sequence[Taken], item: Taken, now: datetime) -> schemas.Subscription:
    """A subscription as it stands now, among all that the viewer has."""
    missing = item.counts(now) and baseless(held, item, now)
    waiting = scheduled(held, item, now)
    return schemas.Subscription(
        id=item.id,
        product_id=item.product.id,
        name=item.product.name,
        starts_at=item.starts,
        ends_at=item.ends,
        state=item.state(now),
        counts=item.counts(now) and not missing,
        needs=sorted(item.product.add_on_to) if missing else [],
        price=price(item.product.price, item.product.currency),
        trial_ends_at=item.trial_ends,
        paid_until=item.paid_until,
        grace_until=item.grace_ends(),
        cancelled_at=item.cancelled,
        next=_scheduled(waiting) if waiting else None,
    )


def preview(change: Change, to: Product, now: datetime) -> schemas.Preview:
    """What a change would mean."""
    charge = change.charge
    return schemas.Preview(
        product_id=to.id,
        name=to.name,
        effective_at=change.effective,
        at_once=change.effective <= now,
        price=price(to.price, to.currency),
        credit=price(charge.credit if charge else NOTHING, to.currency),
        due_now=price(charge.amount if charge else NOTHING, to.currency),
        stops=[schemas.Named(product_id=item.id, name=item.name) for item in change.loses],
    )


def pending(row: models.Payment) -> schemas.PaymentPending:
    """A payment that the provider has not told of yet."""
    message = "It takes effect as soon as it is paid for."
    return schemas.PaymentPending(payment_id=row.id, amount=price(row.amount, row.currency), message=message)


def payment(row: models.Payment) -> schemas.Payment:
    """A payment."""
    return schemas.Payment(
        id=row.id,
        amount=price(row.amount, row.currency),
        credit=price(row.credit, row.currency),
        status=row.status,
        reason=row.reason,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )


def event(row: models.SubscriptionEvent) -> schemas.Event:
    """Something that happened. Payment methods and the provider's names are nobody's business."""
    secret = {"payment_method", "provider_reference"}
    sets = {name: value for name, value in row.sets.items() if name not in secret}
    return schemas.Event(
        kind=Kind(row.kind), at=row.at, sets=sets, notes=row.notes, payment_id=row.payment_id
    )


def price(amount: Decimal, currency: str) -> Price:
    """An amount of money."""
    return Price(amount=f"{amount:.2f}", currency=currency)


def _scheduled(item: Taken) -> schemas.Scheduled:
    return schemas.Scheduled(
        product_id=item.product.id,
        name=item.product.name,
        subscription_id=item.id,
        effective_at=item.starts,
    )
