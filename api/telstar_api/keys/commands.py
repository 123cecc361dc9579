"""`telstar-api rewrap-keys`: content keys on the command line."""

import argparse
import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from telstar_api import settings
from telstar_api.clock import Clock
from telstar_api.database import Database
from telstar_api.keys import repository, rewrapping
from telstar_api.keys.wrapping import KeyWrapping

Subparsers = Any  # what argparse's add_subparsers returns has no public type

log = structlog.get_logger()


class CommandFailed(Exception):
    """The command could not do all that it was asked to; the message says what is left and what to do."""


def rewrap_keys(_: argparse.Namespace) -> None:
    """Wrap all stored keys under the current key-encryption key. May be broken off, and run again."""
    known = settings.load(settings.KeySettings)
    asyncio.run(_rewrap_keys(known))


COMMANDS: Mapping[str, Callable[[argparse.Namespace], None]] = {"rewrap-keys": rewrap_keys}


def add_to(commands: Subparsers) -> None:
    """Make these commands known to the command line."""
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.__doc__, description=command.__doc__)


async def _rewrap_keys(known: settings.KeySettings) -> None:
    wrapping, database = wrapping_of(known), await Database.migrated(known.database_url)
    try:
        async with database.reading() as session:
            counts = await repository.counts(session)
        others = sum(count for (kek_id, _), count in counts.items() if kek_id != wrapping.current_id)
        log.info("re-wrapping keys", under=wrapping.current_id, keys=others)
        outcome = await rewrapping.rewrap(
            database,
            wrapping,
            Clock(),
            progress=lambda done: log.info("re-wrapping keys", done=done, of=others),
        )
    finally:
        await database.close()
    log.info("keys are re-wrapped", under=wrapping.current_id, rewrapped=outcome.rewrapped)
    if outcome.unopened:
        ids = ", ".join(f"{kek_id or 'unknown'} ({count})" for kek_id, count in outcome.unopened.items())
        raise CommandFailed(
            f"{outcome.unopened.total()} keys stay as they are, for they do not open; by the id of their "
            f"key-encryption key: {ids}. Put that one into FORMER_KEY_ENCRYPTION_KEYS_PATH and run this again."
        )


def wrapping_of(known: settings.KeySettings) -> KeyWrapping:
    """The key-encryption keys that the settings name."""
    return KeyWrapping(known.key_encryption_key, known.former_key_encryption_keys)
