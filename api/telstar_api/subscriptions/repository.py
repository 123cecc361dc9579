"""Products, subscriptions, their history and payments in Postgres."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from telstar_api.entitlement import repository as entitlement
from telstar_api.models import (
    Payment,
    PaymentNotice,
    Product,
    SubscriptionEvent,
    User,
    UserSubscription,
)
from telstar_api.subscriptions.stripe import Notice
from telstar_api.subscriptions.timeline import Event, Kind, Plan, Taken, replay

# Each field of Taken, and its column.
_COLUMNS = {
    "plan": "product_id",
    "starts": "starts_at",
    "ends": "ends_at",
    "trial_ends": "trial_ends_at",
    "paid_from": "paid_from",
    "paid_until": "paid_until",
    "price": "price_paid",
    "billed_from": "billed_from",
    "due": "due_at",
    "cancelled": "cancelled_at",
    "replaces": "replaces",
    "method": "payment_method",
    "reference": "provider_reference",
}
_FIELDS = {column: name for name, column in _COLUMNS.items()}


async def products(session: AsyncSession, *, on_sale: bool) -> Sequence[Product]:
    """The catalogue, cheapest first, with rights; all of it or what can be taken."""
    statement = (
        select(Product).options(selectinload(Product.entitlements)).order_by(Product.price, Product.id)
    )
    return (await session.scalars(statement.where(Product.on_sale) if on_sale else statement)).all()


async def product_on_sale(session: AsyncSession, product_id: str) -> Product | None:
    """One product with its rights, if it can be taken."""
    statement = select(Product).where(Product.id == product_id, Product.on_sale)
    return await session.scalar(statement.options(selectinload(Product.entitlements)))


async def held(session: AsyncSession, user_id: uuid.UUID) -> list[Taken]:
    """Everything a viewer has, had and will have, oldest first."""
    statement = (
        select(UserSubscription)
        .where(UserSubscription.user_id == user_id)
        .options(selectinload(UserSubscription.product).selectinload(Product.entitlements))
        .order_by(UserSubscription.starts_at, UserSubscription.id)
        .execution_options(populate_existing=True)
    )
    rows = (await session.scalars(statement)).all()
    return [_taken(row) for row in rows]


async def lock_user(session: AsyncSession, user_id: uuid.UUID) -> User | None:
    """The account, so that only this transaction changes its subscriptions until it ends."""
    return await session.scalar(select(User).where(User.id == user_id).with_for_update())


async def user_exists(session: AsyncSession, user_id: uuid.UUID) -> bool:
    """Whether there is such an account."""
    return await session.scalar(select(User.id).where(User.id == user_id)) is not None


async def one_with_something_due(
    session: AsyncSession, now: datetime, not_these: Iterable[uuid.UUID]
) -> uuid.UUID | None:
    """An account that something is due of, locked; None where there is none that nobody else works on."""
    due = select(UserSubscription.id).where(
        UserSubscription.user_id == User.id, UserSubscription.due_at <= now
    )
    statement = (
        select(User.id)
        .where(due.exists(), User.id.not_in(list(not_these)))
        .order_by(User.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return await session.scalar(statement)


async def append(
    session: AsyncSession, user_id: uuid.UUID, events: Iterable[Event], payment: uuid.UUID | None = None
) -> None:
    """Write the events down and carry them out. The account must be locked."""
    for event in events:
        row = await session.get(UserSubscription, event.subscription)
        if row is not None and not await _has_history(session, row.id):
            session.add(_row(user_id, _imported(row), None))
            await session.flush()
        sets = {_COLUMNS[name]: _column(value) for name, value in event.sets.items()}
        if row is None:
            session.add(UserSubscription(id=event.subscription, user_id=user_id, **sets))
        else:
            for column, value in sets.items():
                setattr(row, column, value)
        session.add(_row(user_id, event, payment))
        # One by one: events are replayed in the order of their ids.
        await session.flush()


async def events(session: AsyncSession, subscription: uuid.UUID) -> Sequence[SubscriptionEvent]:
    """What happened to a subscription, oldest first."""
    statement = select(SubscriptionEvent).where(SubscriptionEvent.subscription_id == subscription)
    return (await session.scalars(statement.order_by(SubscriptionEvent.id))).all()


async def replayed(session: AsyncSession, user_id: uuid.UUID) -> dict[uuid.UUID, Taken]:
    """What a viewer has by the history alone. Subscriptions that nothing has happened to yet are left out."""
    plans = {row.id: plan(row) for row in await products(session, on_sale=False)}
    statement = select(SubscriptionEvent).where(SubscriptionEvent.user_id == user_id)
    rows = await session.scalars(statement.order_by(SubscriptionEvent.id))
    return replay(
        Event(row.subscription_id, Kind(row.kind), row.at, _read(row.sets, plans), row.notes) for row in rows
    )


async def user_of_reference(session: AsyncSession, reference: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Whose subscription (account, subscription) the provider calls this."""
    statement = select(UserSubscription.user_id, UserSubscription.id)
    found = (await session.execute(statement.where(UserSubscription.provider_reference == reference))).first()
    return (found[0], found[1]) if found else None


