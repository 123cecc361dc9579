"""What the operator saw of one channel's surroundings: the input of every decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telstar_operator.resources import Manifest


@dataclass(frozen=True, slots=True)
class KeySecret:
    """A key Secret without its key: the KID, and a fingerprint that changes with KID or key.

    problem says in words what is wrong with its content; kid and fingerprint are then None.
    """

    kid: str | None
    fingerprint: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class RegistryView:
    """What the API knows of a channel; kids are those of all its keys; times in UTC."""

    registration: Mapping[str, Any] | None = None
    kids: tuple[str, ...] = ()
    last_segment_time: datetime | None = None
    stored_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class RegistryAway:
    """The API could not be asked, and why, in words."""

    why: str


@dataclass(frozen=True, slots=True)
class Observed:
    """The surroundings of one channel.

    confirmed_key and conflicting_key are fingerprints that the API took, or refused because it knows the KID
    with another key. refused maps a step (a kind of object, "key", "registration") to why it was refused just
    now.
    """

    registry: RegistryView | RegistryAway
    key_secret: KeySecret | None = None
    config_map: Manifest | None = None
    deployment: Manifest | None = None
    pods: tuple[Manifest, ...] = ()
    purge_job: Manifest | None = None
    confirmed_key: str | None = None
    conflicting_key: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
