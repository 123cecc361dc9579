"""The decision that a diagnosis explains, made by the functions that serve playback."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.channels.stored import Journals
from telstar_api.diagnosis import repository
from telstar_api.diagnosis.findings import Watching
from telstar_api.entitlement import service as entitlement
from telstar_api.entitlement.decision import Decision
from telstar_api.entitlement.facts import Circumstances
from telstar_api.models import TstvSession
from telstar_api.playback import service as playback
from telstar_api.playback.sessions import may_go_on
from telstar_api.tstv.paths import Watched


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided, whether a session that is open may go on (None: none is), and all open sessions."""

    decision: Decision
    going_on: bool | None
    watching: tuple[Watching, ...]


async def decided(
    session: AsyncSession,
    journals: Journals,
    user_id: uuid.UUID,
    wanted: Watched,
    circumstances: Circumstances,
    now: datetime,
) -> Decided:
    """Where the viewer has this very window open: whether it may go on. Else, whether it may be begun.

    Raises NotFound where there is no such programme.
    """
    account = await entitlement.account(session, user_id)
    rows = await repository.open_sessions(session, user_id, now)
    decision = await playback.to_begin(session, journals, account, wanted, circumstances, now)
    same = any(_is_about(row, wanted) for row in rows)
    return Decided(decision, may_go_on(decision) if same else None, tuple(map(_watching, rows)))


def _is_about(row: TstvSession, wanted: Watched) -> bool:
    return (row.channel, row.mode, row.programme_id) == (wanted.channel, wanted.mode, wanted.programme_id)


def _watching(row: TstvSession) -> Watching:
    return Watching(
        id=row.id,
        channel=row.channel,
        mode=row.mode,
        since=row.created_at,
        last_heard=row.last_seen_at,
        position=row.position,
        player_state=row.player_state,
    )
