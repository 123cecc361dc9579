"""The liveness probe fails when something does not move any more, and says what."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web
from telstar_operator.progress import LISTING_LIMIT, RECONCILE_LIMIT, Progress
from telstar_operator.serving import application
from telstar_operator.store import Store


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
    healthy = await aiohttp_get(application(Progress(listed_at=float("inf")), Store(), {}), "/healthz")
    assert healthy == (200, "ok")
    status, text = await aiohttp_get(application(Progress(listed_at=float("-inf")), Store(), {}), "/healthz")
    assert status == 503
    assert "listing" in text
    status, text = await aiohttp_get(application(Progress(listed_at=0), Store(), {}), "/metrics")
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
    assert (await aiohttp_get(application(progress, store, {}), "/retention"))[0] == 503
    store.complete = True
    status, text = await aiohttp_get(application(progress, store, {}), "/retention")
    assert status == 200
    assert json.loads(text) == {
        "channels": {"news": {"retention_seconds": 5400}, "old": {"retention_seconds": 604800}}
    }
