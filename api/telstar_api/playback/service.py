"""Playback sessions: begun after a decision, kept alive by heartbeats, asked about for every playlist."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import parental
from telstar_api.auth.tokens import Viewer
from telstar_api.channels import repository as channels
from telstar_api.channels.policies import known, showing
from telstar_api.channels.stored import Journals, anything_stored
from telstar_api.database import Database
from telstar_api.entitlement import service as entitlement
from telstar_api.entitlement.decision import Decision
from telstar_api.entitlement.facts import Channel, Circumstances, Programme
from telstar_api.entitlement.rights import Mode
from telstar_api.keys import repository as keys
from telstar_api.models import ScheduleEntry, TstvSession
from telstar_api.playback import repository
from telstar_api.playback.problems import ConflictingSession, EndedBy, SessionEnded, TooMuchAtOnce
from telstar_api.playback.schemas import Heartbeat, NewPlayback, NextKey, Playback
from telstar_api.playback.sessions import (
    HEARTBEAT,
    EndReason,
    Standing,
    may_go_on,
    new_token,
    only_too_many,
    standing,
    token_hash,
)
from telstar_api.playback.viewing import Sought, Taker, going_on, shown, to_begin, watched
from telstar_api.player_errors import service as player_errors
from telstar_api.player_errors.schemas import PlayerReport
from telstar_api.problems import Forbidden, NotFound, Unauthenticated
from telstar_api.schedule import repository as schedule
from telstar_api.schedule.service import programme as programme_facts
from telstar_api.tstv.paths import Watched, index_path
from telstar_api.tstv.playlist import LICENCE_PATH

UNKNOWN = "This address belongs to no playback session: begin one with POST /api/v1/playback."
SILENT = "This playback session is over, because its heartbeats stayed away: begin a new one."
SMALLER = "The account's largest picture is smaller now than this address offers: begin a new session."
NOT_YOURS = "You have no such playback session."


@dataclass(frozen=True, slots=True)
class Pass:
    """A session may have this now; `programme` unless it watches live."""

    watched: Watched
    programme: ScheduleEntry | None


async def with_pin(
    database: Database, viewer: Viewer, pin: str | None, circumstances: Circumstances, now: datetime
) -> Circumstances:
    """The circumstances, and whether the account's PIN was given. Raises TooManyAttempts, as for guesses."""
    if pin is None:
        return circumstances
    return replace(circumstances, pin_given=await parental.pin_matches(database, viewer, pin, now))


async def start(
    session: AsyncSession,
    journals: Journals,
    viewer: Viewer,
    request: NewPlayback,
    circumstances: Circumstances,
    device: str,
    now: datetime,
) -> Playback:
    """Begin a session on a device, and end those whose place it takes.

    Raises NotFound where there is no such channel, no such programme on it, or no such session to take over;
    TooMuchAtOnce where only other sessions or devices of the account are in the way; Refused.
    """
    wanted = await sought(session, journals, request.channel, request.mode, request.programme_id, now)
    taken = await _to_be_taken_over(session, viewer, request.take_over)
    # From here on this account's other requests wait, so that no two get the last place.
    await repository.lock(session, viewer.id)
    viewing = await repository.viewing(session, viewer.id, now)
    others = [item for item in viewing.open_sessions(now) if item.id not in request.take_over]
    decision = to_begin(viewing, wanted, viewer.sign_in, others, circumstances, now)
    if decision is None:
        raise Unauthenticated("This account no longer exists.")
    if only_too_many(decision):
        raise await _too_much(session, decision, others)
    await entitlement.require(session, decision)
    row, token = _new_session(viewer, request, circumstances, decision.height, device, now)
    session.add(row)
    for item in taken:
        _end(item, EndReason.TAKEN_OVER, now, row.id)
    return Playback(
        session_id=row.id,
        manifest_url=index_path(token, watched(row)),
        license_url=LICENCE_PATH,
        heartbeat_seconds=int(HEARTBEAT.total_seconds()),
    )


async def _to_be_taken_over(
    session: AsyncSession, viewer: Viewer, session_ids: Sequence[uuid.UUID]
) -> Sequence[TstvSession]:
    if not session_ids:
        return ()
    found = await repository.some_of_viewer(session, session_ids, viewer.id)
    if len(found) < len(set(session_ids)):
        raise NotFound(NOT_YOURS)
    return found


async def _too_much(
    session: AsyncSession, decision: Decision, others: Sequence[TstvSession]
) -> TooMuchAtOnce:
    titles = await repository.titles(session, [item.programme_id for item in others if item.programme_id])
    conflicts = [
        ConflictingSession(
            session_id=item.id,
            channel=item.channel,
            mode=Mode(item.mode),
            programme=titles.get(item.programme_id) if item.programme_id else None,
            device=item.device,
            since=item.created_at,
        )
        for item in sorted(others, key=lambda item: item.created_at)
    ]
    return TooMuchAtOnce(
        entitlement.reasons(decision), await entitlement.offers(session, decision), conflicts
    )


async def sought(
    session: AsyncSession,
    journals: Journals,
    channel: str,
    mode: Mode,
    programme_id: uuid.UUID | None,
    now: datetime,
) -> Sought:
    """What is to be watched, for `start` and for the diagnosis.

    Raises NotFound where there is no such channel, or no such programme on it.
    """
    known_channel = await _channel(session, journals, channel, now)
    return Sought(mode, known_channel, await _programme(session, journals, known_channel, programme_id, now))


