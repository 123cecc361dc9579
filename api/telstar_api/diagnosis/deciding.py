"""The decision that a diagnosis explains, made by the functions that serve playback."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.channels.stored import Journals
from telstar_api.diagnosis.findings import Watching
from telstar_api.entitlement.decision import Decision, decide
from telstar_api.entitlement.facts import Circumstances
from telstar_api.entitlement.rights import Mode
from telstar_api.models import TstvSession
from telstar_api.playback import repository
from telstar_api.playback import service as playback
from telstar_api.playback.sessions import may_go_on
from telstar_api.playback.viewing import Sought, Viewing, going_on, to_begin
from telstar_api.problems import Unauthenticated


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody would watch: `sign_in` is the one it would be watched on, where there is any."""

    user_id: uuid.UUID
    sign_in: uuid.UUID | None
    channel: str
    mode: Mode
    programme_id: uuid.UUID | None
    circumstances: Circumstances


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided; whether a session that is open may go on (None: none is); and all that are open."""

    decision: Decision
    going_on: bool | None
    watching: tuple[Watching, ...]


async def decided(session: AsyncSession, journals: Journals, asked: Question, now: datetime) -> Decided:
    """Where the sign-in has this very window open: whether it may go on. Else, whether it may be begun.

    Raises NotFound where there is no such channel or programme; Unauthenticated where the account is gone.
    """
    wanted = await playback.sought(session, journals, asked.channel, asked.mode, asked.programme_id, now)
    viewing = await repository.viewing(session, asked.user_id, now)
    others = viewing.open_sessions(now)
    watching = tuple(_watching(item) for item in sorted(others, key=lambda item: item.created_at))
    for row in others:
        decision = _going_on(viewing, row, wanted, now) if _is_about(row, asked) else None
        if decision is not None:
            return Decided(decision, may_go_on(decision), watching)
    decision = to_begin(viewing, wanted, asked.sign_in, others, asked.circumstances, now)
    if decision is None:
        raise Unauthenticated("This account no longer exists.")
    return Decided(decision, None, watching)


def _going_on(viewing: Viewing, row: TstvSession, wanted: Sought, now: datetime) -> Decision | None:
    """What playlists and licences of the session go by; and whether anything is stored for them to list."""
    decision = going_on(viewing, row, now)
    if decision is None:
        return None
    return decide(replace(decision.facts, channel=wanted.channel, programme=wanted.programme))


def _is_about(row: TstvSession, asked: Question) -> bool:
    return (row.sign_in, row.channel, row.mode, row.programme_id) == (
        asked.sign_in,
        asked.channel,
        asked.mode,
        asked.programme_id,
    )


def _watching(row: TstvSession) -> Watching:
    return Watching(
        id=row.id,
        channel=row.channel,
        mode=row.mode,
        device=row.device,
        since=row.created_at,
        last_heard=row.last_seen_at,
        position=row.position,
        player_state=row.player_state,
    )
