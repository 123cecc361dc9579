"""Viewers' subscriptions for support, over HTTP."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends

from telstar_api.auth.roles import needs
from telstar_api.auth.tokens import Viewer
from telstar_api.context import ClockDep
from telstar_api.database import ReadSession, WriteSession
from telstar_api.problems import Forbidden, Invalid, NotFound, Unauthenticated, documented
from telstar_api.subscriptions import support
from telstar_api.subscriptions.problems import SubscriptionConflict
from telstar_api.subscriptions.schemas import Extension, Overview, Subscription, SupportCancellation

router = APIRouter(
    prefix="/api/v1/admin/users/{user_id}/subscriptions",
    tags=["admin"],
    responses=documented(Unauthenticated, Forbidden, NotFound, Invalid),
)
Support = Annotated[Viewer, Depends(needs("support"))]


@router.get("")
async def list_subscriptions_of_user(
    user_id: uuid.UUID, _: Support, session: ReadSession, clock: ClockDep
) -> Overview:
    """Everything a viewer has, had and will have, with its history, and all payments."""
    return await support.overview(session, user_id, clock.now())


@router.post("/{subscription_id}/cancel", responses=documented(SubscriptionConflict))
async def cancel_subscription_of_user(
    user_id: uuid.UUID,
    subscription_id: uuid.UUID,
    request: SupportCancellation,
    staff: Support,
    session: WriteSession,
    clock: ClockDep,
) -> Subscription:
    """Cancel for a viewer, or end at once."""
    return await support.cancel(session, staff.id, user_id, subscription_id, request, clock.now())


@router.post("/{subscription_id}/extend", responses=documented(SubscriptionConflict))
async def extend_subscription_of_user(
    user_id: uuid.UUID,
    subscription_id: uuid.UUID,
    request: Extension,
    staff: Support,
    session: WriteSession,
    clock: ClockDep,
) -> Subscription:
    """Give a viewer days that are not charged."""
    return await support.extend(session, staff.id, user_id, subscription_id, request, clock.now())
