"""What the supervisor does next: pure decisions over what it sees. Times are milliseconds."""

from collections.abc import Callable
from dataclasses import dataclass

from telstar_simlive.setup import boundary_after

POLL = 100
DRIFT = 2_000
"""How far a slot's end may be from the channel's time when it is whole."""
PATIENCE = 5
"""Slots in succession that may be farther and not come nearer: FFmpeg that is behind catches up by itself
once it gets the CPU, where a new run would cost more of it, and a gap."""
STARTUP = 10_000
"""What a new encoder may take longer than a running one."""
HUNG = 2_500
"""How long an encoder may do nothing at all: it has frames to encode all the time."""
OPENING = 3_000
"""How long a start waits for the playout's sources; then the slate goes on the air."""
STOPPING = 5_000
"""What the last slot may take longer than it lasts, when SimLive is told to stop."""
_HEAD_START = 300  # an encoder is started so long before its first frame
_SETTLED = 3  # slots after which a run counts as sound
_LONGEST_BACK_OFF = 30_000


@dataclass(frozen=True)
class RunFacts:
    """A run: its start, where its newest whole slot ended (its start, as long as there is none), how long a
    slot is, and `until`, where it is to end, once that is settled.

    `complete`: the next slot lies whole in the spool. `exit_code`: the encoder's, once it has ended. `lag`:
    how far the newest slot's end was behind the channel's time (or, negative, before it) when it was whole.
    `off_time`: how many slots in succession it was off (see `off_time_after`). `idle`: for how long the
    encoder has done nothing. `fault`: why a slot cannot be used. `cut`: the playout gives it no frames.
    `copied`: it does not end by itself at `until`. `over`: it has played all there is.
    """

    start: int
    end: int
    segment: int
    until: int | None = None
    complete: bool = False
    exit_code: int | None = None
    lag: int = 0
    off_time: int = 0
    idle: int = 0
    fault: str = ""
    cut: bool = False
    copied: bool = False
    over: bool = False


@dataclass(frozen=True)
class Facts:
    """What the supervisor sees. `missing` says what a run cannot be made without; `opened` is when the
    playout for the next run was opened, None before; `ready` and `over` are what it says. `runs`: oldest
    first, each but the first a successor. `due`: the boundary at which the newest of them is to be succeeded,
    prepared now. `newest_end`: where the newest whole slot ended. `failures` counts runs in succession that
    ended unsettled; `ended` is when the last run ended. `stopping`: since when SimLive is told to stop;
    `hurry`: told again.
    """

    now: int
    missing: str = ""
    opened: int | None = None
    ready: bool = False
    over: bool = False
    runs: tuple[RunFacts, ...] = ()
    due: int | None = None
    newest_end: int | None = None
    failures: int = 0
    ended: int | None = None
    stopping: int | None = None
    hurry: bool = False


@dataclass(frozen=True)
class Collect:
    """Take the oldest run's next slot out of the spool, to be stored."""


@dataclass(frozen=True)
class End:
    """End a run; `reason` says why, `wished` that it is no fault."""

    index: int
    reason: str
    wished: bool = False


@dataclass(frozen=True)
class Open:
    """Open a playout for the next run."""


@dataclass(frozen=True)
class Start:
    """Start a run at this whole second."""

    start: int


@dataclass(frozen=True)
class Succeed:
    """Start the run that follows the newest at this slot boundary."""

    start: int


@dataclass(frozen=True)
class Close:
    """Let the newest run end at this slot boundary."""

    until: int


@dataclass(frozen=True)
class Finish:
    """Nothing is left to do."""


@dataclass(frozen=True)
class Wait:
    """Look again after this many milliseconds; `reason` says what for."""

    duration: int
    reason: str


Action = Collect | End | Open | Start | Succeed | Close | Finish | Wait


