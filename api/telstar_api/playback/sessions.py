"""When a playback session counts, and what it may go on with. Pure: rows and moments in, verdicts out."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto

from telstar_api.entitlement.decision import Decision
from telstar_api.entitlement.rights import Right

HEARTBEAT = timedelta(seconds=30)
# Browsers run timers of pages in the background only once a minute.
SILENCE = 4 * HEARTBEAT
# How much longer than the programme itself somebody may take who started it over in its last moment.
PAUSES = timedelta(hours=1)
# A sign-in counts as a device of the account for so long after it was last played on.
DEVICE_DAYS = timedelta(days=30)

TOKEN_BYTES = 32

TOO_MANY = frozenset({"too-many-streams", "too-many-devices"})


class Standing(Enum):
    """What has become of a session."""

    OPEN = auto()
    ENDED = auto()  # by its viewer, by a session that took its place, or with its sign-in
    SILENT = auto()  # its heartbeats stayed away


class EndReason(StrEnum):
    """How a session ended."""

    VIEWER = "viewer"
    TAKEN_OVER = "taken-over"
    SIGNED_OUT = "signed-out"


def standing(last_seen_at: datetime, ended_at: datetime | None, now: datetime) -> Standing:
    """Whether a session is still watched."""
    if ended_at is not None:
        return Standing.ENDED
    return Standing.OPEN if now - last_seen_at <= SILENCE else Standing.SILENT


def may_go_on(decision: Decision) -> bool:
    """Whether a session that was allowed to begin may go on, by what is decided now.

    A programme that ends while it is started over may be watched to its end; and a schedule that moves does
    not put a programme on air again for those who are catching up on it.
    """
    facts = decision.facts
    codes = set(decision.codes)
    if facts.right is Right.START_OVER and facts.programme is not None:
        length = facts.programme.end - facts.programme.start
        if facts.now < facts.programme.end + length + PAUSES:
            codes.discard("programme-ended")
    if facts.right is Right.CATCH_UP:
        codes.discard("programme-running")
    return not codes


def only_too_many(decision: Decision) -> bool:
    """Whether nothing stands in the way but what else is being watched with the account."""
    return not decision.allowed and decision.codes <= TOO_MANY


def new_token() -> str:
    """A secret for a manifest's path: 32 random bytes as base64url, 43 characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """What is kept of a token: SHA-256 is enough for what is as random as its digest."""
    return hashlib.sha256(token.encode()).digest()
