"""Browsers that signed in to an account before. Guessing from elsewhere cannot keep them out.

The idea is OWASP's device cookies: attempts of a browser that is known to the account are counted on their
own, all others by where they come from. An attacker can use up their own attempts, never the owner's.
"""

import uuid
from datetime import timedelta

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.auth import repository
from telstar_api.auth.client import DEVICE_COOKIE, Occasion
from telstar_api.auth.digests import digest, new_secret
from telstar_api.limits import service as limits
from telstar_api.limits.decision import Limit
from telstar_api.limits.service import Counter

COOKIE_PATH = "/api/v1/auth"
COOKIE_LIFETIME = timedelta(days=365)

_QUARTER, _DAY = timedelta(minutes=15), timedelta(days=1)
# A household, or an office behind one address: many people, and now and then one who mistypes.
BY_ADDRESS = Limit(free=50, first=timedelta(seconds=1), longest=timedelta(minutes=1), memory=_QUARTER)
BY_ACCOUNT_AND_ADDRESS = Limit(free=5, first=timedelta(seconds=1), longest=_QUARTER, memory=_DAY)
BY_ACCOUNT_AND_DEVICE = Limit(free=10, first=timedelta(seconds=1), longest=_QUARTER, memory=_DAY)


class SignInAttempt:
    """What one attempt to sign in counts on."""

    def __init__(self, email: str, occasion: Occasion, *, known_device: bool) -> None:
        self._occasion = occasion
        device, household = occasion.client.device, occasion.client.household
        if known_device and device is not None:
            self._own = Counter(("sign-in", "device", email, device), BY_ACCOUNT_AND_DEVICE)
            self._shared = None
        else:
            self._own = Counter(("sign-in", "account", email, household), BY_ACCOUNT_AND_ADDRESS)
            self._shared = Counter(("sign-in", "address", household), BY_ADDRESS)

    @property
    def counters(self) -> list[Counter]:
        """All that must let it through."""
        return [self._own, self._shared] if self._shared else [self._own]

    async def succeeded(self, session: AsyncSession) -> None:
        """It was not in vain."""
        await limits.succeeded(session, [self._own])
        if self._shared:
            await limits.take_back(session, self._shared, self._occasion.now)


async def attempt(session: AsyncSession, email: str, occasion: Occasion) -> SignInAttempt:
    """What an attempt from here, at this account (whether or not there is one), counts on."""
    email, device = email.strip().lower(), occasion.client.device
    known = device is not None and await repository.device_known(session, email, digest(device))
    return SignInAttempt(email, occasion, known_device=known)


async def remember(session: AsyncSession, user_id: uuid.UUID, occasion: Occasion) -> str:
    """Know this browser from now on; answers the cookie it is to keep.

    A cookie that no account knows is not taken over: somebody else may have put it there.
    """
    device = occasion.client.device
    if device is None or not await repository.device_known_to_any(session, digest(device)):
        device = new_secret()
    await repository.know_device(session, user_id, digest(device), occasion.now)
    return device


def give_cookie(request: Request, response: Response, device: str) -> None:
    """The browser keeps it, scripts do not see it, and it goes to sign-in alone."""
    response.set_cookie(
        DEVICE_COOKIE,
        device,
        max_age=int(COOKIE_LIFETIME.total_seconds()),
        path=COOKIE_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
