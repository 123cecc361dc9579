"""How often somebody may be wrong about a PIN or a password. Pure: counts and moments in, moments out.

Each sign-in of an account has a count of its own: who guesses on one device makes nobody wait on another. A
PIN of four digits takes weeks to guess so; and whoever signs in anew to guess on knows the password, which
changes the PIN anyway.
"""

from datetime import datetime, timedelta

FREE = 5
PAUSE = timedelta(minutes=15)


def count(before: int, last: datetime, now: datetime) -> int:
    """How many wrong tries there are with this one: a pause without any forgets those before."""
    return 1 if now - last >= PAUSE else before + 1


def open_again(wrong: int, last: datetime, now: datetime) -> datetime | None:
    """When the next try may be made; None: now."""
    return last + PAUSE if wrong >= FREE and now - last < PAUSE else None
