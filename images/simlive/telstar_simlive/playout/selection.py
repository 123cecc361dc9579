"""Which source is on the air, and which are to be open: pure decisions. Times are monotonic seconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["preferred", "backup-1", "backup-2", "backup-3", "slate", "ended"]

HOLD = 0.8
"""How long the last picture is repeated when the source on the air gives none."""
STEADY = 3.0
"""How long a preferred source must have given frames without a break to come back on the air."""
STEADY_AT_MOST = 60.0
"""The same, however often it has failed of late."""
FALLS_FORGIVEN = 2
"""Failures on the air that a source may have had of late before it must be steady for longer."""
FALLS_REMEMBERED = 600.0
"""How long a failure on the air counts."""
STEADY_ON_SLATE = 1.0
"""The same, when nothing better than the slate is on the air."""
GRACE = 2.0
"""How long a source may take from its opening until the next in order is opened as well."""
WARM = 10.0
"""How long a less preferred source stays open once a better one is on the air again."""
_ALARM = 0.3  # a source on the air that gives nothing for so long lets the next in order be opened


@dataclass(frozen=True)
class Candidate:
    """A source, in the order of preference: since when it is open and since when it gives frames without a
    break (None where it is, or does, not); whether the last attempt to play it came to nothing; whether it
    has ended for good; how often it failed on the air within FALLS_REMEMBERED.
    """

    open_since: float | None = None
    ready_since: float | None = None
    failed: bool = False
    ended: bool = False
    falls: int = 0


@dataclass(frozen=True)
class OnAir:
    """What is on the air: a source's place in the order, None for the slate; since when; since when it has
    given no frame, None where it gives them. `begun` is false until the first source went on the air;
    `leaving` says that it is a source of before, to be left as soon as possible.
    """

    place: int | None = None
    since: float = 0.0
    starved_since: float | None = None
    begun: bool = False
    leaving: bool = False


def choose(candidates: Sequence[Candidate], on_air: OnAir, now: float) -> int | None:
    """The source to be on the air, None for the slate."""
    place = on_air.place
    if place is None:
        steady = STEADY_ON_SLATE if on_air.begun else 0.0
        return _first(candidates, now, lambda _: steady)
    if _exhausted(candidates[place], on_air, now):
        others = [one if index != place else Candidate() for index, one in enumerate(candidates)]
        return _first(others, now, lambda _: 0.0)
    better = _first(candidates[:place], now, lambda one: 0.0 if on_air.leaving else steady_for(one.falls))
    if on_air.leaving and better is not None and _hoped_for(candidates[:better], now):
        return place
    return place if better is None else better


def steady_for(falls: int) -> float:
    """How long a preferred source must have given frames to come back, having failed so often on the air.

    Twice as long with each failure beyond the forgiven ones, so that a flapping source does not change the
    picture every few seconds; while only the slate is on the air it is not made to wait.
    """
    return min(STEADY * 2.0 ** min(max(falls - FALLS_FORGIVEN, 0), 10), STEADY_AT_MOST)


def recent(falls: Sequence[float], now: float) -> tuple[float, ...]:
    """The failures that still count."""
    return tuple(fall for fall in falls if now - fall < FALLS_REMEMBERED)


def to_be_open(candidates: Sequence[Candidate], on_air: OnAir, now: float) -> set[int]:
    """The first always; each other as long as those before it fail, or it is on the air, or was just now."""
    wanted = {0} if candidates else set()
    for place, candidate in enumerate(candidates):
        if place and all(_failing(index, one, on_air, now) for index, one in enumerate(candidates[:place])):
            wanted.add(place)
        if place == on_air.place:
            wanted.add(place)
        is_worse = on_air.place is not None and place > on_air.place
        if is_worse and candidate.open_since is not None and now - on_air.since < WARM:
            wanted.add(place)
    return {place for place in wanted if not candidates[place].ended or place == on_air.place}


def all_ended(candidates: Sequence[Candidate], on_air: OnAir) -> bool:
    """Nothing will ever come: each source has ended for good, and the one on the air gave its last frame."""
    over = bool(candidates) and all(one.ended for one in candidates)
    return over and (on_air.place is None or on_air.starved_since is not None)


def state_of(on_air: OnAir) -> State:
    """What is on the air, in a word; a source of before counts as the preferred one."""
    states: tuple[State, ...] = ("preferred", "backup-1", "backup-2", "backup-3")
    if on_air.place is None:
        return "slate"
    return states[0] if on_air.leaving else states[on_air.place]


def retry_delay(failures: int, longest: float) -> float:
    """Seconds to wait before the next attempt, after so many failures in succession: 0, 1, 2, 4 …"""
    return min(2.0 ** min(failures - 2, 10), longest) if failures > 1 else 0.0


def _first(candidates: Sequence[Candidate], now: float, steady: Callable[[Candidate], float]) -> int | None:
    for place, one in enumerate(candidates):
        if one.ready_since is not None and one.ready_since <= now - steady(one):
            return place
    return None


def _exhausted(candidate: Candidate, on_air: OnAir, now: float) -> bool:
    if on_air.starved_since is None:
        return False
    return candidate.ended or now - on_air.starved_since >= HOLD


def _hoped_for(candidates: Sequence[Candidate], now: float) -> bool:
    hopeless = (one.ended or one.failed for one in candidates)
    young = (one.open_since is None or now - one.open_since < GRACE for one in candidates)
    return any(not lost and new for lost, new in zip(hopeless, young, strict=True))


def _failing(place: int, candidate: Candidate, on_air: OnAir, now: float) -> bool:
    if candidate.ended:
        return place != on_air.place or on_air.starved_since is not None
    if place == on_air.place:
        return on_air.starved_since is not None and now - on_air.starved_since >= _ALARM
    if candidate.ready_since is not None or candidate.open_since is None:
        return False
    return candidate.failed or now - candidate.open_since >= GRACE
