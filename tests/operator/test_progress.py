"""The liveness probe fails when something does not move any more, and says what."""

import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web
from telstar_operator.api_time import ApiTime
from telstar_operator.handlers.departing import Leaving
from telstar_operator.plan.conditions import no
from telstar_operator.plan.departure import Departed
from telstar_operator.progress import LISTING_LIMIT, RECONCILE_LIMIT, Progress
from telstar_operator.serving import application
from telstar_operator.store import Store

CLOCK = ApiTime()
CLOCK.note("Sun, 22 Nov 2026 18:00:00 GMT", time.monotonic())


def test_all_is_well_at_first_and_after_listings() -> None:
    progress = Progress(listed_at=0)
    assert progress.complaint(LISTING_LIMIT) is None
    assert "last full listing" in (progress.complaint(LISTING_LIMIT + 1) or "")
    progress.listed({"Pod": 0}, LISTING_LIMIT)
    assert progress.complaint(LISTING_LIMIT + 1) is None


def test_a_watch_that_misses_something_three_times_in_a_row_is_dead() -> None:
    progress = Progress(listed_at=0)
    for _ in range(2):
        progress.listed({"Pod": 1, "Job": 0}, 0)
    assert progress.complaint(0) is None
    progress.listed({"Pod": 0, "Job": 0}, 0)
    for _ in range(3):
        progress.listed({"Pod": 2, "Job": 0}, 0)
    assert progress.complaint(0) == "the watch of Pod delivers nothing any more"


def test_a_reconciliation_without_end_is_named() -> None:
    progress = Progress(listed_at=RECONCILE_LIMIT, running_since={"news": 0.0})
    assert progress.complaint(RECONCILE_LIMIT) is None
    assert progress.complaint(RECONCILE_LIMIT + 1) == "the reconciliation of news does not end"


async def test_the_endpoints(
    aiohttp_get: Callable[[web.Application, str], Awaitable[tuple[int, str]]],
) -> None:
    healthy = await aiohttp_get(application(Progress(listed_at=float("inf")), Store(), {}, CLOCK), "/healthz")
    assert healthy == (200, "ok")
    status, text = await aiohttp_get(
        application(Progress(listed_at=float("-inf")), Store(), {}, CLOCK), "/healthz"
    )
    assert status == 503
    assert "listing" in text
    status, text = await aiohttp_get(application(Progress(listed_at=0), Store(), {}, CLOCK), "/metrics")
    assert status == 200
    assert "telstar_operator_reconciles_total" in text


async def test_the_keeper_is_told_of_all_channels_or_of_none(
    aiohttp_get: Callable[[web.Application, str], Awaitable[tuple[int, str]]],
) -> None:
    store, progress = Store(), Progress(listed_at=0)
    for version, (name, spec) in enumerate({"news": {"retention": "90m"}, "old": {}}.items(), start=1):
        metadata = {
            "name": name,
            "resourceVersion": str(version),
            "deletionTimestamp": "2026-11-22T18:00:00Z",
        }
        store.see("Channel", {"metadata": metadata, "spec": spec})
    assert (await aiohttp_get(application(progress, store, {}, CLOCK), "/retention"))[0] == 503
    store.complete = True
    status, text = await aiohttp_get(application(progress, store, {}, CLOCK), "/retention")
    assert status == 200
    told = json.loads(text)
    assert told["channels"] == {"news": {"retention_seconds": 5400}, "old": {"retention_seconds": 604800}}
    assert told["now"].startswith("2026-11-22T")
    silent = application(progress, store, {}, ApiTime())
    assert (await aiohttp_get(silent, "/retention"))[0] == 503, "nobody deletes by one clock alone"
    assert (await aiohttp_get(silent, "/time"))[0] == 503
    status, text = await aiohttp_get(application(progress, store, {}, CLOCK), "/time")
    assert json.loads(text)["now"].startswith("2026-11-22T")


def test_the_api_servers_time_goes_on_by_no_clock_that_can_be_set() -> None:
    clock = ApiTime()
    assert clock.now(5.0) is None
    for rubbish in (None, "", "tomorrow"):
        clock.note(rubbish, 5.0)
    assert clock.now(5.0) is None
    clock.note("Sun, 22 Nov 2026 18:00:00 GMT", 100.0)
    assert clock.now(161.5) == datetime(2026, 11, 22, 18, 1, 1, 500000, tzinfo=UTC)


async def test_who_is_not_gone_yet_is_told(
    aiohttp_get: Callable[[web.Application, str], Awaitable[tuple[int, str]]],
) -> None:
    former = Departed("news", "1234", "Delete")
    leaving = {"news": Leaving(former, no("PurgeFailed", "see its Job"))}
    _, text = await aiohttp_get(application(Progress(listed_at=0), Store(), leaving, CLOCK), "/leaving")
    assert json.loads(text) == {
        "channels": [
            {"name": "news", "uid": "1234", "reclaim_policy": "Delete", "reason": "PurgeFailed",
             "message": "see its Job"}
        ]
    }  # fmt: skip
