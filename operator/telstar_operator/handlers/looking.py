"""Asking SimLive pods how they do, apart from reconciliations: a pod that is slow to answer holds up nobody.

A channel is woken when what its pod says makes a difference, not each time it speaks.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from telstar_operator.plan.facts import NotAsked, Silent
from telstar_operator.plan.simlive import SimLiveStatus, telling

OFTEN = 2.0
"""Seconds between questions while something is on its way."""
RARELY = 10.0
"""The same while nothing is."""
A_SECOND = 50
"""Questions a second at most, over all channels that run undisturbed."""
PARALLEL = 50
PATIENCE = 3
"""Unanswered questions in a row before a pod that has spoken before counts as silent."""
LONGEST = 60.0
"""Seconds between questions to a pod that never answers."""
TICK = 0.25

Ask = Callable[[str, int, str], Awaitable[SimLiveStatus | Silent]]
Wake = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Target:
    """A pod to ask: its uid, IP address and port."""

    uid: str
    address: str
    port: int


@dataclass(slots=True)
class Look:
    """What is known of one channel's pod, and when to ask again (seconds of the monotonic clock)."""

    target: Target
    soon: bool
    due: float
    asking: bool = False
    failures: int = 0
    silent_since: datetime | None = None
    said: SimLiveStatus | Silent | NotAsked = field(default_factory=NotAsked)


def pause(look: Look, channels: int) -> float:
    """Seconds until the next question; longer where many channels are asked, or nobody answers."""
    rarely = max(RARELY, channels / A_SECOND)
    if look.failures >= PATIENCE:
        return min(LONGEST, rarely * 2.0 ** (look.failures - PATIENCE))
    return OFTEN if look.soon or look.failures else rarely


class Looks:
    """All channels' pods."""

    def __init__(self, ask: Ask, wake: Wake, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._wake = wake
        self._clock = clock
        self._looks: dict[str, Look] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def said(self, channel: str, uid: str) -> SimLiveStatus | Silent | NotAsked:
        """The last word of this very pod."""
        look = self._looks.get(channel)
        return look.said if look and look.target.uid == uid else NotAsked()

    def aim(self, channel: str, target: Target | None, soon: bool) -> None:
        """Ask this pod from now on, None for nobody; soon while something is on its way."""
        look = self._looks.get(channel)
        if target is None:
            self._looks.pop(channel, None)
        elif look is None or look.target != target:
            self._looks[channel] = Look(target, soon, self._clock())
        elif soon and not look.soon:
            look.soon, look.due = True, min(look.due, self._clock() + OFTEN)
        else:
            look.soon = soon

    async def keep_looking(self) -> None:
        """Ask whoever is due, for ever."""
        while True:
            self.tick()
            await asyncio.sleep(TICK)

    def tick(self) -> None:
        """Begin what is due, as far as there is room."""
        now = self._clock()
        for channel, look in self._looks.items():
            if len(self._tasks) >= PARALLEL:
                return
            if not look.asking and look.due <= now:
                look.asking = True
                task = asyncio.create_task(self._look(channel, look), name=f"status of {channel}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End all questions."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _look(self, channel: str, look: Look) -> None:
        before = look.said
        try:
            said = await self._ask(look.target.address, look.target.port, channel)
        finally:
            look.asking = False
            look.due = self._clock() + OFTEN
        silent = isinstance(said, Silent)
        if isinstance(said, Silent):
            look.silent_since = look.silent_since or datetime.now(UTC)
            said = replace(said, since=look.silent_since)
        else:
            look.silent_since = None
        look.failures = look.failures + 1 if silent else 0
        look.due = self._clock() + pause(look, len(self._looks)) * random.uniform(0.9, 1.1)
        if silent and look.failures < PATIENCE:
            return
        look.said = said
        if difference(before, said) and self._looks.get(channel) is look:
            self._wake(channel)


def difference(before: SimLiveStatus | Silent | NotAsked, now: SimLiveStatus | Silent | NotAsked) -> bool:
    """Whether a plan could depend on it."""
    if isinstance(before, SimLiveStatus) and isinstance(now, SimLiveStatus):
        return bool(telling(before) != telling(now))
    return before != now
