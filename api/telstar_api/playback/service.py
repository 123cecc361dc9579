"""Playback sessions: begun after a decision, kept alive by heartbeats, asked about for every playlist."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.auth.tokens import Viewer
from telstar_api.channels import repository as channels
from telstar_api.channels.policies import known, showing
from telstar_api.channels.stored import Journals, anything_stored
from telstar_api.entitlement import service as entitlement
from telstar_api.entitlement.decision import Decision, decide
from telstar_api.entitlement.facts import Account, Channel, Circumstances, Facts, Programme
from telstar_api.entitlement.rights import Mode
from telstar_api.keys import repository as keys
from telstar_api.models import ScheduleEntry, TstvSession
from telstar_api.playback import repository
from telstar_api.playback.schemas import Heartbeat, NewPlayback, NextKey, Playback
from telstar_api.playback.sessions import HEARTBEAT, Standing, may_go_on, new_token, standing, token_hash
from telstar_api.player_errors import service as player_errors
from telstar_api.player_errors.schemas import PlayerReport
from telstar_api.problems import Forbidden, Gone, NotFound
from telstar_api.schedule import repository as schedule
from telstar_api.schedule.service import programme as programme_facts
from telstar_api.tstv.paths import Watched, index_path
from telstar_api.tstv.playlist import LICENCE_PATH

UNKNOWN = "This address belongs to no playback session: begin one with POST /api/v1/playback."
SILENT = "This playback session is over, because its heartbeats stayed away: begin a new one."
ENDED = "This playback session was ended: begin a new one."
NOT_YOURS = "You have no such playback session."


@dataclass(frozen=True, slots=True)
class Pass:
    """A session may have this now; `programme` unless it watches live."""

    watched: Watched
    programme: ScheduleEntry | None


async def start(
    session: AsyncSession,
    journals: Journals,
    viewer: Viewer,
    request: NewPlayback,
    circumstances: Circumstances,
    now: datetime,
) -> Playback:
    """Begin a session.

    Raises NotFound where there is no such channel, or no such programme on it; Refused.
    """
    account = await entitlement.account(session, viewer.id)
    watched = Watched(request.channel, request.mode, request.programme_id)
    decision = await to_begin(session, journals, account, watched, circumstances, now)
    await entitlement.require(session, decision)
    return await _begin(session, viewer, watched, now)


async def to_begin(
    session: AsyncSession,
    journals: Journals,
    account: Account,
    wanted: Watched,
    circumstances: Circumstances,
    now: datetime,
) -> Decision:
    """What is decided of beginning to watch this: by `start`, and by the diagnosis.

    Raises NotFound where there is no such channel, or no such programme on it.
    """
    channel = await _channel(session, journals, wanted.channel, now)
    programme = await _programme(session, journals, channel, wanted.programme_id, now)
    return decide(Facts(now, wanted.mode.right, account, channel, programme, circumstances))


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


async def _begin(session: AsyncSession, viewer: Viewer, watched: Watched, now: datetime) -> Playback:
    token = new_token()
    row = TstvSession(
        id=uuid.uuid4(),
        user_id=viewer.id,
        channel=watched.channel,
        mode=watched.mode,
        programme_id=watched.programme_id,
        token_hash=token_hash(token),
        created_at=now,
        last_seen_at=now,
    )
    session.add(row)
    return Playback(
        session_id=row.id,
        manifest_url=index_path(token, watched),
        license_url=LICENCE_PATH,
        heartbeat_seconds=int(HEARTBEAT.total_seconds()),
    )


async def keep_alive(
    session: AsyncSession,
    viewer: Viewer,
    session_id: uuid.UUID,
    report: PlayerReport | None,
    now: datetime,
) -> Heartbeat:
    """Note that a session is still watched, and tell the next key where its window still grows.

    Raises Gone where its viewer ended it; NotFound where it is not the viewer's or was silent too long.
    """
    row = await repository.of_viewer(session, session_id, viewer.id)
    if row is None:
        raise NotFound(NOT_YOURS)
    match standing(row.last_seen_at, row.ended_at, now):
        case Standing.ENDED:
            raise Gone(ENDED)
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


async def end(session: AsyncSession, viewer: Viewer, session_id: uuid.UUID, now: datetime) -> None:
    """End a session; ending it again changes nothing.

    Raises NotFound where the viewer has no such session.
    """
    row = await repository.of_viewer(session, session_id, viewer.id)
    if row is None:
        raise NotFound(NOT_YOURS)
    row.ended_at = row.ended_at or now


async def authorise(session: AsyncSession, token: str, watched: Watched, now: datetime) -> Pass:
    """Whether a session may have the playlists of this window now.

    Raises:
        Forbidden: the token is unknown, of another window, or its heartbeats stayed away.
        Gone: the viewer has ended the session.
        NotFound: the channel or the programme is no more.
        Refused: entitlement says no by now.
    """
    found = await repository.by_token_hash(session, token_hash(token))
    if found is None or watched != _watched(found.session):
        raise Forbidden(UNKNOWN)
    match standing(found.session.last_seen_at, found.session.ended_at, now):
        case Standing.ENDED:
            raise Gone(ENDED)
        case Standing.SILENT:
            raise Forbidden(SILENT)
        case Standing.OPEN:
            pass
    if found.channel is None or (watched.programme_id is not None and found.programme is None):
        raise NotFound("The channel or the programme is no longer there.")
    entry = found.programme
    shown = entry or await schedule.on_air(session, watched.channel, now)
    account = await entitlement.account(session, found.session.user_id)
    decision = decide(
        Facts(
            now,
            watched.mode.right,
            account,
            known(found.channel, now),
            showing(shown) if shown else None,
        )
    )
    if not may_go_on(decision):
        await entitlement.require(session, decision)
    return Pass(watched, entry)


def _watched(row: TstvSession) -> Watched:
    return Watched(row.channel, Mode(row.mode), row.programme_id)
