"""Products and subscriptions over HTTP."""

from fastapi import APIRouter, Response, status

from telstar_api.context import ClockDep, ViewerDep
from telstar_api.database import ReadSession, WriteSession
from telstar_api.problems import Invalid, NotFound, Unauthenticated, documented
from telstar_api.subscriptions import service
from telstar_api.subscriptions.schemas import NewSubscription, Product, Subscription

router = APIRouter(prefix="/api/v1", tags=["subscriptions"], responses=documented(Unauthenticated))


@router.get("/products")
async def list_products(_: ViewerDep, session: ReadSession) -> list[Product]:
    """What is on sale, cheapest first."""
    return await service.products_on_sale(session)


@router.get("/subscriptions")
async def list_subscriptions(viewer: ViewerDep, session: ReadSession, clock: ClockDep) -> list[Subscription]:
    """The viewer's subscriptions in force now."""
    return await service.in_force(session, viewer.id, clock.now())


@router.post(
    "/subscriptions",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"model": Subscription, "description": "The viewer had it already."},
        **documented(NotFound, Invalid),
    },
)
async def subscribe(
    request: NewSubscription, viewer: ViewerDep, session: WriteSession, clock: ClockDep, response: Response
) -> Subscription:
    """Take a product, at once and without end. Taking it twice is taking it once."""
    subscription, made = await service.subscribe(session, viewer.id, request.product_id, clock.now())
    if not made:
        response.status_code = status.HTTP_200_OK
    return subscription
