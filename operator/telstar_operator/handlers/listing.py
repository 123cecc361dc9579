"""The full listing, once at the start and then every minute: what watches may have missed is found here."""

import asyncio
import time
from collections import Counter

import structlog
from kubernetes.aio.client import ApiException

from telstar_operator import metrics
from telstar_operator.cluster import Cluster, RefusedError
from telstar_operator.handlers.watching import keep
from telstar_operator.handlers.worker import Workers, describe
from telstar_operator.plan.departure import without_channel
from telstar_operator.progress import Progress
from telstar_operator.registry import AwayError, Registry
from telstar_operator.resources import ChannelStatus
from telstar_operator.store import KINDS, Store

log = structlog.get_logger()

EVERY = 60.0
"""Seconds between listings."""
START_LIMIT = 120.0
"""Seconds to wait at the start for the resource definition and the API server."""


async def list_once(store: Store, cluster: Cluster, workers: Workers) -> dict[str, int]:
    """List every kind into the store and wake what changed; what the watches had missed, counted by kind."""
    missed: dict[str, int] = {}
    touched: set[str] = set()
    for kind in KINDS:
        items, at = await cluster.list(kind)
        channels, missed[kind] = store.relist(kind, [keep(kind, item) for item in items], at)
        touched |= channels
    store.complete = True
    for channel in touched:  # only now: at the start a channel whose pods are not listed yet looks stopped
        workers.wake(channel)
    count_channels(store)
    return missed


async def compare(store: Store, registry: Registry, workers: Workers) -> None:
    """Wake whatever is registered and has no Channel of that uid: it was deleted while nobody looked.

    Only after a whole listing; where the API cannot be asked, the next comparison does it. Waking decides
    nothing: departure.py does, and the API server is asked once more before anything is done.
    """
    try:
        registered = await registry.registrations()
    except (AwayError, RefusedError) as error:
        metrics.ERRORS.labels("comparison").inc()
        log.warning("registrations not compared", why=str(error))
        return
    channels = {
        name: body["metadata"]["uid"]
        for name in store.names("Channel")
        if (body := store.get("Channel", name))
    }
    for channel in without_channel(registered, channels):
        workers.wake(channel)


def count_channels(store: Store) -> None:
    """Channels by condition and status, for the metrics."""
    counts: Counter[tuple[str, str]] = Counter()
    for name in store.names("Channel"):
        body = store.get("Channel", name) or {}
        for condition in ChannelStatus.model_validate(body.get("status") or {}).conditions:
            counts[condition.type, condition.status] += 1
    metrics.CHANNELS.clear()
    for (kind, status), count in counts.items():
        metrics.CHANNELS.labels(kind, status).set(count)


async def list_at_start(store: Store, cluster: Cluster, workers: Workers) -> None:
    """The first listing; waits for the Channel resource to be known to the API server."""
    deadline = time.monotonic() + START_LIMIT
    while True:
        try:
            await list_once(store, cluster, workers)
        except (ApiException, OSError, TimeoutError) as error:
            if time.monotonic() > deadline:
                raise
            missing = getattr(error, "status", None) == 404
            log.warning(
                "waiting for the API server",
                error="it does not know channels.telstar.dev; apply crds/channel.yaml"
                if missing
                else describe(error),
            )
            await asyncio.sleep(2)
        else:
            return


async def keep_listing(
    store: Store, cluster: Cluster, registry: Registry, workers: Workers, progress: Progress
) -> None:
    """Every minute, and a comparison with the registrations after each, the first at once.

    An error is logged, and shows in the liveness probe when it lasts.
    """
    await compare(store, registry, workers)
    while True:
        await asyncio.sleep(EVERY)
        try:
            missed = await list_once(store, cluster, workers)
        except Exception as error:  # noqa: BLE001 - the next listing may succeed; the liveness probe watches
            metrics.ERRORS.labels("listing").inc()
            log.error("listing failed", error=describe(error))
            continue
        progress.listed(missed, time.monotonic())
        for kind, count in missed.items():
            metrics.EVENTS_MISSED.labels(kind).inc(count)
        await compare(store, registry, workers)
