"""Sign-in over HTTP."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Response, status

from telstar_api.auth import service
from telstar_api.auth.client import ClientDep
from telstar_api.auth.schemas import Account, RevocationRequest, SignIn, TokenRequest, Tokens
from telstar_api.auth.service import Occasion
from telstar_api.context import ContextDep, ViewerDep
from telstar_api.database import ReadSession, WriteSession
from telstar_api.problems import Invalid, NotFound, Unauthenticated, documented

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


async def _occasion(context: ContextDep, client: ClientDep) -> Occasion:
    return Occasion(context.clock.now(), client)


OccasionDep = Annotated[Occasion, Depends(_occasion)]


@router.post("/token", responses=documented(Unauthenticated, Invalid))
async def sign_in(
    request: Annotated[TokenRequest, Form()],
    session: WriteSession,
    context: ContextDep,
    occasion: OccasionDep,
    response: Response,
) -> Tokens:
    """Access and refresh tokens for a password, or the next ones for a refresh token (RFC 6749 §4.3, §6)."""
    response.headers["Cache-Control"] = "no-store"
    if request.refresh_token is not None:
        return await service.refresh(session, context.tokens, request.refresh_token, occasion)
    return await service.sign_in(session, context.tokens, request.username, request.password, occasion)


@router.post("/revoke", status_code=status.HTTP_204_NO_CONTENT, responses=documented(Invalid))
async def sign_out(
    request: Annotated[RevocationRequest, Form()], session: WriteSession, occasion: OccasionDep
) -> None:
    """End what this refresh token began; nothing happens where it is unknown (RFC 7009)."""
    await service.sign_out(session, request.token, occasion)


@router.get("/me", responses=documented(Unauthenticated))
async def get_account(viewer: ViewerDep, session: ReadSession, context: ContextDep) -> Account:
    """The signed-in account and the subscriptions it has now."""
    return await service.account(session, viewer, context.clock.now())


@router.get("/sign-ins", responses=documented(Unauthenticated))
async def list_sign_ins(viewer: ViewerDep, session: ReadSession, context: ContextDep) -> list[SignIn]:
    """The devices that are signed in to one's account, the last used first."""
    return await service.sign_ins(session, viewer, context.clock.now())


@router.delete(
    "/sign-ins/{sign_in_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=documented(Unauthenticated, NotFound, Invalid),
)
async def end_sign_in(
    sign_in_id: uuid.UUID, viewer: ViewerDep, session: WriteSession, occasion: OccasionDep
) -> None:
    """Sign one device out: within a second no token of its sign-in counts any more."""
    await service.end_sign_in(session, viewer, sign_in_id, occasion)


@router.delete(
    "/sign-ins", status_code=status.HTTP_204_NO_CONTENT, responses=documented(Unauthenticated, Invalid)
)
async def end_all_sign_ins(
    viewer: ViewerDep,
    session: WriteSession,
    occasion: OccasionDep,
    keep_present: Annotated[bool, Query(description="leave the device that asks signed in")] = False,
) -> None:
    """Sign out everywhere."""
    await service.end_all_sign_ins(session, viewer, occasion, keep_present=keep_present)
