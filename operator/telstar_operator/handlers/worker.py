"""One task a channel: it sleeps until woken or until the next check is due, and backs off after errors."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import structlog

from telstar_operator import metrics
from telstar_operator.progress import Progress

log = structlog.get_logger()

LIMIT = 120.0
"""Seconds after which a reconciliation is given up and tried again."""
PARALLEL = 20
"""Reconciliations at a time."""
LONGEST_PAUSE = 60.0

Reconcile = Callable[[str], Awaitable[float | None]]
"""Reconciles a channel; returns seconds until the next check, None once there is no such Channel."""


def back_off(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4 … 60."""
    return min(LONGEST_PAUSE, 2.0 ** (failures - 1))


class Workers:
    """The tasks of all channels."""

    def __init__(self, reconcile: Reconcile, progress: Progress) -> None:
        self._reconcile = reconcile
        self._progress = progress
        self._wakes: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(PARALLEL)

    def wake(self, channel: str) -> None:
        """Something about this channel changed."""
        if channel not in self._tasks:
            self._wakes[channel] = asyncio.Event()
            self._tasks[channel] = asyncio.create_task(self._work(channel), name=f"channel {channel}")
        self._wakes[channel].set()

    async def stop(self) -> None:
        """End all tasks."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, channel: str) -> None:
        failures = 0
        pause: float | None = 0.0
        while pause is not None:
            await self._rest(channel, pause)
            self._wakes[channel].clear()
            metrics.QUEUED.inc()
            async with self._slots:
                metrics.QUEUED.dec()
                pause, failures = await self._once(channel, failures)
            if pause is None and self._wakes[channel].is_set():
                pause = 0.0
        del self._wakes[channel], self._tasks[channel]

    async def _rest(self, channel: str, pause: float) -> None:
        """Until woken, at most pause seconds, give or take a tenth so that channels spread out."""
        try:
            async with asyncio.timeout(pause * random.uniform(0.9, 1.1)):
                await self._wakes[channel].wait()
        except TimeoutError:
            return

    async def _once(self, channel: str, failures: int) -> tuple[float | None, int]:
        started = time.monotonic()
        self._progress.running_since[channel] = started
        try:
            async with asyncio.timeout(LIMIT):
                pause = await self._reconcile(channel)
        except Exception as error:  # noqa: BLE001 - one channel's trouble must not end the others' operator
            metrics.RECONCILES.labels("failed").inc()
            metrics.ERRORS.labels("reconcile").inc()
            pause = back_off(failures + 1)
            log.error("reconciliation failed", channel=channel, error=describe(error), retry_seconds=pause)
            return pause, failures + 1
        finally:
            del self._progress.running_since[channel]
            metrics.DURATION.observe(time.monotonic() - started)
        metrics.RECONCILES.labels("done").inc()
        return pause, 0


def describe(error: Exception) -> str:
    """An error without its request's body: keys may be in there."""
    status = getattr(error, "status", None)
    if status is not None:
        return f"{type(error).__name__} {status} {getattr(error, 'reason', '')}"
    return f"{type(error).__name__}: {error}"
