"""Conditions of a Channel's status."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from telstar_operator.resources import Channel, Condition

MESSAGE_LIMIT = 600
"""Longest message in characters; pods may speak at length."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something holds, one CamelCase word why, and a sentence a person can act on."""

    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return self.status == "True"


def yes(reason: str, message: str) -> Verdict:
    """It holds."""
    return Verdict("True", reason, message)


def no(reason: str, message: str) -> Verdict:
    """It does not hold."""
    return Verdict("False", reason, message)


def unknown(reason: str, message: str) -> Verdict:
    """Nobody can tell at the moment."""
    return Verdict("Unknown", reason, message)


def all_of(verdicts: dict[str, Verdict]) -> Verdict:
    """Ready: true when all of the others are; otherwise the first that is false, else not known, says why."""
    for status in ("False", "Unknown"):
        for kind, verdict in verdicts.items():
            if verdict.status == status:
                return replace(verdict, message=f"{kind}: {verdict.message}")
    return yes("Ready", "the channel streams")


def conditions(channel: Channel, verdicts: dict[str, Verdict], now: datetime) -> tuple[Condition, ...]:
    """The conditions for verdicts; lastTransitionTime (whole seconds) moves only when a status changes."""
    return tuple(
        condition(channel, kind, verdict, now)
        for kind, verdict in (*verdicts.items(), ("Ready", all_of(verdicts)))
    )


def condition(channel: Channel, kind: str, verdict: Verdict, now: datetime) -> Condition:
    """One condition, compared to the one the Channel has."""
    before = channel.status.condition(kind)
    since = before.last_transition_time if before and before.status == verdict.status else None
    return Condition(
        type=kind,
        status=verdict.status,
        reason=verdict.reason,
        message=shorten(verdict.message),
        observed_generation=channel.metadata.generation,
        last_transition_time=since or now.replace(microsecond=0),
    )


def shorten(message: str) -> str:
    """At most MESSAGE_LIMIT characters."""
    return message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"


def kept(before: Iterable[Condition], kinds: Iterable[str]) -> dict[str, Verdict]:
    """Verdicts as they were written before, for those that are not judged now."""
    wanted = set(kinds)
    return {
        condition.type: Verdict(condition.status, condition.reason, condition.message)
        for condition in before
        if condition.type in wanted
    }
