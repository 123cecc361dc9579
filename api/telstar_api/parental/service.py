"""Setting an age limit and its PIN, and whether a PIN is the right one."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.auth import passwords
from telstar_api.auth.client import Occasion
from telstar_api.auth.service import note
from telstar_api.auth.tokens import Viewer
from telstar_api.database import Database
from telstar_api.limits import service as limits
from telstar_api.limits.decision import Limit
from telstar_api.limits.service import Counter
from telstar_api.models import User
from telstar_api.parental import repository
from telstar_api.parental.schemas import NewParentalControl, ParentalControl
from telstar_api.problems import Forbidden, Invalid, InvalidInput, Unauthenticated

PAUSE = timedelta(minutes=15)
TRIES = 5
# The pause begins with the last of the tries, and whoever has waited it out has all of them again: a PIN of
# four digits takes weeks to guess so.
GUESSES = Limit(free=TRIES - 1, first=PAUSE, longest=PAUSE, memory=PAUSE)


async def pin_matches(database: Database, viewer: Viewer, pin: str, now: datetime) -> bool:
    """Whether this is the account's PIN; never, where it has none.

    In transactions of its own, whatever becomes of the request. Raises TooManyAttempts, whatever the PIN,
    after too many wrong ones of the same sign-in.
    """
    async with database.reading() as session:
        hashed = await repository.pin_hash(session, viewer.id)
    if hashed is None:
        return False
    counter = _guesses(viewer)
    await limits.take(database, [counter], now)
    if not await passwords.matches(pin, hashed):
        return False
    async with database.writing.begin() as session:
        await limits.succeeded(session, [counter])
    return True


async def parental_control(session: AsyncSession, user_id: uuid.UUID) -> ParentalControl:
    """How it is set. Raises Unauthenticated where the account is gone."""
    return _said(await _user(session, user_id))


async def change(
    session: AsyncSession,
    database: Database,
    viewer: Viewer,
    request: NewParentalControl,
    occasion: Occasion,
) -> ParentalControl:
    """Set the age limit, and the PIN where one is given.

    Raises:
        Unauthenticated: the account is gone.
        Invalid: an age limit without any PIN, or a PIN that nothing takes.
        Forbidden: that is not the account's password.
        TooManyAttempts: it, or the PIN, was wrong too often.
    """
    user = await _user(session, viewer.id)
    _check(user, request)
    await session.close()  # counting and a hash take long: meanwhile the connection is for others
    counter = _guesses(viewer)
    await limits.take(database, [counter], occasion.now)
    if not await passwords.matches(request.password, user.password_hash):
        raise Forbidden("The password is not that of this account.")
    await limits.succeeded(session, [counter])
    user = await _user(session, viewer.id)
    _check(user, request)  # anew, for what another request has done meanwhile
    note(session, "parental.changed", viewer.id, user.id, occasion, **_changes(user, request))
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


def _changes(user: User, request: NewParentalControl) -> dict[str, str | int | None]:
    """For the audit log: both age limits, and what becomes of the PIN, never the PIN itself."""
    if request.age_limit is None:
        pin = "forgotten" if user.pin_hash is not None else "none"
    else:
        pin = "kept" if request.pin is None else "set"
    return {"age_limit_before": user.age_limit, "age_limit": request.age_limit, "pin": pin}


def _guesses(viewer: Viewer) -> Counter:
    """Wrong PINs and passwords together. A count a sign-in: guessing on one makes nobody wait on another.

    Whoever signs in anew to guess on knows the password, which changes the PIN anyway.
    """
    return Counter(("parental", str(viewer.id), str(viewer.sign_in)), GUESSES)


async def _user(session: AsyncSession, user_id: uuid.UUID) -> User:
    user = await repository.user(session, user_id)
    if user is None:
        raise Unauthenticated("This account no longer exists.")
    return user


def _said(user: User) -> ParentalControl:
    return ParentalControl(age_limit=user.age_limit, has_pin=user.pin_hash is not None)
