"""Sign-in through the identity provider over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, Request, Response

from telstar_api.auth import devices
from telstar_api.auth.client import OccasionDep
from telstar_api.auth.schemas import Tokens
from telstar_api.context import ContextDep, ViewerDep
from telstar_api.database import WriteSession
from telstar_api.oidc import service
from telstar_api.oidc.provider import Provider
from telstar_api.oidc.schemas import Departure, Return
from telstar_api.problems import Conflict, Invalid, NotFound, Unauthenticated, documented

COOKIE = "telstar_oidc"
PATH = "/api/v1/auth/oidc"

router = APIRouter(prefix=PATH, tags=["auth"])


async def _provider(context: ContextDep) -> Provider:
    if context.settings.oidc is None:
        raise NotFound("This service has no identity provider.")
    return Provider(context.settings.oidc)


ProviderDep = Annotated[Provider, Depends(_provider)]


@router.post("/start", responses=documented(NotFound))
async def start_oidc(
    request: Request,
    session: WriteSession,
    provider: ProviderDep,
    occasion: OccasionDep,
    response: Response,
) -> Departure:
    """Where the browser is to go to sign in through the identity provider."""
    url, browser = await service.depart(session, provider, occasion, None)
    _give_cookie(request, response, browser)
    return Departure(authorization_url=url)


@router.post("/link", responses=documented(Unauthenticated, NotFound))
async def link_oidc(
    request: Request,
    viewer: ViewerDep,
    session: WriteSession,
    provider: ProviderDep,
    occasion: OccasionDep,
    response: Response,
) -> Departure:
    """Where the browser is to go to link one's account with the identity provider."""
    url, browser = await service.depart(session, provider, occasion, viewer.id)
    _give_cookie(request, response, browser)
    return Departure(authorization_url=url)


@router.post("/token", responses=documented(Unauthenticated, NotFound, Conflict, Invalid))
async def finish_oidc(
    body: Return,
    request: Request,
    session: WriteSession,
    context: ContextDep,
    provider: ProviderDep,
    occasion: OccasionDep,
    response: Response,
    telstar_oidc: Annotated[str | None, Cookie(include_in_schema=False)] = None,
) -> Tokens:
    """Tokens for what the provider sent the browser back with; only in the browser that began."""
    signed_in = await service.arrive(
        session, context.database, provider, context.tokens, body, telstar_oidc, occasion
    )
    response.headers["Cache-Control"] = "no-store"
    response.delete_cookie(COOKIE, path=PATH)
    devices.give_cookie(request, response, signed_in.device)
    return signed_in.tokens


def _give_cookie(request: Request, response: Response, browser: str) -> None:
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        COOKIE,
        browser,
        max_age=int(service.WAY_LIFETIME.total_seconds()),
        path=PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
