"""Parental control over HTTP."""

from fastapi import APIRouter

from telstar_api.context import ClockDep, ViewerDep
from telstar_api.database import ReadSession, WriteSession
from telstar_api.parental import service
from telstar_api.parental.schemas import NewParentalControl, ParentalControl
from telstar_api.problems import Forbidden, Invalid, TooManyRequests, Unauthenticated, documented

router = APIRouter(
    prefix="/api/v1/auth/parental-control", tags=["auth"], responses=documented(Unauthenticated)
)


@router.get("")
async def get_parental_control(viewer: ViewerDep, session: ReadSession) -> ParentalControl:
    """Up to which age the account shows things freely."""
    return await service.parental_control(session, viewer.id)


@router.put("", responses=documented(Forbidden, Invalid, TooManyRequests))
async def set_parental_control(
    request: NewParentalControl, viewer: ViewerDep, session: WriteSession, clock: ClockDep
) -> ParentalControl:
    """Set the age limit and its PIN."""
    return await service.change(session, viewer, request, clock.now())