async def payment(session: AsyncSession, payment_id: uuid.UUID) -> Payment | None:
    """A payment as it stands now."""
    return await session.get(Payment, payment_id, populate_existing=True)


async def payments(session: AsyncSession, user_id: uuid.UUID) -> Sequence[Payment]:
    """A viewer's payments, newest first."""
    statement = select(Payment).where(Payment.user_id == user_id)
    return (await session.scalars(statement.order_by(Payment.created_at.desc(), Payment.id))).all()


async def pending(session: AsyncSession, purpose: str) -> Payment | None:
    """The payment for this purpose that the provider has not told of yet."""
    statement = select(Payment).where(Payment.purpose == purpose, Payment.status == "pending")
    return await session.scalar(statement.limit(1))


async def attempts(session: AsyncSession, purpose: str) -> int:
    """How many payments there were for this purpose."""
    counted = select(func.count()).select_from(Payment).where(Payment.purpose == purpose)
    return await session.scalar(counted) or 0


async def note(session: AsyncSession, provider: str, notice: Notice, now: datetime) -> bool:
    """Note a provider's webhook event; whether it had not been received before."""
    row: dict[str, Any] = {
        "provider": provider,
        "id": notice.id,
        "kind": notice.said.value,
        "reference": notice.reference,
    }
    row |= {"outcome": "applied", "received_at": now}
    statement = insert(PaymentNotice).values(row).on_conflict_do_nothing()
    return await session.scalar(statement.returning(PaymentNotice.id)) is not None


async def ignored(session: AsyncSession, provider: str, notice: Notice) -> None:
    """Note that nothing came of a webhook event."""
    where = (PaymentNotice.provider == provider, PaymentNotice.id == notice.id)
    await session.execute(update(PaymentNotice).where(*where).values(outcome="ignored"))


async def was_said(session: AsyncSession, provider: str, kind: str, reference: str) -> bool:
    """Whether the provider has said this of its subscription before."""
    table = PaymentNotice
    where = (table.provider == provider, table.kind == kind, table.reference == reference)
    return await session.scalar(select(table.id).where(*where).limit(1)) is not None


def plan(row: Product) -> Plan:
    """A product with its rights loaded, as timelines know it."""
    return Plan(
        entitlement.product(row, row.entitlements),
        timedelta(days=row.trial_days),
        timedelta(days=row.grace_days),
    )


async def _has_history(session: AsyncSession, subscription: uuid.UUID) -> bool:
    found = select(SubscriptionEvent.id).where(SubscriptionEvent.subscription_id == subscription)
    return await session.scalar(found.limit(1)) is not None


def _taken(row: UserSubscription) -> Taken:
    fields = {name: getattr(row, column) for name, column in _COLUMNS.items()}
    return Taken(row.id, **{**fields, "plan": plan(row.product)})


def _imported(row: UserSubscription) -> Event:
    values = {column: getattr(row, column) for column in _FIELDS}
    sets = {_FIELDS[column]: value for column, value in values.items() if value is not None}
    return Event(row.id, Kind.IMPORTED, row.created_at, sets)


def _column(value: Any) -> Any:
    return value.product.id if isinstance(value, Plan) else value


def _row(user_id: uuid.UUID, event: Event, payment: uuid.UUID | None) -> SubscriptionEvent:
    return SubscriptionEvent(
        user_id=user_id,
        subscription_id=event.subscription,
        kind=event.kind,
        at=event.at,
        sets={_COLUMNS[name]: _json(_column(value)) for name, value in event.sets.items()},
        notes=dict(event.notes),
        payment_id=payment,
    )


def _json(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _read(sets: Mapping[str, Any], plans: Mapping[str, Plan]) -> dict[str, Any]:
    return {_FIELDS[column]: _value(column, value, plans) for column, value in sets.items()}


def _value(column: str, value: str | None, plans: Mapping[str, Plan]) -> Any:
    if value is None or column in {"payment_method", "provider_reference"}:
        return value
    if column == "product_id":
        return plans[value]
    if column == "price_paid":
        return Decimal(value)
    return uuid.UUID(value) if column == "replaces" else datetime.fromisoformat(value)
