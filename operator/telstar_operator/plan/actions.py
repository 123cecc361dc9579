"""What a plan can ask for. Actions carry no keys: whoever carries them out reads or makes those."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from telstar_operator.resources import ChannelStatus, Manifest


@dataclass(frozen=True, slots=True)
class DropFinalizer:
    """Take off the finalizer that an operator of before put on."""

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
    """Write keys that the API knows into our own Secret: that of kid, or the one in force; the next."""

    kid: str | None
    step: str = "key"


@dataclass(frozen=True, slots=True)
class ConfirmKey:
    """Register the key that the Secret holds, be it the present or the next."""

    fingerprint: str
    step: str = "key"


@dataclass(frozen=True, slots=True)
class MendSecret:
    """Write our own Secret anew with the keys it holds, for its labels or owner are not as they should be."""

    step = "key"


@dataclass(frozen=True, slots=True)
class MakeNext:
    """Make the key that follows (start: UTC, whole seconds), register it, announce it in our own Secret."""

    start: datetime
    step = "next-key"


@dataclass(frozen=True, slots=True)
class PromoteKey:
    """Make the announced key, whose time has come, the present one of our own Secret."""

    fingerprint: str
    step = "next-key"


@dataclass(frozen=True, slots=True)
class Apply:
    """Server-side apply of one object."""

    manifest: Manifest

    @property
    def step(self) -> str:
        """The object's kind."""
        return str(self.manifest["kind"])


@dataclass(frozen=True, slots=True)
class Tell:
    """Have a pod's kubelet bring it its changed ConfigMap and Secret now: annotate it with a fingerprint."""

    pod: str
    uid: str
    fingerprint: str
    step = "Pod"


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete one object, with what it owns."""

    kind: str
    name: str

    @property
    def step(self) -> str:
        """The object's kind."""
        return self.kind


KeyAction = MakeKey | RestoreKey | ConfirmKey | MendSecret | MakeNext | PromoteKey
Action = DropFinalizer | Register | Deregister | Apply | Tell | Remove | KeyAction


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, in order; the status as seen now; when to look again (seconds) without an event.

    After actions the operator looks and plans again, until there are none. ask_soon: something is on its way
    that SimLive tells first.
    """

    actions: tuple[Action, ...]
    status: ChannelStatus
    next_check: float
    ask_soon: bool = False
