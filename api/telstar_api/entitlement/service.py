"""Gathers the facts, asks `decide`, and says the outcome the way the API answers it."""

import uuid
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.entitlement import repository, schemas
from telstar_api.entitlement.decision import Decision, Remedy, remedies
from telstar_api.entitlement.facts import Account, Product
from telstar_api.problems import Refused, Unauthenticated


async def account(session: AsyncSession, user_id: uuid.UUID) -> Account:
    """The viewer's account. Raises Unauthenticated when it was deleted since the token was issued."""
    found = await repository.account(session, user_id)
    if found is None:
        raise Unauthenticated("This account no longer exists.")
    return found


async def require(session: AsyncSession, decision: Decision) -> None:
    """Raise Refused, with all reasons and the products that would help, unless the decision is a yes."""
    if not decision.allowed:
        raise Refused(reasons(decision), await offers(session, decision))


async def offers(session: AsyncSession, decision: Decision) -> list[schemas.Offer]:
    """The products that would turn this no into a yes, cheapest first."""
    return [offer(item) for item in remedies(decision.facts, await repository.on_sale(session))]


def action(decision: Decision) -> schemas.Action:
    """The decision in JSON."""
    return schemas.Action(allowed=decision.allowed, reasons=reasons(decision))


def reasons(decision: Decision) -> list[schemas.Reason]:
    """Why not, in JSON."""
    return [schemas.Reason(code=reason.code, message=reason.message) for reason in decision.reasons]


def offer(remedy: Remedy) -> schemas.Offer:
    """What would help, in JSON."""
    product = remedy.product
    return schemas.Offer(
        product_id=product.id, name=product.name, price=price(remedy.products), base=_base(remedy.base)
    )


def price(products: Iterable[Product]) -> schemas.Price:
    """What products cost together each month. They must be of one currency, as a catalogue is."""
    all_of_them = list(products)
    total = sum(product.price for product in all_of_them)
    return schemas.Price(amount=f"{total:.2f}", currency=all_of_them[0].currency)


def _base(base: Product | None) -> schemas.Base | None:
    return schemas.Base(product_id=base.id, name=base.name) if base else None
