"""What every request can ask for: settings, clock, database, tokens, keys; made once a process."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from telstar_api.auth.revocation import Revocations
from telstar_api.auth.tokens import AccessTokens, TokenRefused, Viewer
from telstar_api.auth.verified import VerifiedTokens
from telstar_api.channels.operator_identity import Authenticator
from telstar_api.channels.resources import ReadResource
from telstar_api.clock import Clock
from telstar_api.database import Database
from telstar_api.drm.service import Licences
from telstar_api.entitlement.facts import Circumstances
from telstar_api.keys.custody import Custody
from telstar_api.keys.uses import UseLog
from telstar_api.keys.wrapping import KeyWrapping
from telstar_api.notices import Notices
from telstar_api.problems import Unauthenticated
from telstar_api.settings import Settings
from telstar_api.tstv.journals import JournalStore


@dataclass(frozen=True)
class Context:
    """The parts of one API process."""

    settings: Settings
    clock: Clock
    database: Database
    notices: Notices
    tokens: AccessTokens
    verified_tokens: VerifiedTokens
    revocations: Revocations
    licences: Licences
    wrapping: KeyWrapping
    journals: JournalStore
    authenticate_operator: Authenticator
    read_resource: ReadResource
    key_uses: UseLog = field(default_factory=UseLog)
    custody: Custody = field(default_factory=Custody)


async def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


ContextDep = Annotated[Context, Depends(_context)]


async def _clock(context: ContextDep) -> Clock:
    return context.clock


ClockDep = Annotated[Clock, Depends(_clock)]

_bearer = OAuth2PasswordBearer("/api/v1/auth/token", refreshUrl="/api/v1/auth/token", auto_error=False)


async def _viewer(context: ContextDep, token: Annotated[str | None, Depends(_bearer)]) -> Viewer:
    if token is None:
        raise Unauthenticated("Sign in first: send an access token as Authorization: Bearer.")
    try:
        viewer = context.tokens.check(token, context.clock.now())
        await context.revocations.check(viewer)
    except TokenRefused as error:
        raise Unauthenticated(str(error)) from error
    return viewer


ViewerDep = Annotated[Viewer, Depends(_viewer)]


async def _circumstances(request: Request, context: ContextDep) -> Circumstances:
    header = context.settings.territory_header
    return Circumstances(territory=territory(request.headers.get(header, "")) if header else None)


CircumstancesDep = Annotated[Circumstances, Depends(_circumstances)]


def territory(said: str) -> str | None:
    """An ISO 3166-1 alpha-2 code as whoever stands before the API says it; None where it says none.

    `XX` and `T1` are what well-known networks say of an unknown place and of Tor.
    """
    code = said.strip().upper()
    known = len(code) == 2 and code.isascii() and code.isalpha() and code != "XX"
    return code if known else None
