"""One look at one aspect of a channel: a mark, a headline, facts, and what to do where something is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from telstar_kubectl.facts import Answer, Value


class Mark(Enum):
    """How it looks."""

    WELL = "✓"
    WRONG = "✗"
    NEITHER = "–"
    """Not known, does not apply, or over: worth knowing, but nothing to be done about now."""


@dataclass(frozen=True)
class Finding:
    """What was found; `advice` is what to do next, of a finding that is wrong."""

    area: str
    mark: Mark
    headline: str
    facts: tuple[str, ...] = ()
    advice: str = ""
    cause: str = ""
    """What the verdict says of it, where the headline says too much."""


def well(area: str, headline: str, facts: Iterable[str] = ()) -> Finding:
    """All is as it should be."""
    return Finding(area, Mark.WELL, headline, tuple(facts))


def wrong(area: str, headline: str, advice: str, facts: Iterable[str] = (), cause: str = "") -> Finding:
    """Something is not, and this is what to do."""
    return Finding(area, Mark.WRONG, headline, tuple(facts), advice, cause or headline)


def neither(area: str, headline: str, facts: Iterable[str] = ()) -> Finding:
    """Nothing to judge."""
    return Finding(area, Mark.NEITHER, headline, tuple(facts))


def unknown(area: str, answer: Answer[Value]) -> Finding:
    """The question was refused."""
    return neither(area, f"not known: {answer.problem or 'there is no pod to ask'}")
