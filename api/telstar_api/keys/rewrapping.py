"""Wrapping all stored keys under the current key-encryption key, so that former ones can be taken away."""

import collections
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from telstar_api.clock import Clock
from telstar_api.database import Database
from telstar_api.keys import repository, uses
from telstar_api.keys.wrapping import KeyWrapping, WrongKeyEncryptionKey
from telstar_api.models import DrmKey

BATCH = 100
ACTOR = "telstar-api rewrap-keys"

log = structlog.get_logger()


@dataclass
class Outcome:
    """How many keys were re-wrapped; of those that do not open, how many by key-encryption key's id."""

    rewrapped: int = 0
    unopened: collections.Counter[str | None] = field(default_factory=collections.Counter)


async def rewrap(
    database: Database,
    wrapping: KeyWrapping,
    clock: Clock,
    batch: int = BATCH,
    progress: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Re-wrap what is not under the current key-encryption key; `progress` hears how many so far.

    Each batch is one transaction, in which its rows are locked: it can be broken off at any moment and run
    again, beside the API and beside itself. It goes round until a round finds nothing to do, for an API of
    before may still register keys meanwhile. What does not open stays as it is, and is told.
    """
    outcome = Outcome()
    while await _round(database, wrapping, clock, batch, progress, outcome):
        pass
    return outcome


async def _round(
    database: Database,
    wrapping: KeyWrapping,
    clock: Clock,
    batch: int,
    progress: Callable[[int], None],
    outcome: Outcome,
) -> bool:
    outcome.unopened.clear()
    before, after = outcome.rewrapped, ""
    while True:
        async with database.writing.begin() as session:
            rows = await repository.under_other_than(session, wrapping.current_id, after, batch)
            done = [row.kid for row in rows if _rewrapped(wrapping, row, outcome)]
            if done:
                await uses.record(session, uses.Use("rewrap", tuple(done), None, None, clock.now(), ACTOR))
        if not rows:
            return outcome.rewrapped > before
        after = rows[-1].kid
        # Only what is committed counts.
        outcome.rewrapped += len(done)
        progress(outcome.rewrapped)


def _rewrapped(wrapping: KeyWrapping, row: DrmKey, outcome: Outcome) -> bool:
    try:
        key = wrapping.unwrap(row.wrapped_key, row.kek_id)
    except WrongKeyEncryptionKey as error:
        log.error("a key stays as it is", kid=row.kid, channel=row.channel, kek=row.kek_id, error=str(error))
        outcome.unopened[row.kek_id] += 1
        return False
    row.wrapped_key, row.kek_id = wrapping.wrap(key), wrapping.current_id
    return True
