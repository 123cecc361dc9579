"""Whether a refused licence tells by its time if the key exists: unknown against forbidden, as a ratio.

Run: TELSTAR_TEST_DATABASE_URL=… python tests/bench/refusals.py   (about half a minute)

One connection asks for a key that does not exist and for one that does but may not be had, in random order,
so that whatever slows the machine slows both. Compared are the medians; beside them stands the ratio between
two halves of the requests for the unknown key, drawn at random: what chance alone makes of it.
"""

import asyncio
import http.client
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import postgres
from support.api_process import serving, shared_world
from support.api_world import sign_in_of
from support.secret_files import secret_files
from telstar_api import migrations
from telstar_api.auth.tokens import Role, Viewer
from telstar_api.drm.schemas import encode

REQUESTS = 6_000
WARM_UP = 500
UNKNOWN = bytes(16)


async def _viewer(url: str, files: dict[str, Path], folder: Path) -> tuple[str, bytes]:
    """The token of a viewer who watches one channel, and the KID of another."""
    async with shared_world(url, files, folder) as world:
        await world.channel("news")
        await world.channel("cinema", 2)
        await world.product("basic", ("news", "live", None))
        for channel in ("news", "cinema", "cinema"):
            kid, _ = await world.key(channel)
        user = await world.viewer("basic")
        session = await world.watches(user, "news")
        session.last_seen_at = world.clock.now().replace(year=world.clock.now().year + 1)
        await world.session.commit()
        viewer = Viewer(user.id, cast("Role", user.role), sign_in_of(user.id))
        return world.context.tokens.issue(viewer, world.clock.now()), bytes.fromhex(kid)


def main() -> None:
    """Print the medians and both ratios."""
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres.server() as server,
        postgres.database(server) as url,
    ):
        migrations.migrate(url)
        files = secret_files(Path(folder))
        token, forbidden = asyncio.run(_viewer(url, files, Path(folder)))
        settings = {"DATABASE_URL": url, "SEGMENTS_PATH": folder}
        settings |= {name.upper(): str(path) for name, path in files.items()}
        with serving(settings) as api:
            times = _times(api.port, token, {"unknown": UNKNOWN, "forbidden": forbidden})
    medians = {name: statistics.median(found) for name, found in times.items()}
    halves = random.sample(times["unknown"], len(times["unknown"]))
    middle = len(halves) // 2
    by_chance = statistics.median(halves[:middle]) / statistics.median(halves[middle:])
    print(", ".join(f"{name} {median * 1e6:,.0f} µs" for name, median in medians.items()))
    print(f"forbidden / unknown {medians['forbidden'] / medians['unknown']:.3f}, by chance {by_chance:.3f}")


def _times(port: int, token: str, kids: dict[str, bytes]) -> dict[str, list[float]]:
    """Seconds of each request, by what it asked for."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    bodies = {name: json.dumps({"kids": [encode(kid)]}) for name, kid in kids.items()}
    times: dict[str, list[float]] = {name: [] for name in kids}
    for number in range(REQUESTS + WARM_UP):
        name = random.choice(list(kids))
        began = time.perf_counter()
        connection.request("POST", "/api/v1/drm/license", bodies[name], {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        passed = time.perf_counter() - began
        if answer.status != http.client.FORBIDDEN:
            sys.exit(f"{name} was answered {answer.status}")
        if number >= WARM_UP:
            times[name].append(passed)
    return times


if __name__ == "__main__":
    main()
