"""Licence requests a second, as ratios to a bare FastAPI endpoint with one SELECT.

Run: TELSTAR_TEST_DATABASE_URL=… python tests/bench/licences.py   (about two minutes)

One uvicorn process on one core answers, wrk on another asks: 16 connections that stay open, 127.0.0.1 only,
SECONDS a measurement. The bare endpoint is what a framework's tutorial has: SQLAlchemy, psycopg, one row of
one table, answered as JSON. Beside it the licence of a viewer who has two products and one session open, once
with its facts from Postgres at every request, once with them warm in memory. The three are measured in turn,
ROUNDS times, and compared round by round: the median ratio counts.
"""

import asyncio
import base64
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import postgres
from support.api_process import free_port, serving, shared_world
from support.api_world import sign_in_of
from support.secret_files import secret_files
from support.waiting import wait_until
from telstar_api import migrations
from telstar_api.auth.tokens import Role, Viewer

CONNECTIONS = 16
SECONDS = 5
ROUNDS = 5
AIMS = {"from Postgres": 0.85, "warm": 3.0}
BARE = "bare_fastapi.py"

Headers = dict[str, str]


def main() -> None:
    """Print requests a second and the ratios of medians."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: run scripts/install-test-tools")
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres.server() as server,
        postgres.database(server) as url,
    ):
        migrations.migrate(url)
        files = secret_files(Path(folder))
        body, headers = asyncio.run(_watching(url, files, Path(folder)))
        settings = {
            "DATABASE_URL": url,
            "SEGMENTS_PATH": folder,
            **{name.upper(): str(path) for name, path in files.items()},
        }
        core = _cores()
        with (
            _bare(url, *core[0]) as bare,
            serving({**settings, "WARM_FACTS": "0"}, *core[0]) as cold,
            serving(settings, *core[0]) as warm,
        ):
            script = _script(Path(folder), body, headers)
            places = {
                "one SELECT": (f"{bare}/one-select", None),
                "from Postgres": (f"{cold.url}/api/v1/drm/license", script),
                "warm": (f"{warm.url}/api/v1/drm/license", script),
            }
            for url_and_script in places.values():
                _rate(*url_and_script, 2, core[1])
            rounds = [
                {name: _rate(*place, SECONDS, core[1]) for name, place in places.items()}
                for _ in range(ROUNDS)
            ]
    _report(rounds)


def _report(rounds: list[dict[str, float]]) -> None:
    print(f"{'':16}{'requests/s':>12}{'ratio':>8}{'aim':>8}")
    for name in rounds[0]:
        rate = statistics.median(item[name] for item in rounds)
        ratio = statistics.median(item[name] / item["one SELECT"] for item in rounds)
        aim = f"≥ {AIMS[name]}" if name in AIMS else ""
        print(f"{name:16}{rate:12,.0f}{ratio:8.2f}{aim:>8}")


async def _watching(url: str, files: dict[str, Path], folder: Path) -> tuple[str, Headers]:
    """A viewer with a session open: the body and headers of a licence request that is answered."""
    async with shared_world(url, files, folder) as world:
        await world.channel("news")
        await world.product("basic", ("news", "live", None), ("cinema", "live", None))
        await world.product(
            "everything", (None, "live", None), (None, "start-over", None), (None, "catch-up", 7)
        )
        kid, _ = await world.key("news")
        user = await world.viewer("basic", "everything")
        session = await world.watches(user, "news")
        # Heartbeats, which nobody sends here, are not due before the measurements are over.
        session.last_seen_at = world.clock.now().replace(year=world.clock.now().year + 1)
        await world.session.commit()
        token = world.context.tokens.issue(
            Viewer(user.id, cast("Role", user.role), sign_in_of(user.id)), world.clock.now()
        )
    key_id = base64.urlsafe_b64encode(bytes.fromhex(kid)).rstrip(b"=").decode()
    return json.dumps({"kids": [key_id], "type": "temporary"}), {"Authorization": f"Bearer {token}"}


@contextlib.contextmanager
def _bare(url: str, *prefix: str) -> Iterator[str]:
    port = free_port()
    command = [*prefix, sys.executable, str(Path(__file__).parents[1] / "support" / BARE), url, str(port)]
    process = subprocess.Popen(command)
    try:
        wait_until("the bare endpoint", lambda: _answers(port), 30)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(timeout=10)


def _answers(port: int) -> bool:
    command = ["curl", "--silent", "--fail", f"http://127.0.0.1:{port}/one-select"]
    return subprocess.run(command, stdout=subprocess.DEVNULL, timeout=5).returncode == 0


def _script(folder: Path, body: str, headers: Headers) -> Path:
    """What wrk sends, in its own language."""
    lines = ['wrk.method = "POST"', f"wrk.body = [[{body}]]"]
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in headers.items()]
    script = folder / "licence.lua"
    script.write_text("\n".join(lines))
    return script


def _rate(url: str, script: Path | None, seconds: int, prefix: tuple[str, ...]) -> float:
    """Requests a second. Ends the benchmark where any was not answered with success."""
    command = [*prefix, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", str(script)] if script else []
    limit = seconds + 30
    done = subprocess.run([*command, url], capture_output=True, text=True, timeout=limit, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        sys.exit(f"{url} was not answered:\n{done.stdout}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


def _cores() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Prefixes that keep the answering process on one core, and the asking one off it if there are more."""
    if shutil.which("taskset") is None:
        return (), ()
    first, *others = sorted(os.sched_getaffinity(0))
    return ("taskset", "-c", str(first)), ("taskset", "-c", ",".join(map(str, others or [first])))


if __name__ == "__main__":
    main()
