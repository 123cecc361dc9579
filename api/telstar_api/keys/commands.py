"""`telstar-api rewrap-keys | import-keys | export-keys`: content keys on the command line."""

import argparse
import asyncio
import re
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import audit, settings
from telstar_api.channels.schemas import CHANNEL_NAME
from telstar_api.clock import Clock
from telstar_api.database import Database
from telstar_api.keys import cpix_reading, exchange, repository, rewrapping, transfer
from telstar_api.keys.cpix import Cpix
from telstar_api.keys.wrapping import KeyWrapping
from telstar_api.problems import ProblemError

Subparsers = Any  # what argparse's add_subparsers returns has no public type

MOST_BYTES = cpix_reading.MAX_BYTES

log = structlog.get_logger()


class CommandFailed(Exception):
    """The command could not do all that it was asked to; the message says what is left and what to do."""


def rewrap_keys(_: argparse.Namespace) -> None:
    """Wrap all stored keys under the current key-encryption key. May be broken off, and run again."""
    known = settings.load(settings.KeySettings)
    asyncio.run(_rewrap_keys(known))


def import_keys(arguments: argparse.Namespace) -> None:
    """Take the keys of a CPIX document, or of a channel's Secret as kubectl prints it, for a channel."""
    known = settings.load(settings.KeySettings)
    try:
        # One byte more than any reader takes: it says so itself.
        document = arguments.file.read(MOST_BYTES + 1)
        received = transfer.read(document)
    except exchange.Unreadable as error:
        raise CommandFailed(f"no key was taken from {arguments.file.name}: {error}") from None
    asyncio.run(_import_keys(known, arguments.channel, received))


def export_keys(arguments: argparse.Namespace) -> None:
    """Print a channel's keys, IN CLEAR, as a CPIX document for a DRM proxy."""
    known = settings.load(settings.KeySettings)
    if sys.stdout.isatty():
        raise CommandFailed("the document holds keys in clear: send it into a file or a program")
    if (arguments.start is None) != (arguments.end is None):
        raise CommandFailed("--from and --to belong together: give both or neither")
    window = None if arguments.start is None else (arguments.start, arguments.end)
    document = asyncio.run(_export_keys(known, arguments.channel, window, Cpix(arguments.cpix)))
    sys.stdout.buffer.write(document)


COMMANDS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "rewrap-keys": rewrap_keys,
    "import-keys": import_keys,
    "export-keys": export_keys,
}


def add_to(commands: Subparsers) -> None:
    """Make these commands known to the command line."""
    parsers = {
        name: commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        for name, command in COMMANDS.items()
    }
    for name in ("import-keys", "export-keys"):
        parsers[name].add_argument("--channel", required=True, type=_channel, help="the Channel's name")
    file = argparse.FileType("rb")
    parsers["import-keys"].add_argument("file", type=file, help="the document; - reads standard input")
    exporting = parsers["export-keys"]
    exporting.add_argument("--from", dest="start", type=_moment, help="only keys in force from then on")
    exporting.add_argument("--to", dest="end", type=_moment, help="only keys in force before then")
    exporting.add_argument("--cpix", choices=["2.3", "2.4"], default="2.4", help="the version (default: 2.4)")


def _channel(text: str) -> str:
    if not re.fullmatch(CHANNEL_NAME, text):
        raise argparse.ArgumentTypeError(f"{text} is no Channel's name")
    return text


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no time: write 2027-01-01T00:00:00Z") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no offset: write 2027-01-01T00:00:00Z")
    return moment


async def _import_keys(
    known: settings.KeySettings, channel: str, received: list[exchange.ReceivedKey]
) -> None:
    database = await Database.migrated(known.database_url)
    by = transfer.By(command="telstar-api import-keys")
    try:
        async with database.writing.begin() as session:
            now = Clock().now()
            done = await transfer.take(session, wrapping_of(known), channel, received, by, now)
    except ProblemError as problem:
        raise CommandFailed(f"no key was taken: {problem.detail}") from None
    finally:
        await database.close()
    log.info("keys are imported", channel=channel, new=done.new, known=done.known)


async def _export_keys(
    known: settings.KeySettings, channel: str, window: tuple[datetime, datetime] | None, form: Cpix
) -> bytes:
    database = await Database.migrated(known.database_url)
    by = transfer.By(command="telstar-api export-keys")
    try:
        async with database.writing.begin() as session:
            now = Clock().now()
            return await transfer.give(session, wrapping_of(known), channel, window, by, now, form)
    except ProblemError as problem:
        raise CommandFailed(problem.detail) from None
    finally:
        await database.close()


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
        async with database.writing.begin() as session:
            _audit(session, wrapping.current_id, outcome)
    finally:
        await database.close()
    log.info("keys are re-wrapped", under=wrapping.current_id, rewrapped=outcome.rewrapped)
    if outcome.unopened:
        ids = ", ".join(f"{kek_id or 'unknown'} ({count})" for kek_id, count in outcome.unopened.items())
        raise CommandFailed(
            f"{outcome.unopened.total()} keys stay as they are, for they do not open; by the id of their "
            f"key-encryption key: {ids}. Put it into FORMER_KEY_ENCRYPTION_KEYS_PATH and run this again."
        )


def _audit(session: AsyncSession, kek_id: str, outcome: rewrapping.Outcome) -> None:
    unopened: dict[str, JsonValue] = {kek or "unknown": count for kek, count in outcome.unopened.items()}
    facts: dict[str, JsonValue] = {"rewrapped": outcome.rewrapped, "unopened": unopened}
    now = Clock().now()
    audit.record(session, "keys.rewrap", at=now, actor=audit.SYSTEM, subject=kek_id, facts=facts)


def wrapping_of(known: settings.KeySettings) -> KeyWrapping:
    """The key-encryption keys that the settings name."""
    return KeyWrapping(known.key_encryption_key, known.former_key_encryption_keys)
