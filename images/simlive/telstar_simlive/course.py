"""What the supervisor does next: pure decisions over what it sees. Times are milliseconds."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

POLL = 100
DRIFT = 2_000
"""How far a slot's end may be from the wall clock when it is published."""
PATIENCE = 5
"""Slots in succession that may be farther and not come nearer: FFmpeg that is behind catches up by itself
once it gets the CPU, where a new run would cost more of it, and a gap."""
STARTUP = 10_000
"""What a new encoder may take longer than a running one."""
_PROMPT = 250  # a run starts at its whole second, or not much later
_SETTLED = 3  # slots after which a run counts as sound
_LONGEST_BACK_OFF = 30_000


class SourceState(StrEnum):
    """Where the source is: what it is fed from is open and gives data (READY), or not (yet)."""

    CLOSED = "closed"
    OPENING = "opening"
    READY = "ready"
    FAILED = "failed"
    FINISHED = "finished"


@dataclass(frozen=True)
class RunFacts:
    """The present run: its start, where its newest slot ended (its start, as long as there is none), whether
    the next slot lies complete in the spool, the encoder's exit code once it has ended, how far the newest
    slot's end was behind the wall clock (or, negative, before it) when it was published, how many slots in
    succession it was off (see `off_time_after`), and why a slot could not be published.
    """

    start: int
    end: int
    complete: bool = False
    exit_code: int | None = None
    lag: int = 0
    off_time: int = 0
    fault: str = ""


@dataclass(frozen=True)
class Facts:
    """What the supervisor sees. `failures` counts runs in succession that ended unsettled; `ended` is when
    the last run ended.
    """

    now: int
    segment: int
    source: SourceState
    source_message: str = ""
    newest_end: int | None = None
    run: RunFacts | None = None
    failures: int = 0
    ended: int | None = None
    stopping: bool = False


@dataclass(frozen=True)
class Publish:
    """Publish the next slot."""


@dataclass(frozen=True)
class End:
    """End the run; `reason` says why, `wished` that it is no fault."""

    reason: str
    wished: bool = False


@dataclass(frozen=True)
class OpenSource:
    """Open the source."""


@dataclass(frozen=True)
class Start:
    """Start a run at this whole second."""

    start: int


@dataclass(frozen=True)
class Finish:
    """Nothing is left to do."""


@dataclass(frozen=True)
class Wait:
    """Look again after this many milliseconds; `reason` says what for."""

    duration: int
    reason: str


Action = Publish | End | OpenSource | Start | Finish | Wait


def decide(facts: Facts) -> Action:
    """The first policy that has an answer decides."""
    policies: tuple[Callable[[Facts], Action | None], ...] = (
        _publish,
        _end,
        _go_on,
        _finish,
        _back_off,
        _open,
        _start,
    )
    for policy in policies:
        action = policy(facts)
        if action is not None:
            return action
    raise AssertionError("the last policy always answers")


def back_off(failures: int) -> int:
    """How long to wait after so many unsettled runs in succession: 0, 1 s, 2 s, 4 s … 30 s."""
    return min(1000 * 2 ** (failures - 1), _LONGEST_BACK_OFF) if failures else 0


def failures_after(failures: int, published: int, wished: bool) -> int:
    """The count of unsettled runs in succession, when a run ends that published so many slots."""
    return 0 if wished or published >= _SETTLED else failures + 1


def off_time_after(off_time: int, lag: int, lag_before: int) -> int:
    """The count of slots in succession that are off the wall clock, when one is published so late.

    One that is off, but less than the one before, does not count.
    """
    if abs(lag) <= DRIFT:
        return 0
    return off_time if abs(lag) < abs(lag_before) else off_time + 1


def _publish(facts: Facts) -> Action | None:
    return Publish() if facts.run and facts.run.complete else None


def _end(facts: Facts) -> Action | None:
    run = facts.run
    if run is None:
        return None
    if facts.stopping:
        return End("SimLive is told to stop", wished=True)
    if run.fault:
        return End(f"a slot could not be published: {run.fault}")
    return _ended(facts, run) or _lost(facts, run)


def _ended(facts: Facts, run: RunFacts) -> End | None:
    if facts.source is SourceState.FAILED:
        return End(f"the source failed: {facts.source_message}")
    if run.exit_code is None:
        return None
    if facts.source is SourceState.FINISHED:
        return End("the playlist is at its end", wished=True)
    return End(f"the encoder ended with exit code {run.exit_code}")


def _lost(facts: Facts, run: RunFacts) -> End | None:
    limit = 3 * facts.segment + 1000 + (STARTUP if run.end == run.start else 0)
    if facts.now - run.end > limit:
        return End(f"no slot was complete for {(facts.now - run.end) / 1000:.1f} s")
    if run.off_time >= PATIENCE:
        return End(f"the newest slot's end was {run.lag / 1000:.1f} s behind the wall clock")
    return None


def _go_on(facts: Facts) -> Action | None:
    return Wait(POLL, "the next slot") if facts.run else None


def _finish(facts: Facts) -> Action | None:
    return Finish() if facts.stopping else None


def _back_off(facts: Facts) -> Action | None:
    if facts.ended is None:
        return None
    left = facts.ended + back_off(facts.failures) - facts.now
    # More than the back-off itself is left where the wall clock was set back: then it is over.
    return Wait(min(left, POLL), "the back-off") if 0 < left <= back_off(facts.failures) else None


def _open(facts: Facts) -> Action | None:
    if facts.source is SourceState.FINISHED:
        return Wait(POLL, "nothing: the playlist is at its end")
    if facts.source in (SourceState.CLOSED, SourceState.FAILED):
        return OpenSource()
    return Wait(POLL, "the source") if facts.source is SourceState.OPENING else None


def _start(facts: Facts) -> Action:
    second = facts.now - facts.now % 1000
    ahead = (facts.newest_end or 0) - second
    if ahead > 0:
        return Wait(min(ahead, POLL), "the wall clock to pass the newest slot's end")
    if facts.now - second > _PROMPT:
        return Wait(min(second + 1000 - facts.now, POLL), "the next whole second")
    return Start(second)