async def _channel(session: AsyncSession, journals: Journals, name: str, now: datetime) -> Channel:
    row = await channels.find(session, name)
    if row is None:
        raise NotFound("There is no such channel.")
    return known(row, now, await anything_stored(journals, name))


async def _programme(
    session: AsyncSession, journals: Journals, channel: Channel, programme_id: uuid.UUID | None, now: datetime
) -> Programme | None:
    """The programme asked for; for live, what is on now, if anything."""
    if programme_id is None:
        on_now = await schedule.on_air(session, channel.name, now)
        return showing(on_now) if on_now else None
    entry = await schedule.find(session, programme_id)
    if entry is None or entry.channel != channel.name:
        raise NotFound(f"{channel.display_name} has no such programme.")
    return await programme_facts(journals, entry, now)


def _new_session(
    viewer: Viewer,
    request: NewPlayback,
    circumstances: Circumstances,
    height: int | None,
    device: str,
    now: datetime,
) -> tuple[TstvSession, str]:
    """The session's row, and the token that opens its playlists."""
    token = new_token()
    row = TstvSession(
        id=uuid.uuid4(),
        user_id=viewer.id,
        sign_in=viewer.sign_in,
        channel=request.channel,
        mode=request.mode,
        programme_id=request.programme_id,
        token_hash=token_hash(token),
        territory=circumstances.territory,
        pin_given=circumstances.pin_given,
        max_height=height,
        device=device,
        created_at=now,
        last_seen_at=now,
    )
    return row, token


async def keep_alive(
    session: AsyncSession,
    viewer: Viewer,
    session_id: uuid.UUID,
    report: PlayerReport | None,
    now: datetime,
) -> Heartbeat:
    """Note that a session is still watched, and tell the next key where its window still grows.

    Raises SessionEnded where it has; NotFound where it is not this sign-in's or was silent too long.
    """
    row = await repository.of_viewer(session, session_id, viewer.id)
    if row is None or row.sign_in != viewer.sign_in:
        raise NotFound(NOT_YOURS)
    match standing(row.last_seen_at, row.ended_at, now):
        case Standing.ENDED:
            raise await _ended(session, row)
        case Standing.SILENT:
            raise NotFound(SILENT)
        case Standing.OPEN:
            row.last_seen_at = max(row.last_seen_at, now)
            await player_errors.note_report(session, row, report, now)
    # What is caught up on has its last key already.
    announced = None if row.mode == Mode.CATCH_UP else await keys.next_of_channel(session, row.channel, now)
    return Heartbeat(
        next_key=NextKey(kid=announced.kid, valid_from=announced.valid_from) if announced else None
    )


async def _ended(session: AsyncSession, row: TstvSession) -> SessionEnded:
    if row.taken_over_by is None:
        return _how_it_ended(row, None)
    device = await repository.device(session, row.taken_over_by)
    return _how_it_ended(row, Taker(row.taken_over_by, device or ""))


def _how_it_ended(row: TstvSession, taker: Taker | None) -> SessionEnded:
    assert row.ended_at is not None
    return SessionEnded(
        EndedBy(
            how=EndReason(row.end_reason or EndReason.VIEWER),
            at=row.ended_at,
            device=taker.device or None if taker else None,
            session_id=taker.session if taker else None,
        )
    )


async def end(session: AsyncSession, viewer: Viewer, session_id: uuid.UUID, now: datetime) -> None:
    """End a session, on whichever device of the account; ending it again changes nothing.

    Raises NotFound where the viewer has no such session.
    """
    row = await repository.of_viewer(session, session_id, viewer.id)
    if row is None:
        raise NotFound(NOT_YOURS)
    _end(row, EndReason.VIEWER, now)


def _end(row: TstvSession, reason: EndReason, now: datetime, by: uuid.UUID | None = None) -> None:
    if row.ended_at is None:
        row.ended_at, row.end_reason, row.taken_over_by = now, reason, by


async def authorise(database: Database, token: str, asked: Watched, now: datetime) -> Pass:
    """Whether a session may have the playlists of this window now.

    Raises:
        Forbidden: the token is unknown or of another window, its heartbeats stayed away, or the pictures are
            larger than may be had by now.
        SessionEnded: it has been ended.
        NotFound: the channel or the programme is no more.
        Refused: entitlement says no by now.
    """
    found = await repository.by_token_hash(database, token_hash(token), now)
    if found is None or asked != watched(found.session):
        raise Forbidden(UNKNOWN)
    match standing(found.session.last_seen_at, found.session.ended_at, now):
        case Standing.ENDED:
            raise _how_it_ended(found.session, found.taker)
        case Standing.SILENT:
            raise Forbidden(SILENT)
        case Standing.OPEN:
            pass
    decision = going_on(found.viewing, found.session, now)
    if decision is None:
        raise NotFound("The channel or the programme is no longer there.")
    if not may_go_on(decision):
        async with database.reading() as session:
            await entitlement.require(session, decision)
    if decision.height is not None and (asked.height is None or asked.height > decision.height):
        raise Forbidden(SMALLER)
    return Pass(asked, shown(found.viewing, found.session, now) if asked.programme_id else None)
