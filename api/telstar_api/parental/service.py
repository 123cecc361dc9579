"""Setting an age limit and its PIN, and whether a PIN is the right one."""

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.auth import passwords
from telstar_api.auth.tokens import Viewer
from telstar_api.models import User
from telstar_api.parental import repository
from telstar_api.parental.schemas import NewParentalControl, ParentalControl
from telstar_api.parental.tries import PAUSE, count, open_again
from telstar_api.problems import Forbidden, Invalid, InvalidInput, TooManyRequests, Unauthenticated

NO_SIGN_IN = uuid.UUID(int=0)


class WrongPassword(Forbidden):
    """The password is not the account's."""

    keeps_writes = True  # that it was tried counts


async def pin_matches(
    session: AsyncSession,
    user_id: uuid.UUID,
    pin: str,
    now: datetime,
    sign_in: uuid.UUID = NO_SIGN_IN,
) -> bool:
    """Whether this is the account's PIN; never, where it has none.

    The session must be one that writes, and what it wrote be committed also where the answer is a refusal
    (`Refused.keeps_writes`): a wrong PIN counts. Raises TooManyRequests, whatever the PIN, after too many
    wrong ones of the same `sign_in` (the token's `sid`).
    """
    hashed = await repository.pin_hash(session, user_id)
    return hashed is not None and await _tried(session, user_id, sign_in, pin, hashed, now)


async def parental_control(session: AsyncSession, user_id: uuid.UUID) -> ParentalControl:
    """How it is set. Raises Unauthenticated where the account is gone."""
    return _said(await _user(session, user_id))


async def change(
    session: AsyncSession, viewer: Viewer, request: NewParentalControl, now: datetime
) -> ParentalControl:
    """Set the age limit, and the PIN where one is given.

    Raises:
        Unauthenticated: the account is gone.
        Invalid: an age limit without any PIN, or a PIN that nothing takes.
        WrongPassword: that is not the account's password.
        TooManyRequests: it was wrong too often.
    """
    user = await _user(session, viewer.id)
    _check(user, request)
    if not await _tried(session, user.id, viewer.sign_in, request.password, user.password_hash, now):
        raise WrongPassword("The password is not that of this account.")
    if request.age_limit is None:
        user.pin_hash = None
    elif request.pin is not None:
        user.pin_hash = await passwords.hashed(request.pin)
    user.age_limit = request.age_limit
    return _said(user)


def _check(user: User, request: NewParentalControl) -> None:
    if request.age_limit is None and request.pin is not None:
        detail = "nothing takes a PIN without an age limit: give age_limit, or leave pin out"
        raise Invalid(InvalidInput(pointer="body/pin", detail=detail))
    if request.age_limit is not None and request.pin is None and user.pin_hash is None:
        raise Invalid(InvalidInput(pointer="body/pin", detail="an age limit needs a PIN: give one"))


async def _tried(
    session: AsyncSession,
    user_id: uuid.UUID,
    sign_in: uuid.UUID,
    secret: str,
    hashed: str | None,
    now: datetime,
) -> bool:
    """Whether the secret is right; that it is wrong is counted. Raises TooManyRequests."""
    if not await repository.alone(session, user_id, sign_in):
        raise TooManyRequests("Another try is being checked: one at a time.", seconds=1)
    tries = await repository.wrong_tries(session, user_id, sign_in)
    wait = open_again(tries.count, tries.last_at, now) if tries else None
    if wait is not None:
        seconds = int((wait - now).total_seconds()) + 1
        raise TooManyRequests(f"That was wrong too often: try again after {wait:%H:%M} UTC.", seconds)
    if await passwords.matches(secret, hashed):
        await repository.forget_wrong(session, user_id, sign_in)
        return True
    await repository.forget_before(session, user_id, now - PAUSE)
    wrong = count(tries.count, tries.last_at, now) if tries else 1
    await repository.note_wrong(session, user_id, sign_in, wrong, now)
    return False


async def _user(session: AsyncSession, user_id: uuid.UUID) -> User:
    user = await repository.user(session, user_id)
    if user is None:
        raise Unauthenticated("This account no longer exists.")
    return user


def _said(user: User) -> ParentalControl:
    return ParentalControl(age_limit=user.age_limit, has_pin=user.pin_hash is not None)
