"""Sign-in over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Form, Response, status

from telstar_api.auth import service
from telstar_api.auth.schemas import Account, RevocationRequest, TokenRequest, Tokens
from telstar_api.context import ContextDep, ViewerDep
from telstar_api.database import ReadSession, WriteSession
from telstar_api.problems import Invalid, Unauthenticated, documented

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


@router.post("/token", responses=documented(Unauthenticated, Invalid))
async def sign_in(
    request: Annotated[TokenRequest, Form()], session: WriteSession, context: ContextDep, response: Response
) -> Tokens:
    """Access and refresh tokens for a password, or the next ones for a refresh token (RFC 6749 §4.3, §6)."""
    response.headers["Cache-Control"] = "no-store"
    now = context.clock.now()
    if request.refresh_token is not None:
        return await service.refresh(session, context.tokens, request.refresh_token, now)
    return await service.sign_in(session, context.tokens, request.username, request.password, now)


@router.post("/revoke", status_code=status.HTTP_204_NO_CONTENT, responses=documented(Invalid))
async def sign_out(request: Annotated[RevocationRequest, Form()], session: WriteSession) -> None:
    """End what this refresh token began; nothing happens where it is unknown (RFC 7009)."""
    await service.sign_out(session, request.token)


@router.get("/me", responses=documented(Unauthenticated))
async def get_account(viewer: ViewerDep, session: ReadSession, context: ContextDep) -> Account:
    """The signed-in account and the subscriptions it has now."""
    return await service.account(session, viewer, context.clock.now())
