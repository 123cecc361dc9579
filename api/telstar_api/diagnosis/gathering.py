"""Gathers what lies behind a decision: keys, what is stored, the channel's pod, the player's errors."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import models
from telstar_api.channels.resources import ReadResource, ResourceUnknown
from telstar_api.channels.service import SECONDS_BEHIND, SLOTS_BEHIND
from telstar_api.channels.stored import Journals, Span
from telstar_api.diagnosis.findings import (
    RECENT,
    Complaint,
    Gap,
    Key,
    Keys,
    OnAir,
    Pod,
    SignedIn,
    Storage,
)
from telstar_api.entitlement.decision import Decision
from telstar_api.entitlement.rights import Right
from telstar_api.keys import repository as content_keys
from telstar_api.keys.wrapping import KeyWrapping
from telstar_api.playback.devices import device_name
from telstar_api.player_errors import repository as player_errors
from telstar_api.problems import Unavailable

MOST_ERRORS = 50


@dataclass(frozen=True)
class Sources:
    """Where facts come from, beside the database."""

    journals: Journals
    wrapping: KeyWrapping
    read_resource: ReadResource


def on_air(row: models.Channel) -> OnAir:
    """The channel as registered."""
    return OnAir(
        name=row.name,
        display_name=row.display_name,
        number=row.number,
        running=row.state == "Running",
        encrypted=row.drm_enabled,
        registered_at=row.registered_at,
        retention=timedelta(seconds=row.retention_seconds),
        stale_after=_stale_after(row),
    )


def signed_in(row: models.SignIn) -> SignedIn:
    """A sign-in, with what to call its device."""
    return SignedIn(row.created_at, row.last_used_at, device_name(row.user_agent))


async def keys(
    session: AsyncSession, sources: Sources, row: models.Channel, stored: Storage | None, now: datetime
) -> Keys:
    """The channel's keys, each tried whether it opens; they themselves go nowhere."""
    rows = await content_keys.of_channel(session, row.name)
    begun = [item for item in rows if item.valid_from <= now]
    ahead = [item for item in rows if item.valid_from > now]
    known = {item.kid for item in rows}
    return Keys(
        in_force=_key(sources.wrapping, begun[-1]) if begun else None,
        following=_key(sources.wrapping, ahead[0]) if ahead else None,
        count=len(rows),
        lost=tuple(sorted(stored.kids - known)) if stored else (),
    )


async def storage(
    journals: Journals, row: models.Channel, decision: Decision, now: datetime
) -> Storage | None:
    """What is stored of what is asked for; None where the volume cannot be read.

    What may still be on its way to the volume counts for no gap.
    """
    try:
        span = await journals.coverage(row.name)
        time = _time(decision, span, now, _stale_after(row))
        held = await journals.holdings(row.name, time)
    except Unavailable:
        return None
    return Storage(
        start=time.start,
        end=time.end,
        fraction=held.fraction,
        gaps=tuple(Gap(gap.start, gap.end) for gap in held.gaps),
        newest=span.end if span else None,
        oldest=span.start if span else None,
        kids=held.kids,
    )


async def pod(read_resource: ReadResource, name: str) -> Pod:
    """What Kubernetes says of the channel's pod."""
    try:
        resource = await read_resource(name)
    except ResourceUnknown as error:
        return Pod(unknown=str(error))
    if resource is None:
        return Pod()
    return Pod(True, resource.conditions, resource.restarts)


async def complaints(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> tuple[Complaint, ...]:
    """What the viewer's players reported within the last hour, newest first."""
    rows: Sequence[models.PlayerError] = await player_errors.newest(
        session, user_id, now - RECENT, MOST_ERRORS
    )
    return tuple(Complaint(row.at, row.code, row.message, row.fatal, row.channel, row.mode) for row in rows)


def _time(decision: Decision, stored: Span | None, now: datetime, late: timedelta) -> Span:
    """The programme, as far as it must be stored by now; live, the last hour before the newest slot's end.

    A channel that began within that hour lacks nothing from before. That nothing came since is told by the
    newest slot's age.
    """
    programme = decision.facts.programme
    if decision.facts.right is Right.LIVE or programme is None:
        end = stored.end if stored else now
        return Span(max(end - RECENT, stored.start) if stored else end - RECENT, end)
    due = min(now, max(stored.end if stored else now - late, now - late))
    end = min(programme.end, due)
    return Span(min(programme.start, end), end)


def _stale_after(row: models.Channel) -> timedelta:
    return timedelta(seconds=SLOTS_BEHIND * row.segment_seconds + SECONDS_BEHIND)


def _key(wrapping: KeyWrapping, row: models.DrmKey) -> Key:
    return Key(row.kid, row.valid_from, wrapping.opens(row.wrapped_key, row.kek_id))
