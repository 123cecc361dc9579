"""Products, subscriptions and payments over HTTP."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from fastapi.responses import JSONResponse

from telstar_api.context import ClockDep, PaymentsDep, ViewerDep
from telstar_api.database import ReadSession, WriteSession
from telstar_api.problems import Invalid, NotFound, Unauthenticated, documented
from telstar_api.subscriptions import service
from telstar_api.subscriptions.problems import PaymentDeclined, SubscriptionConflict
from telstar_api.subscriptions.schemas import (
    ChangeRequest,
    NewSubscription,
    Payment,
    PaymentPending,
    PaymentRequest,
    Preview,
    Product,
    Subscription,
    SubscriptionHistory,
)
from telstar_api.text import Line

router = APIRouter(prefix="/api/v1", tags=["subscriptions"], responses=documented(Unauthenticated))

ONE = "/subscriptions/{subscription_id}"
CANNOT = documented(NotFound, SubscriptionConflict, Invalid)
NOT_PAID = {
    202: {"model": PaymentPending, "description": "It happens once the payment provider says it is paid."},
    **documented(NotFound, SubscriptionConflict, Invalid, PaymentDeclined),
}


@router.get("/products")
async def list_products(_: ViewerDep, session: ReadSession) -> list[Product]:
    """What is on sale, cheapest first."""
    return await service.products_on_sale(session)


@router.get("/subscriptions", responses=documented(Invalid))
async def list_subscriptions(
    viewer: ViewerDep,
    session: ReadSession,
    clock: ClockDep,
    history: Annotated[bool, Query(description="also what has ended, waits unpaid, or will begin")] = False,
) -> list[Subscription]:
    """The viewer's subscriptions in force now, oldest first; with `history`, all there ever were."""
    listed = service.everything if history else service.in_force
    return await listed(session, viewer.id, clock.now())


@router.post(
    "/subscriptions",
    status_code=status.HTTP_201_CREATED,
    response_model=Subscription,
    responses={200: {"model": Subscription, "description": "The viewer had it already."}, **NOT_PAID},
)
async def subscribe(
    request: NewSubscription,
    viewer: ViewerDep,
    session: WriteSession,
    clock: ClockDep,
    payments: PaymentsDep,
    response: Response,
) -> Subscription | JSONResponse:
    """Take a product, at once, beside what there is or in another one's place. Twice is once."""
    answer, made = await service.subscribe(session, payments, viewer.id, request, clock.now())
    if not made:
        response.status_code = status.HTTP_200_OK
    return _paid(answer)


@router.get(ONE, responses=documented(NotFound, Invalid))
async def get_subscription(
    subscription_id: uuid.UUID, viewer: ViewerDep, session: ReadSession, clock: ClockDep
) -> SubscriptionHistory:
    """One of the viewer's subscriptions and all that happened to it, oldest first."""
    return await service.history(session, viewer.id, subscription_id, clock.now())


@router.post(ONE + "/cancel", responses=CANNOT)
async def cancel_subscription(
    subscription_id: uuid.UUID, viewer: ViewerDep, session: WriteSession, clock: ClockDep
) -> Subscription:
    """Let it run to the end of what is paid for, or of the trial, and no longer. Twice is once."""
    return await service.cancel(session, viewer.id, subscription_id, clock.now())


@router.post(ONE + "/resume", responses=CANNOT)
async def resume_subscription(
    subscription_id: uuid.UUID, viewer: ViewerDep, session: WriteSession, clock: ClockDep
) -> Subscription:
    """Take a cancellation back before it has taken effect."""
    return await service.resume(session, viewer.id, subscription_id, clock.now())


@router.get(ONE + "/change", responses=CANNOT)
async def preview_change(
    subscription_id: uuid.UUID,
    product_id: Line,
    viewer: ViewerDep,
    session: ReadSession,
    clock: ClockDep,
    payments: PaymentsDep,
) -> Preview:
    """When another product would take this one's place, and what that would cost now."""
    return await service.preview(session, payments, viewer.id, subscription_id, product_id, clock.now())


@router.post(ONE + "/change", response_model=Subscription, responses=NOT_PAID)
async def change_subscription(
    subscription_id: uuid.UUID,
    request: ChangeRequest,
    viewer: ViewerDep,
    session: WriteSession,
    clock: ClockDep,
    payments: PaymentsDep,
) -> Subscription | JSONResponse:
    """Have another product instead: at once where it costs as much or more, else when the period is over.

    Answers the subscription that is or will be in this one's place. With its own product, what was scheduled
    is withdrawn.
    """
    answer = await service.change(session, payments, viewer.id, subscription_id, request, clock.now())
    return _paid(answer)


@router.post(ONE + "/pay", response_model=Subscription, responses=NOT_PAID)
async def pay_subscription(
    subscription_id: uuid.UUID,
    request: PaymentRequest,
    viewer: ViewerDep,
    session: WriteSession,
    clock: ClockDep,
    payments: PaymentsDep,
) -> Subscription | JSONResponse:
    """Pay for a subscription whose payment is overdue."""
    method, now = request.payment_method, clock.now()
    answer = await service.pay(session, payments, viewer.id, subscription_id, method, now)
    return _paid(answer)


@router.get("/payments")
async def list_payments(viewer: ViewerDep, session: ReadSession) -> list[Payment]:
    """The viewer's payments, newest first."""
    return await service.payments_of(session, viewer.id)


def _paid(answer: Subscription | PaymentPending) -> Subscription | JSONResponse:
    if isinstance(answer, PaymentPending):
        return JSONResponse(answer.model_dump(mode="json"), status.HTTP_202_ACCEPTED)
    return answer
