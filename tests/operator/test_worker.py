"""A channel's task: woken, due, or backing off; one at a time for a channel."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from telstar_operator.handlers import worker
from telstar_operator.handlers.worker import Workers, back_off
from telstar_operator.progress import Progress


def test_pauses_grow_to_a_minute() -> None:
    assert [back_off(failures) for failures in (1, 2, 3, 6, 7, 50)] == [1, 2, 4, 32, 60, 60]


def workers(reconcile: Callable[[str], Awaitable[float | None]]) -> Workers:
    return Workers(reconcile, Progress(listed_at=0))


async def test_a_wake_during_a_reconciliation_brings_another(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    going, release = asyncio.Event(), asyncio.Event()

    async def reconcile(name: str) -> float:
        calls.append(name)
        going.set()
        await release.wait()
        return 60.0

    tasks = workers(reconcile)
    tasks.wake("news")
    await going.wait()
    for _ in range(3):
        tasks.wake("news")
    assert calls == ["news"]
    going.clear()
    release.set()
    await going.wait()
    assert calls == ["news"] * 2
    await tasks.stop()


async def test_an_error_is_tried_again_and_holds_up_no_other_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "back_off", lambda failures: 0.0)
    calls: list[str] = []
    enough = asyncio.Event()

    async def reconcile(name: str) -> float:
        calls.append(name)
        if calls.count("bad") == 3 and "good" in calls:
            enough.set()
        if name == "bad":
            raise OSError("no route")
        return 60.0

    tasks = workers(reconcile)
    tasks.wake("bad")
    tasks.wake("good")
    await enough.wait()
    await tasks.stop()


async def test_a_channel_that_is_gone_has_no_task_and_may_return() -> None:
    finished = asyncio.Event()
    calls: list[str] = []

    async def reconcile(name: str) -> None:
        calls.append(name)
        finished.set()

    tasks = workers(reconcile)
    for expected in (1, 2):
        finished.clear()
        tasks.wake("news")
        await finished.wait()
        while tasks._tasks:
            await asyncio.sleep(0)
        assert len(calls) == expected


async def test_a_due_check_comes_without_a_wake() -> None:
    calls: list[str] = []
    twice = asyncio.Event()

    async def reconcile(name: str) -> float:
        calls.append(name)
        if len(calls) == 2:
            twice.set()
        return 0.01

    tasks = workers(reconcile)
    tasks.wake("news")
    await twice.wait()
    await tasks.stop()
