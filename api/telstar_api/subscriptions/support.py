"""What support sees of a viewer's subscriptions, and may do with them; all it does is audited."""

import uuid
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.audit import service as audit
from telstar_api.problems import NotFound
from telstar_api.subscriptions import answers, changes, repository, schemas, service
from telstar_api.subscriptions.changes import Change
from telstar_api.subscriptions.charging import Buyer
from telstar_api.subscriptions.timeline import Taken


async def overview(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> schemas.Overview:
    """Everything of one viewer's; also of an account that is gone, as far as it is kept. Raises NotFound."""
    held = await repository.held(session, user_id)
    payments = await repository.payments(session, user_id)
    if not held and not payments and not await repository.user_exists(session, user_id):
        raise NotFound("There is no such account.")
    histories = [
        schemas.SubscriptionHistory(
            **answers.subscription(held, item, now).model_dump(),
            events=[answers.event(row) for row in await repository.events(session, item.id)],
        )
        for item in held
    ]
    return schemas.Overview(
        user_id=user_id, subscriptions=histories, payments=[answers.payment(row) for row in payments]
    )


async def cancel(
    session: AsyncSession,
    staff: uuid.UUID,
    user_id: uuid.UUID,
    subscription: uuid.UUID,
    request: schemas.SupportCancellation,
    now: datetime,
) -> schemas.Subscription:
    """The subscription, cancelled or ended. Raises NotFound, SubscriptionConflict."""
    buyer = await _buyer(session, user_id)
    item = service.own(buyer.held, subscription)

    def decide() -> Change:
        if request.at_once:
            return changes.end(buyer.held, item, now, request.reason)
        return changes.cancel(buyer.held, item, now)

    done = await service.carried(session, buyer, item, decide, now)
    facts = _facts(item, request.reason) | {"at_once": request.at_once}
    audit.record(session, "subscriptions.cancel", at=now, actor=staff, subject=user_id, facts=facts)
    return done


async def extend(
    session: AsyncSession,
    staff: uuid.UUID,
    user_id: uuid.UUID,
    subscription: uuid.UUID,
    request: schemas.Extension,
    now: datetime,
) -> schemas.Subscription:
    """The subscription with more time. Raises NotFound, SubscriptionConflict."""
    buyer = await _buyer(session, user_id)
    item = service.own(buyer.held, subscription)
    by = timedelta(days=request.days)
    done = await service.carried(
        session, buyer, item, lambda: changes.extend(buyer.held, item, by, now, request.reason), now
    )
    facts = _facts(item, request.reason) | {"days": request.days}
    audit.record(session, "subscriptions.extend", at=now, actor=staff, subject=user_id, facts=facts)
    return done


def _facts(item: Taken, reason: str) -> dict[str, JsonValue]:
    return {"subscription": str(item.id), "product": item.product.id, "reason": reason}


async def _buyer(session: AsyncSession, user_id: uuid.UUID) -> Buyer:
    if await repository.lock_user(session, user_id) is None:
        raise NotFound("There is no such account.")
    return Buyer(user_id, await repository.held(session, user_id))
