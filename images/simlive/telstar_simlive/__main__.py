"""The commands: `telstar-simlive run`, `telstar-simlive purge` and `telstar-simlive keep`."""

import argparse
import asyncio
import logging
import sys

import structlog
from pydantic import ValidationError

from telstar_simlive.channel import ConfigurationError
from telstar_simlive.journal import FencedError, JournalError
from telstar_simlive.keeping_service import KeepSettings, keep
from telstar_simlive.lock import LockedError
from telstar_simlive.purge import purge
from telstar_simlive.service import run
from telstar_simlive.settings import Settings


def main() -> int:
    """The entry point; exit code 1 for what another start may mend, 2 for what a person must mend."""
    arguments = _parser().parse_args()
    _log_as_json()
    log = structlog.get_logger()
    try:
        if arguments.command == "keep":
            asyncio.run(keep(KeepSettings()))
            return 0
        settings = Settings()
        if arguments.command == "purge":
            removed = purge(settings.segments_path, settings.lock_timeout)
            log.info("channel folder emptied", path=str(settings.segments_path), removed=removed)
        else:
            asyncio.run(run(settings))
    except (ConfigurationError, ValidationError) as error:
        log.critical("cannot start", reason=str(error))
        return 2
    except (LockedError, FencedError, JournalError, OSError) as error:
        log.critical("failed", reason=str(error))
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="telstar-simlive", description="One live channel.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="encode the channel that channel.json describes, until told to stop")
    commands.add_parser("purge", help="empty the channel's folder")
    commands.add_parser("keep", help="keep the retention of all channels that no SimLive runs for")
    return parser


def _log_as_json() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


if __name__ == "__main__":
    sys.exit(main())
