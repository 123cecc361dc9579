"""Gathers the facts, asks `decide`, and says the outcome the way the API answers it."""

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.entitlement import repository, schemas
from telstar_api.entitlement.decision import (
    Account,
    Channel,
    Decision,
    Facts,
    Mode,
    Product,
    Programme,
    decide,
    remedies,
)
from telstar_api.problems import Refused, Unauthenticated


async def account(session: AsyncSession, user_id: uuid.UUID) -> Account:
    """The viewer's account. Raises Unauthenticated when it was deleted since the token was issued."""
    found = await repository.account(session, user_id)
    if found is None:
        raise Unauthenticated("This account no longer exists.")
    return found


async def ask(
    session: AsyncSession,
    user_id: uuid.UUID,
    channel: Channel,
    mode: Mode,
    programme: Programme | None,
    now: datetime,
) -> Decision:
    """May this viewer watch this channel, or this programme on it, in this mode, now?"""
    return decide(Facts(now, mode, await account(session, user_id), channel, programme))


async def require(session: AsyncSession, decision: Decision) -> None:
    """Raise Refused, with all reasons and the products that would help, unless the decision is a yes."""
    if not decision.allowed:
        offers = remedies(decision.facts, await repository.on_sale(session))
        raise Refused(reasons(decision), [offer(product) for product in offers])


def action(decision: Decision) -> schemas.Action:
    """The decision in JSON."""
    return schemas.Action(allowed=decision.allowed, reasons=reasons(decision))


def reasons(decision: Decision) -> list[schemas.Reason]:
    """Why not, in JSON."""
    return [schemas.Reason(code=reason.code, message=reason.message) for reason in decision.reasons]


def offer(product: Product) -> schemas.Offer:
    """A product in JSON, as an offer."""
    price = schemas.Price(amount=f"{product.price:.2f}", currency=product.currency)
    return schemas.Offer(product_id=product.id, name=product.name, price=price)
