"""Which keys a channel's stored time has, which one is on the air, and which comes next: ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telstar_kubectl.facts import Live
from telstar_kubectl.overview import current, cut_off, upcoming
from telstar_kubectl.words import clock, rfc_3339

HEADER = ("KID", "FROM", "UNTIL", "USE")
ON_AIR, ANNOUNCED, PAST = "on the air", "announced", "past"


@dataclass(frozen=True)
class KeyRow:
    """One use of a key. `before` where it was in use already when the time that was looked at begins."""

    kid: str
    start: datetime | None
    until: datetime | None
    use: str
    before: bool = False


def history(live: Live) -> list[KeyRow]:
    """Oldest first, the announced key last."""
    stored, present = live.stored.value, current(live)
    uses = list(stored.keys) if stored else []
    rows = [KeyRow(use.kid, use.start, use.until, PAST, cut_off(live, use)) for use in uses]
    if rows and rows[-1].kid == present:
        last = rows.pop()
        rows.append(KeyRow(last.kid, last.start, None, ON_AIR, last.before))
    elif present:
        rows.append(KeyRow(present, None, None, ON_AIR))
    kid, due = upcoming(live)
    if kid and kid != present:
        rows.append(KeyRow(kid, due, None, ANNOUNCED))
    if live.channel.stopped:  # nothing is on the air
        return [row if row.use != ON_AIR else KeyRow(row.kid, row.start, None, "in force") for row in rows]
    return rows


def cells(row: KeyRow, now: datetime) -> tuple[str, ...]:
    """The row for people, in the order of HEADER."""
    start = clock(row.start, now) if row.start else "–"
    return (
        row.kid,
        f"{start} or before" if row.before else start,
        clock(row.until, now) if row.until else "–",
        row.use,
    )


def as_json(row: KeyRow) -> dict[str, Any]:
    """The row for programs."""
    return {"kid": row.kid, "from": rfc_3339(row.start), "until": rfc_3339(row.until), "use": row.use}
