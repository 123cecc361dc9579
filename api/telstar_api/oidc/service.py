"""To the provider and back.

Whom the provider names gets the account that is linked to them, by issuer and subject. Who has none yet gets
a new one if the provider says that their address is verified and no account has it. An account that exists
is never taken over by an address: its owner signs in to it as before, and links the provider from there.
"""

import hmac
import uuid
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.accounts import repository as accounts
from telstar_api.accounts.schemas import ADDRESS
from telstar_api.auth import repository as users
from telstar_api.auth.client import Occasion
from telstar_api.auth.digests import digest, new_secret
from telstar_api.auth.service import SignedIn, begin, note
from telstar_api.auth.tokens import AccessTokens
from telstar_api.database import Database
from telstar_api.models import OidcRequest, User
from telstar_api.oidc import repository
from telstar_api.oidc.id_token import Expected, Identity, IdTokenRefused, identity
from telstar_api.oidc.provider import CodeRefused, Provider, ProviderUnavailable
from telstar_api.oidc.schemas import Return
from telstar_api.problems import Conflict, Unauthenticated, Unavailable

WAY_LIFETIME = timedelta(minutes=10)
BEGIN_AGAIN = "The way through the identity provider was not completed: begin again."

log = structlog.get_logger()


class IdentityTaken(Conflict):
    """The address, or the identity at the provider, belongs to another account."""


async def depart(
    session: AsyncSession, provider: Provider, occasion: Occasion, user_id: uuid.UUID | None
) -> tuple[str, str]:
    """(where the browser is to go, the cookie that it must come back with). Raises Unavailable.

    With `user_id` it is to link the account, otherwise to sign in.
    """
    state, browser, nonce, verifier = (new_secret() for _ in range(4))
    try:
        url = await provider.authorization_url(state, nonce, verifier)
    except ProviderUnavailable as error:
        raise _unavailable(error) from error
    session.add(
        OidcRequest(
            state_hash=digest(state),
            browser_hash=digest(browser),
            nonce=nonce,
            code_verifier=verifier,
            user_id=user_id,
            expires_at=occasion.now + WAY_LIFETIME,
        )
    )
    return url, browser


async def arrive(
    session: AsyncSession,
    database: Database,
    provider: Provider,
    tokens: AccessTokens,
    back: Return,
    browser: str | None,
    occasion: Occasion,
) -> SignedIn:
    """Sign in whom the provider names. Raises Unauthenticated, IdentityTaken, Unavailable.

    The way is spent, whatever comes of it.
    """
    async with database.writing.begin() as own:
        way = await repository.take_request(own, digest(back.state), occasion.now)
    if way is None or browser is None or not hmac.compare_digest(digest(browser), way.browser_hash):
        raise Unauthenticated(BEGIN_AGAIN)
    if back.iss is not None and back.iss != provider.registration.issuer:
        raise Unauthenticated(BEGIN_AGAIN)
    who = await _whom(provider, way, back.code, occasion)
    user = await _account(session, who, way.user_id, occasion)
    return await begin(session, tokens, user, occasion, by="oidc")


async def _whom(provider: Provider, way: OidcRequest, code: str, occasion: Occasion) -> Identity:
    registration = provider.registration
    expected = Expected(registration.issuer, registration.client_id, way.nonce)
    try:
        token, keys = await provider.redeem(code, way.code_verifier)
        return identity(token, keys, expected, occasion.now)
    except ProviderUnavailable as error:
        raise _unavailable(error) from error
    except CodeRefused as error:
        raise Unauthenticated(BEGIN_AGAIN) from error
    except IdTokenRefused as error:
        log.warning("ID token refused", reason=str(error), issuer=registration.issuer)
        raise Unauthenticated("The identity provider's answer does not prove who you are.") from error


async def _account(
    session: AsyncSession, who: Identity, linking: uuid.UUID | None, occasion: Occasion
) -> User:
    user = await repository.linked(session, who)
    if linking is not None:
        return await _link(session, who, linking, user, occasion)
    return user or await _new_account(session, who, occasion)


async def _link(
    session: AsyncSession, who: Identity, linking: uuid.UUID, has: User | None, occasion: Occasion
) -> User:
    user = await users.user(session, linking)
    if user is None:
        raise Unauthenticated(BEGIN_AGAIN)
    if has is not None and has.id != user.id:
        raise IdentityTaken("This identity is linked to another account.")
    if has is None:
        await _linked(session, who, user, occasion)
    return user


async def _new_account(session: AsyncSession, who: Identity, occasion: Occasion) -> User:
    email = (who.email or "").strip().lower()
    if not ADDRESS.fullmatch(email):
        raise Unauthenticated("The identity provider vouches for no email address of yours.")
    user = await accounts.new_account(session, email, None)
    if user is None:
        raise IdentityTaken(
            "There is an account with this address: sign in to it with its password, then link the provider."
        )
    await _linked(session, who, user, occasion)
    note(session, "auth.registered", user.id, user.id, occasion, by="oidc")
    return user


async def _linked(session: AsyncSession, who: Identity, user: User, occasion: Occasion) -> None:
    if not await repository.link(session, who, user, occasion.now):
        raise IdentityTaken("This identity was linked to another account just now.")
    note(session, "auth.identity-linked", user.id, user.id, occasion, issuer=who.issuer)


def _unavailable(error: ProviderUnavailable) -> Unavailable:
    log.error("identity provider unavailable", error=str(error))
    return Unavailable("The identity provider does not answer: try again in a moment.")
