"""What the record of key uses costs: noting one against storing it at once, the writer against single rows.

Needs a Postgres: $TELSTAR_TEST_DATABASE_URL, or Docker with the product's image.
"""

import asyncio
import sys
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import postgres
from support.api_world import NOON, SetClock
from telstar_api import migrations
from telstar_api.database import Database
from telstar_api.keys import uses
from telstar_api.keys.uses import Use, UseLog

MANY, FEW = 20_000, 500
KIDS = ("0" * 32, "f" * 32)


async def one_by_one(database: Database) -> float:
    """Seconds a use where each is a transaction of its own."""
    began = time.perf_counter()
    for _ in range(FEW):
        async with database.writing.begin() as session:
            await uses.record(session, Use("licence", KIDS, uuid.uuid4(), uuid.uuid4(), NOON))
    return (time.perf_counter() - began) / FEW


async def in_the_background(database: Database) -> tuple[float, float]:
    """Seconds a use: what the licence waits for, and what the writer takes."""
    log, user = UseLog(), uuid.uuid4()
    began = time.perf_counter()
    async with log.kept(database, SetClock()):
        for _ in range(MANY):
            log.note("licence", KIDS, user, user, NOON)
        noted = time.perf_counter()
        while log.waiting:
            await asyncio.sleep(0.05)
        stored = time.perf_counter()
    return (noted - began) / MANY, (stored - noted) / MANY


async def measure(url: str) -> None:
    """Print both, and how they compare."""
    database = Database.at(url)
    single = await one_by_one(database)
    noting, writing = await in_the_background(database)
    await database.close()
    print(f"a transaction each   {single * 1e6:8.0f} µs a use")
    print(f"noted                {noting * 1e6:8.1f} µs a use, {single / noting:.0f} times less")
    print(f"stored by the writer {writing * 1e6:8.1f} µs a use, {single / writing:.0f} times less")


def main() -> None:
    """Measure on a database of its own."""
    with postgres.server() as server, postgres.database(server) as url:
        migrations.migrate(url)
        asyncio.run(measure(url))


if __name__ == "__main__":
    main()
