"""Parental control over HTTP."""

from fastapi import APIRouter

from telstar_api.auth.client import OccasionDep
from telstar_api.context import ContextDep, ViewerDep
from telstar_api.database import ReadSession, WriteSession
from telstar_api.parental import service
from telstar_api.parental.schemas import NewParentalControl, ParentalControl
from telstar_api.problems import Forbidden, Invalid, TooManyAttempts, Unauthenticated, documented

router = APIRouter(
    prefix="/api/v1/auth/parental-control", tags=["auth"], responses=documented(Unauthenticated)
)


@router.get("")
async def get_parental_control(viewer: ViewerDep, session: ReadSession) -> ParentalControl:
    """Up to which age the account shows things freely."""
    return await service.parental_control(session, viewer.id)


@router.put("", responses=documented(Forbidden, Invalid, TooManyAttempts))
async def set_parental_control(
    request: NewParentalControl,
    viewer: ViewerDep,
    session: WriteSession,
    context: ContextDep,
    occasion: OccasionDep,
) -> ParentalControl:
    """Set the age limit and its PIN."""
    return await service.change(session, context.database, viewer, request, occasion)
