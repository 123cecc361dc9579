"""Channels as viewers see them, and as the operator registers them."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import models
from telstar_api.auth.tokens import Viewer
from telstar_api.channels import repository, schemas
from telstar_api.channels.policies import known, showing
from telstar_api.channels.stored import Journals, Span, anything_stored
from telstar_api.entitlement import service as entitlement
from telstar_api.entitlement.decision import decide
from telstar_api.entitlement.facts import Account, Circumstances, Facts
from telstar_api.entitlement.rights import Right
from telstar_api.keys import repository as keys
from telstar_api.schedule import repository as schedule

# The newest slot of a channel in good health is one slot old, plus what publishing takes; SimLive itself
# counts as ready on the same terms (docs/architecture.md).
SLOTS_BEHIND = 3
SECONDS_BEHIND = 2


async def channels(
    session: AsyncSession, journals: Journals, viewer: Viewer, circumstances: Circumstances, now: datetime
) -> list[schemas.Channel]:
    """All channels by number, with what is on and whether the viewer may watch live."""
    account = await entitlement.account(session, viewer.id)
    rows = await repository.everything(session)
    entries = await schedule.overlapping(session, [row.name for row in rows], now, now + timedelta.resolution)
    on_now = {entry.channel: entry for entry in entries}
    return [await _channel(journals, account, row, on_now.get(row.name), circumstances, now) for row in rows]


async def _channel(
    journals: Journals,
    account: Account,
    row: models.Channel,
    on_now: models.ScheduleEntry | None,
    circumstances: Circumstances,
    now: datetime,
) -> schemas.Channel:
    stored = await anything_stored(journals, row.name)
    programme = showing(on_now) if on_now else None
    live = decide(Facts(now, Right.LIVE, account, known(row, now, stored), programme, circumstances))
    return schemas.Channel(
        name=row.name,
        display_name=row.display_name,
        number=row.number,
        state=row.state,
        ready=fresh(row, await journals.coverage(row.name) if stored else None, now),
        now=_on_now(on_now),
        actions=schemas.ChannelActions(live=entitlement.action(live)),
    )


def fresh(row: models.Channel, coverage: Span | None, now: datetime) -> bool:
    """Whether the channel runs and its newest slot is as young as a live channel's must be."""
    limit = timedelta(seconds=SLOTS_BEHIND * row.segment_seconds + SECONDS_BEHIND)
    return row.state == "Running" and coverage is not None and now - coverage.end <= limit


async def status(session: AsyncSession, journals: Journals, name: str, asks: str) -> schemas.ChannelStatus:
    """All that is known of a channel, registered or not; asks is the uid of the account that asks."""
    row = await repository.find(session, name)
    coverage = await journals.coverage(name)
    return schemas.ChannelStatus(
        registration=_registration(row, asks) if row else None,
        kids=[key.kid for key in await keys.of_channel(session, name)],
        last_segment_time=coverage.end if coverage else None,
        stored_from=coverage.start if coverage else None,
    )


async def registrations(session: AsyncSession, asks: str) -> schemas.Registrations:
    """Every registration, whether or not there is a Channel any more, as status."""
    rows = sorted(await repository.everything(session), key=lambda row: row.name)
    return schemas.Registrations(registrations=[_registration(row, asks) for row in rows])


async def register(
    session: AsyncSession, name: str, request: schemas.NewRegistration, by: str, now: datetime
) -> schemas.Registration:
    """Make the registration say what the operator says; by is the uid of its account."""
    row = {"name": name, "registered_at": now, "registered_by": by, **request.model_dump()}
    return _registration(await repository.put(session, row), by)


async def forget(session: AsyncSession, name: str) -> None:
    """End the registration; products and schedule that name the channel stay."""
    await repository.remove(session, name)


def _registration(row: models.Channel, asks: str) -> schemas.Registration:
    said = {name: getattr(row, name) for name in schemas.Registration.model_fields if name != "own"}
    return schemas.Registration(**said, own=row.registered_by == asks)


def _on_now(entry: models.ScheduleEntry | None) -> schemas.OnNow | None:
    if entry is None:
        return None
    return schemas.OnNow(
        id=entry.id,
        title=entry.title,
        description=entry.description,
        category=entry.category,
        start=entry.starts_at,
        end=entry.ends_at,
    )
