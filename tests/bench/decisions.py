"""What decisions cost, as ratios to the query for their facts and to the naive formulation.

Run: python tests/bench/decisions.py   (about ten seconds, one core, and a Postgres as the tests have it)

The times are only what the ratios are made of: they are this machine's, the ratios are not.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import select
from support import naive_rights, postgres
from support.rights_cases import NEWS, NOW, RUNNING
from telstar_api import migrations
from telstar_api.database import Database
from telstar_api.demo.seeding import seed
from telstar_api.entitlement import repository
from telstar_api.entitlement.decision import decide, decide_programmes
from telstar_api.entitlement.facts import Account, Facts, Programme
from telstar_api.entitlement.rights import Right
from telstar_api.models import User

SECONDS = 1.0  # for each measurement
PROGRAMMES = 5000


async def gathered(url: str) -> tuple[Account, float]:
    """A demo viewer with everything, and the seconds that the query for their facts takes."""
    database = Database.at(url)
    async with database.writing() as session:
        await seed(session, NOW - timedelta(days=30))
        await session.commit()
    async with database.reading() as session:
        viewer = await session.scalar(select(User.id).where(User.email == "premium@example.com"))
        assert viewer is not None
        best = float("inf")
        until = time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            session.expunge_all()
            began = time.perf_counter()
            account = await repository.account(session, viewer)
            best = min(best, time.perf_counter() - began)
    await database.close()
    assert account is not None
    return account, best


def seconds(task: Callable[[], object]) -> float:
    """The least processor time that a task takes: what disturbs a measurement only makes it longer."""
    times = (
        1 if _took(task, 1) > SECONDS / 100 else 1000
    )  # a single decision is shorter than the clock's tick
    best = float("inf")
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        best = min(best, _took(task, times) / times)
    return best


def _took(task: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        task()
    return time.process_time() - began


def schedule() -> list[Programme]:
    """A week back and more than a week ahead of programmes of five minutes."""
    length = timedelta(minutes=5)
    first = NOW - length * (PROGRAMMES // 2)
    return [
        Programme(f"Programme {number}", first + length * number, first + length * (number + 1), 1.0)
        for number in range(PROGRAMMES)
    ]


def naive_batch(account: Account, programmes: list[Programme]) -> list[dict[Right, bool]]:
    """What a first draft would do: every right on every programme by itself, and yes or no alone."""
    facts = Facts(NOW, Right.LIVE, account, NEWS)
    return [
        {right: naive_rights.may(replace(facts, right=right, programme=programme)) for right in Right}
        for programme in programmes
    ]


def main() -> None:
    """Print one line for a decision and one for a batch."""
    with postgres.server() as server, postgres.database(server) as url:
        migrations.migrate(url)
        account, query = asyncio.run(gathered(url))
    programmes = schedule()
    facts = Facts(NOW, Right.START_OVER, account, NEWS, RUNNING)
    assert decide(facts).allowed and naive_rights.may(facts)
    agreed = [
        {right: decision.allowed for right, decision in judged.items()}
        for judged in decide_programmes(NOW, account, NEWS, programmes)
    ]
    assert agreed == naive_batch(account, programmes)
    print("                              time    query for facts   ÷ query   naive      ÷ naive")
    for name, ours, naive in (
        ("one decision", lambda: decide(facts), lambda: naive_rights.may(facts)),
        (
            f"{PROGRAMMES} programmes × {len(Right)} rights",
            lambda: decide_programmes(NOW, account, NEWS, programmes),
            lambda: naive_batch(account, programmes),
        ),
    ):
        mine, plain = seconds(ours), seconds(naive)
        print(
            f"{name:26} {said(mine):>9} {said(query):>15} {mine / query:11.4f} "
            f"{said(plain):>9} {mine / plain:9.2f}"
        )


def said(length: float) -> str:
    """A time, as one reads it."""
    return f"{length * 1e3:.1f} ms" if length >= 1e-3 else f"{length * 1e6:.1f} µs"


if __name__ == "__main__":
    main()
