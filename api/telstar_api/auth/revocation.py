"""Access tokens are checked without the database; this is what they cannot say about themselves.

Each process keeps what was revoked within the last token's lifetime: sign-ins that ended, accounts that
changed. It hears of them by NOTIFY (migration 0006), within moments and whoever wrote; while it cannot hear,
it asks the database for each token.
"""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from psycopg import AsyncConnection

from telstar_api.auth import repository
from telstar_api.auth.tokens import LIFETIME, TokenRefused, Viewer
from telstar_api.database import Database
from telstar_api.notices import Notices

CHANNEL = "telstar_revocations"
# A token may be issued a moment before the revocation is committed, and clocks differ.
REMEMBERED = LIFETIME + timedelta(minutes=2)

ENDED = "This sign-in has ended: sign in again."
GONE = "This account no longer exists."
INACTIVE = "This account is not active."
ROLE_CHANGED = "The account's role has changed: refresh the access token."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Revocation:
    """A sign-in that ended, or what an account has become (`role` None: it was deleted)."""

    sign_in: uuid.UUID | None = None
    account: uuid.UUID | None = None
    role: str | None = None
    active: bool = False

    @classmethod
    def read(cls, payload: str) -> "Revocation":
        """From a notice: a JSON object as the trigger makes it. Raises ValueError for anything else."""
        match json.loads(payload):
            case {"sign_in": str(sign_in), "account": None}:
                return cls(sign_in=uuid.UUID(sign_in))
            case {
                "sign_in": None,
                "account": str(account),
                "role": str() | None as role,
                "active": bool(active),
            }:
                return cls(account=uuid.UUID(account), role=role, active=active)
            case _:
                raise ValueError("a notice of no known shape")


def standing(viewer: Viewer, role: str | None, active: bool) -> str | None:
    """Why an account that has this role and state does not bear out the token; None where it does."""
    if role is None:
        return GONE
    if not active:
        return INACTIVE
    return ROLE_CHANGED if role != viewer.role else None


class Revoked:
    """What was revoked lately, in memory; `now` is monotonic time in seconds."""

    def __init__(self) -> None:
        self._sign_ins: dict[uuid.UUID, float] = {}
        self._accounts: dict[uuid.UUID, tuple[Revocation, float]] = {}

    def add(self, revocation: Revocation, now: float) -> None:
        """Remember it for as long as a token from before may last, and forget what is older."""
        self._forget(now)
        until = now + REMEMBERED.total_seconds()
        # Dictionaries keep order: the newest comes last, also where it was there before.
        if revocation.sign_in is not None:
            self._sign_ins.pop(revocation.sign_in, None)
            self._sign_ins[revocation.sign_in] = until
        if revocation.account is not None:
            self._accounts.pop(revocation.account, None)
            self._accounts[revocation.account] = revocation, until

    def clear(self) -> None:
        """Forget all."""
        self._sign_ins.clear()
        self._accounts.clear()

    def reason(self, viewer: Viewer) -> str | None:
        """Why the token does not count any more; None where nothing was revoked."""
        if viewer.sign_in in self._sign_ins:
            return ENDED
        if viewer.id not in self._accounts:
            return None
        revocation, _ = self._accounts[viewer.id]
        return standing(viewer, revocation.role, revocation.active)

    def _forget(self, now: float) -> None:
        while self._sign_ins and (oldest := next(iter(self._sign_ins))) and self._sign_ins[oldest] <= now:
            del self._sign_ins[oldest]
        while self._accounts and self._accounts[first := next(iter(self._accounts))][1] <= now:
            del self._accounts[first]


class Revocations:
    """Whether a token's sign-in and account still stand."""

    def __init__(
        self, notices: Notices, database: Database, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._notices, self._database, self._monotonic = notices, database, monotonic
        self._revoked = Revoked()
        notices.subscribe(CHANNEL, self._heard, self._revoked.clear, self._load)

    async def check(self, viewer: Viewer) -> None:
        """Raises TokenRefused where the sign-in has ended or the account is not what the token says."""
        if self._notices.fresh():
            reason = self._revoked.reason(viewer)
        else:
            reason = await self._ask(viewer)
        if reason is not None:
            raise TokenRefused(reason)

    async def _ask(self, viewer: Viewer) -> str | None:
        async with self._database.reading() as session:
            found = await repository.standing(session, viewer.id, viewer.sign_in)
        if found is None:
            return ENDED
        return standing(viewer, found.role, found.active)

    def _heard(self, payload: str) -> None:
        self._revoked.add(Revocation.read(payload), self._monotonic())

    async def _load(self, connection: AsyncConnection[tuple[object, ...]]) -> None:
        now = self._monotonic()
        for payload in await repository.revocations(connection, REMEMBERED):
            self._revoked.add(Revocation.read(payload), now)
