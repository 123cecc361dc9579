"""In which namespace the channels are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from telstar_kubectl.refusals import RefusedError

DEFAULT = "default"
USUAL = "telstar"
"""The namespace that Telstar's documentation installs to."""


@dataclass(frozen=True)
class Place:
    """A namespace, and what must be said where it is not the one that kubectl would take."""

    namespace: str
    remark: str | None = None


def place(asked: str | None, context: str | None, has_channels: Callable[[str], bool]) -> Place:
    """--namespace, or else the context's namespace, as with every kubectl command.

    Only where neither names one, and the namespace `default` has no Channels, it is `telstar`: a command must
    not reach into another namespace than the one that somebody chose.
    """
    chosen = asked or context
    if chosen:
        return Place(chosen)
    if _has(DEFAULT, has_channels):
        return Place(DEFAULT)
    if _has(USUAL, has_channels):
        return Place(USUAL, f"in namespace {USUAL}: your context names none, and `{DEFAULT}` has no Channels")
    return Place(DEFAULT)


def _has(namespace: str, has_channels: Callable[[str], bool]) -> bool:
    """Whoever may not look into a namespace has no Channels there."""
    try:
        return has_channels(namespace)
    except RefusedError as refused:
        if refused.kind != "forbidden":
            raise
        return False
