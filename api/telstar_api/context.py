"""What every request can ask for: settings, clock, database, tokens, keys; made once a process."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from telstar_api.auth.revocation import Revocations
from telstar_api.auth.tokens import AccessTokens, TokenRefused, Viewer
from telstar_api.channels.operator_identity import Authenticator
from telstar_api.clock import Clock
from telstar_api.database import Database
from telstar_api.keys.custody import Custody
from telstar_api.keys.uses import UseLog
from telstar_api.keys.wrapping import KeyWrapping
from telstar_api.mail.port import Mail
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
    revocations: Revocations
    wrapping: KeyWrapping
    journals: JournalStore
    authenticate_operator: Authenticator
    key_uses: UseLog = field(default_factory=UseLog)
    custody: Custody = field(default_factory=Custody)
    mail: Mail | None = None


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
