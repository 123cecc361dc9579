"""Notes what players report. Whoever writes also prunes, so that no job has to."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import models
from telstar_api.entitlement import service as entitlement
from telstar_api.player_errors import repository
from telstar_api.player_errors.redaction import redacted
from telstar_api.player_errors.schemas import ErrorsWithoutSession, PlayerError, PlayerReport

KEPT = timedelta(days=7)
MOST_OF_A_VIEWER = 200
LONGEST_AGO = timedelta(days=366)  # as far back as a channel can keep anything


async def note_report(
    session: AsyncSession, row: models.TstvSession, report: PlayerReport | None, now: datetime
) -> None:
    """Keep what a player said with the heartbeat of its session."""
    if report is None:
        return
    row.position = report.position and _between(now - LONGEST_AGO, report.position, now)
    row.player_state = report.state
    about = models.PlayerError(user_id=row.user_id, session_id=row.id, channel=row.channel, mode=row.mode)
    await _note(session, about, report.errors, now)


async def note_without_session(
    session: AsyncSession, user_id: uuid.UUID, report: ErrorsWithoutSession, now: datetime
) -> None:
    """Keep what a player said that could begin no session.

    Raises Unauthenticated when the account is gone.
    """
    await entitlement.account(session, user_id)
    about = models.PlayerError(user_id=user_id, channel=report.channel, mode=report.mode)
    await _note(session, about, report.errors, now)


async def _note(
    session: AsyncSession, about: models.PlayerError, errors: Sequence[PlayerError], now: datetime
) -> None:
    if not errors:
        return
    repository.add(session, [_row(about, error, now) for error in errors])
    await session.flush()
    await repository.remove_older(session, now - KEPT)
    await repository.remove_beyond(session, about.user_id, MOST_OF_A_VIEWER)


def _row(about: models.PlayerError, error: PlayerError, now: datetime) -> models.PlayerError:
    return models.PlayerError(
        user_id=about.user_id,
        session_id=about.session_id,
        channel=about.channel,
        mode=about.mode,
        code=redacted(error.code),
        message=redacted(error.message),
        fatal=error.fatal,
        at=_between(now - KEPT, error.at, now),
        noted_at=now,
    )


def _between(first: datetime, said: datetime, last: datetime) -> datetime:
    """What was said, within what can be: a player's clock may say anything."""
    return min(max(said, first), last)
