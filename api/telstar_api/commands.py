"""The command line: `telstar-api serve | migrate | rewrap-keys | seed-demo | schedule-demo | openapi`."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable

import structlog

from telstar_api import logs, migrations, settings
from telstar_api.clock import Clock
from telstar_api.database import Database
from telstar_api.demo import seeding
from telstar_api.keys import commands as keys

log = structlog.get_logger()


def serve() -> None:
    """Answer viewers on port 8000 and, with a certificate, the operator on port 8443."""
    import uvloop

    from telstar_api import serving

    uvloop.run(serving.serve(settings.load(settings.Settings)))


def migrate() -> None:
    """Bring the database to this version's tables; waits for it up to two minutes."""
    migrations.migrate(settings.load(settings.DatabaseSettings).database_url)
    log.info("the database is migrated", revision=migrations.head())


def seed_demo() -> None:
    """Demo accounts, products and subscriptions, where they are missing."""
    asyncio.run(_seed_demo())


def schedule_demo() -> None:
    """A demo schedule from a week ago to a week ahead."""
    asyncio.run(_schedule_demo())


def openapi() -> None:
    """Print the OpenAPI document."""
    from telstar_api import main

    json.dump(main.openapi(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


COMMANDS: dict[str, Callable[[], None]] = {
    "serve": serve,
    "migrate": migrate,
    "seed-demo": seed_demo,
    "schedule-demo": schedule_demo,
    "openapi": openapi,
}


def main() -> None:
    """Run one command; 2 when the environment lacks something, 1 when it could not be done."""
    parser = argparse.ArgumentParser(prog="telstar-api", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.__doc__, description=command.__doc__)
    keys.add_to(commands)
    arguments = parser.parse_args()
    chosen = arguments.command
    logs.configure()
    try:
        if chosen in keys.COMMANDS:
            keys.COMMANDS[chosen](arguments)
        else:
            COMMANDS[chosen]()
    except settings.SettingsError as error:
        sys.exit(_complain(f"telstar-api {chosen}: the environment is not complete\n{error}", 2))
    except (migrations.DatabaseUnreachable, keys.CommandFailed) as error:
        sys.exit(_complain(f"telstar-api {chosen}: {error}", 1))


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"{message}\n")
    return code


async def _seed_demo() -> None:
    database = await Database.migrated(settings.load(settings.DatabaseSettings).database_url)
    async with database.writing.begin() as session:
        await seeding.seed(session, Clock().now())
    await database.close()
    log.info("demo accounts and products are there")


async def _schedule_demo() -> None:
    database = await Database.migrated(settings.load(settings.DatabaseSettings).database_url)
    async with database.writing.begin() as session:
        programmes = await seeding.schedule(session, Clock().now())
    await database.close()
    log.info("demo schedule is there", programmes=programmes)


if __name__ == "__main__":
    main()
