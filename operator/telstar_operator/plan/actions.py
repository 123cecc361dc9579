"""What a plan can ask for. Actions carry no keys: whoever carries them out reads or makes those."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from telstar_operator.resources import ChannelStatus, Manifest


@dataclass(frozen=True, slots=True)
class HoldFinalizer:
    """Put our finalizer on the Channel."""

    step = "finalizer"


@dataclass(frozen=True, slots=True)
class DropFinalizer:
    """Let the Channel go."""

    step = "finalizer"


@dataclass(frozen=True, slots=True)
class Register:
    """Make the API's record of the channel equal to this one."""

    registration: Mapping[str, Any]
    step = "registration"


@dataclass(frozen=True, slots=True)
class Deregister:
    """Remove the API's record, and the channel's keys with it or not."""

    keys: Literal["delete", "retain"]
    step = "registration"


@dataclass(frozen=True, slots=True)
class MakeKey:
    """Make a key, register it, then store it in the channel's own Secret."""

    step = "key"


@dataclass(frozen=True, slots=True)
class RestoreKey:
    """Write a key that the API knows into the channel's own Secret: that of kid, or the newest."""

    kid: str | None
    step = "key"


@dataclass(frozen=True, slots=True)
class ConfirmKey:
    """Register the key that the Secret holds."""

    fingerprint: str
    step = "key"


@dataclass(frozen=True, slots=True)
class Apply:
    """Server-side apply of one object."""

    manifest: Manifest

    @property
    def step(self) -> str:
        """The object's kind."""
        return str(self.manifest["kind"])


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete one object, with what it owns."""

    kind: str
    name: str

    @property
    def step(self) -> str:
        """The object's kind."""
        return self.kind


Action = (
    HoldFinalizer | DropFinalizer | Register | Deregister | MakeKey | RestoreKey | ConfirmKey | Apply | Remove
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, in order; the status as seen now; when to look again (seconds) without an event.

    After actions the operator looks and plans again, until there are none.
    """

    actions: tuple[Action, ...]
    status: ChannelStatus
    next_check: float
