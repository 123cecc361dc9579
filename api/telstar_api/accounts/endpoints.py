"""Registration and passwords over HTTP."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response, status

from telstar_api.accounts import letters, service
from telstar_api.accounts.schemas import (
    ConfirmationRequest,
    Methods,
    PasswordChange,
    RegistrationRequest,
    ResetConfirmation,
    ResetRequest,
)
from telstar_api.auth import devices
from telstar_api.auth.client import OccasionDep
from telstar_api.auth.schemas import Tokens
from telstar_api.context import ContextDep, ViewerDep
from telstar_api.database import WriteSession
from telstar_api.mail.port import Mail
from telstar_api.problems import Gone, Invalid, TooManyAttempts, Unauthenticated, Unavailable, documented

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


async def _mail(context: ContextDep) -> Mail:
    if context.mail is None:
        raise Unavailable("This service sends no mail, so nobody can register or reset a password here.")
    return context.mail


MailDep = Annotated[Mail, Depends(_mail)]


@router.get("/methods")
async def get_sign_in_methods(context: ContextDep) -> Methods:
    """How one can get in: what a sign-in page offers."""
    return Methods(registration=context.mail is not None, oidc=None)


@router.post(
    "/register", status_code=status.HTTP_202_ACCEPTED, responses=documented(Invalid, TooManyAttempts)
)
async def register(
    body: RegistrationRequest,
    context: ContextDep,
    mail: MailDep,
    occasion: OccasionDep,
    afterwards: BackgroundTasks,
) -> None:
    """Ask for an account. A mail follows; the answer is the same whether or not the address has one."""
    database, page = context.database, context.settings.public_url
    hashed = await service.register(database, body.email, body.password, occasion)
    afterwards.add_task(service.finish_registration, database, mail, page, body.email, hashed, occasion)


@router.post("/register/confirm", responses=documented(Unauthenticated, Gone, Invalid, TooManyAttempts))
async def confirm_registration(
    body: ConfirmationRequest,
    request: Request,
    session: WriteSession,
    context: ContextDep,
    occasion: OccasionDep,
    response: Response,
) -> Tokens:
    """The account, signed in, for the secret from the mail and the password that was chosen."""
    signed_in = await service.confirm_registration(
        session, context.database, context.tokens, body.token, body.password, occasion
    )
    response.headers["Cache-Control"] = "no-store"
    devices.give_cookie(request, response, signed_in.device)
    return signed_in.tokens


@router.post(
    "/password",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=documented(Unauthenticated, Invalid, TooManyAttempts),
)
async def change_password(
    body: PasswordChange,
    viewer: ViewerDep,
    session: WriteSession,
    context: ContextDep,
    occasion: OccasionDep,
    afterwards: BackgroundTasks,
) -> None:
    """A new password for the present one; every other device is signed out."""
    email = await service.change_password(
        session, context.database, viewer, body.present_password, body.new_password, occasion
    )
    letter = letters.password_changed(email, context.settings.public_url)
    afterwards.add_task(service.tell, context.mail, [letter])


@router.post(
    "/password-reset", status_code=status.HTTP_202_ACCEPTED, responses=documented(Invalid, TooManyAttempts)
)
async def ask_for_password_reset(
    body: ResetRequest,
    context: ContextDep,
    mail: MailDep,
    occasion: OccasionDep,
    afterwards: BackgroundTasks,
) -> None:
    """Ask for a new password. A mail follows if there is such an account; the answer does not tell."""
    database, page = context.database, context.settings.public_url
    await service.ask_for_reset(database, occasion)
    afterwards.add_task(service.send_reset, database, mail, page, body.email, occasion)


@router.post(
    "/password-reset/confirm",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=documented(Gone, Invalid, TooManyAttempts),
)
async def reset_password(
    body: ResetConfirmation,
    session: WriteSession,
    context: ContextDep,
    occasion: OccasionDep,
    afterwards: BackgroundTasks,
) -> None:
    """A new password for the secret from the mail; every device is signed out."""
    email = await service.reset_password(session, context.database, body.token, body.new_password, occasion)
    letter = letters.password_changed(email, context.settings.public_url)
    afterwards.add_task(service.tell, context.mail, [letter])
