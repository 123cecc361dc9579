"""The guide: what is on when, and what the viewer may do with it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import models
from telstar_api.auth.tokens import Viewer
from telstar_api.channels import repository as channels
from telstar_api.channels.policies import known, showing
from telstar_api.channels.stored import Journals, Span, anything_stored, stored_if_known
from telstar_api.entitlement import service as entitlement
from telstar_api.entitlement.decision import Decision, decide_programmes
from telstar_api.entitlement.facts import Account, Circumstances, Programme
from telstar_api.entitlement.rights import Right
from telstar_api.problems import Invalid, InvalidInput
from telstar_api.schedule import repository, schemas

DEFAULT_BEFORE = timedelta(hours=1)
DEFAULT_LENGTH = timedelta(hours=6)
LONGEST = timedelta(days=7)
YEARS = range(2000, 2100)


def guide_range(start: datetime | None, end: datetime | None, now: datetime) -> Span:
    """The range asked for, with what was left out filled in. Raises Invalid."""
    for pointer, time in (("query/from", start), ("query/to", end)):
        if time is not None and (time.tzinfo is None or time.year not in YEARS):
            detail = "must be a time of this century with an offset, such as 2026-11-22T18:00:00Z"
            raise Invalid(InvalidInput(pointer=pointer, detail=detail))
    first = start or (end - DEFAULT_LENGTH if end else now - DEFAULT_BEFORE)
    last = end or first + DEFAULT_LENGTH
    if last <= first:
        raise Invalid(InvalidInput(pointer="query/to", detail="must be later than from"))
    if last - first > LONGEST:
        raise Invalid(
            InvalidInput(pointer="query/to", detail=f"must be at most {LONGEST.days} days after from")
        )
    return Span(first.astimezone(UTC), last.astimezone(UTC))


async def guide(
    session: AsyncSession,
    journals: Journals,
    viewer: Viewer,
    circumstances: Circumstances,
    within: Span,
    now: datetime,
) -> schemas.Guide:
    """Every channel's programmes that overlap the range: three queries, whatever its length."""
    account = await entitlement.account(session, viewer.id)
    rows = await channels.everything(session)
    entries = await repository.overlapping(session, [row.name for row in rows], within.start, within.end)
    by_channel: dict[str, list[models.ScheduleEntry]] = {row.name: [] for row in rows}
    for entry in entries:
        by_channel[entry.channel].append(entry)
    return schemas.Guide(
        channels=[
            await _channel(journals, account, row, by_channel[row.name], circumstances, now) for row in rows
        ]
    )


async def titles(session: AsyncSession, channel: str, within: Span) -> schemas.Titles:
    """What one channel shows in the range, for its overlay; the channel need not be registered."""
    entries = await repository.overlapping(session, [channel], within.start, within.end)
    return schemas.Titles(
        programmes=[
            schemas.Title(start=entry.starts_at, end=entry.ends_at, title=entry.title) for entry in entries
        ]
    )


async def programme(journals: Journals, entry: models.ScheduleEntry, now: datetime) -> Programme:
    """A schedule entry as entitlement knows it, with how much of it is stored."""
    return (await _programmes(journals, entry.channel, [entry], now))[0]


async def _channel(
    journals: Journals,
    account: Account,
    channel: models.Channel,
    entries: Sequence[models.ScheduleEntry],
    circumstances: Circumstances,
    now: datetime,
) -> schemas.GuideChannel:
    programmes = await _programmes(journals, channel.name, entries, now)
    stored = await anything_stored(journals, channel.name)
    decisions = decide_programmes(now, account, known(channel, now, stored), programmes, circumstances)
    await asyncio.sleep(0)  # a long guide lets other requests in between its channels
    return schemas.GuideChannel(
        name=channel.name,
        display_name=channel.display_name,
        number=channel.number,
        programmes=[
            _entry(entry, programme.stored, judged)
            for entry, programme, judged in zip(entries, programmes, decisions, strict=True)
        ],
    )


async def _programmes(
    journals: Journals, channel: str, entries: Sequence[models.ScheduleEntry], now: datetime
) -> list[Programme]:
    """Of a running programme, what was broadcast so far counts as the whole."""
    begun = [entry for entry in entries if entry.starts_at < now]
    spans = [Span(entry.starts_at, min(entry.ends_at, now)) for entry in begun]
    stored = {
        entry.id: part
        for entry, part in zip(begun, await stored_if_known(journals, channel, spans), strict=True)
    }
    return [showing(entry, stored.get(entry.id)) for entry in entries]


def _entry(
    entry: models.ScheduleEntry, stored: float | None, judged: dict[Right, Decision]
) -> schemas.Programme:
    return schemas.Programme(
        id=entry.id,
        title=entry.title,
        description=entry.description,
        category=entry.category,
        start=entry.starts_at,
        end=entry.ends_at,
        stored=stored,
        actions=schemas.ProgrammeActions(
            live=entitlement.action(judged[Right.LIVE]),
            start_over=entitlement.action(judged[Right.START_OVER]),
            catch_up=entitlement.action(judged[Right.CATCH_UP]),
            record=entitlement.action(judged[Right.RECORD]),
        ),
    )