def decide(facts: Facts) -> Action:
    """The first policy that has an answer decides."""
    policies: tuple[Callable[[Facts], Action | None], ...] = (
        _collect,
        _hurry,
        _end,
        _close,
        _succeed,
        _prepare,
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
    """How long to wait after so many unsettled runs in succession: 0, 0, 1 s, 2 s, 4 s … 30 s."""
    return min(1000 * 2 ** (failures - 2), _LONGEST_BACK_OFF) if failures > 1 else 0


def failures_after(failures: int, collected: int, wished: bool) -> int:
    """The count of unsettled runs in succession, when a run ends that made so many slots."""
    return 0 if wished or collected >= _SETTLED else failures + 1


def off_time_after(off_time: int, lag: int, lag_before: int) -> int:
    """The count of slots in succession that are off the channel's time, when one is whole so late.

    One that is off, but less than the one before, does not count.
    """
    if abs(lag) <= DRIFT:
        return 0
    return off_time if abs(lag) < abs(lag_before) else off_time + 1


def _collect(facts: Facts) -> Action | None:
    return Collect() if facts.runs and facts.runs[0].complete else None


def _hurry(facts: Facts) -> Action | None:
    if not facts.runs or facts.stopping is None:
        return None
    if facts.hurry:
        return End(0, "SimLive is told to stop at once", wished=True)
    if facts.now - facts.stopping > facts.runs[-1].segment + STOPPING:
        return End(0, "SimLive is told to stop, and its last slot does not end")
    return None


def _end(facts: Facts) -> Action | None:
    """The first run that is at its end, or at fault. A dead successor waits for those before it."""
    for index, run in enumerate(facts.runs):
        action = _exited(facts, index, run) if index == 0 else None
        action = action or _lost(facts.now, index, run)
        if action is not None:
            return action
    return None


def _exited(facts: Facts, index: int, run: RunFacts) -> End | None:
    if run.fault:
        return End(index, f"a slot cannot be used: {run.fault}")
    whole = run.until is not None and run.end >= run.until
    if run.exit_code is None and not (run.copied and whole):
        return None
    if whole:
        return End(index, "it was whole", wished=True)
    if (facts.over or run.over) and run.exit_code == 0:
        return End(index, "the playlist is at its end", wished=True)
    return End(index, f"the encoder ended with exit code {run.exit_code}")


def _lost(now: int, index: int, run: RunFacts) -> End | None:
    if run.exit_code is not None:
        return None
    if run.idle > HUNG and now > run.start + HUNG:
        return End(index, f"the encoder has done nothing for {run.idle / 1000:.1f} s")
    limit = 3 * run.segment + 1000 + (STARTUP if run.end == run.start else 0)
    if now - run.end > limit:
        return End(index, f"no slot was complete for {(now - run.end) / 1000:.1f} s")
    if run.off_time >= PATIENCE:
        return End(index, f"the newest slot's end was {run.lag / 1000:.1f} s behind the channel's time")
    if run.cut:
        return End(index, "the playout could not give it all frames")
    return None


def _close(facts: Facts) -> Action | None:
    """Told to stop: the newest run goes on to the end of its slot. One that has not begun is not needed."""
    if facts.stopping is None or not facts.runs or facts.runs[-1].until is not None:
        return None
    newest = facts.runs[-1]
    if newest.start > facts.now and len(facts.runs) > 1:
        return End(len(facts.runs) - 1, "SimLive is told to stop", wished=True)
    return Close(boundary_after(newest.start, newest.segment, facts.now + POLL))


def _succeed(facts: Facts) -> Action | None:
    return Succeed(facts.due) if facts.due is not None and _prepared(facts) else None


def _prepare(facts: Facts) -> Action | None:
    """A playout for another form is opened while the run goes on."""
    wanted = facts.runs and facts.stopping is None and not facts.missing
    return Open() if wanted and facts.opened is None else None


def _go_on(facts: Facts) -> Action | None:
    return Wait(POLL, "the next slot") if facts.runs else None


def _finish(facts: Facts) -> Action | None:
    return Finish() if facts.stopping is not None else None


def _back_off(facts: Facts) -> Action | None:
    if facts.ended is None:
        return None
    left = facts.ended + back_off(facts.failures) - facts.now
    return Wait(min(left, POLL), "the back-off") if left > 0 else None


def _open(facts: Facts) -> Action | None:
    if facts.missing:
        return Wait(POLL, facts.missing)
    if facts.opened is None:
        return Open()
    if facts.over:
        return Wait(POLL, "nothing: the playlist is at its end")
    return None if _prepared(facts) else Wait(POLL, "the source")


def _prepared(facts: Facts) -> bool:
    return facts.opened is not None and (facts.ready or facts.now - facts.opened >= OPENING)


def _start(facts: Facts) -> Action:
    """The next whole second, but nothing is told twice: not before the newest slot's end."""
    start = max(-(-(facts.now + _HEAD_START) // 1000) * 1000, -(-(facts.newest_end or 0) // 1000) * 1000)
    ahead = start - facts.now
    return Start(start) if ahead <= 1000 + _HEAD_START else Wait(POLL, "the newest slot's end")
