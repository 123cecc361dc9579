"""What the operator saw of one channel's surroundings: the input of every decision."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telstar_operator.plan.conditions import Verdict
from telstar_operator.plan.simlive import SimLiveStatus
from telstar_operator.resources import Manifest


@dataclass(frozen=True, slots=True)
class NextKey:
    """An announced key: its KID, a fingerprint of KID and key, when it comes into force (UTC)."""

    kid: str
    fingerprint: str
    start: datetime


@dataclass(frozen=True, slots=True)
class KeySecret:
    """A key Secret without its keys: the KID, and a fingerprint that changes with KID or key.

    problem says in words what is wrong with its content; kid and fingerprint are then None. since is when the
    present key came into force, where the Secret says so. next_problem says what is wrong with the next key.
    metadata has the Secret's labels and owners.
    """

    kid: str | None
    fingerprint: str | None
    problem: str | None = None
    since: datetime | None = None
    next: NextKey | None = None
    next_problem: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> str:
        """Changes with what a pod sees of the Secret; tells no key."""
        parts = (self.fingerprint, self.next and self.next.fingerprint, self.next and self.next.start)
        return hashlib.sha256(repr(parts).encode()).hexdigest()


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
class NotAsked:
    """SimLive's present pod has not been asked yet, or there is none."""


@dataclass(frozen=True, slots=True)
class Silent:
    """SimLive's present pod was asked and does not answer; why, in words, and since when (UTC)."""

    why: str
    since: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Observed:
    """The surroundings of one channel.

    confirmed_keys and conflicting_keys are fingerprints that the API took, or refused because it knows the
    KID with another key. key_starts tells since when keys are in force that no Secret tells of. titles is the
    text of programmes.json, None where the schedule has not been asked. refused maps a step (a kind of
    object, "key", "next-key", "registration") to why it was refused just now. predecessor is what a deleted
    Channel of this name is waiting for, where one has not been purged yet.
    """

    registry: RegistryView | RegistryAway
    key_secret: KeySecret | None = None
    config_map: Manifest | None = None
    deployment: Manifest | None = None
    pods: tuple[Manifest, ...] = ()
    purge_job: Manifest | None = None
    simlive: SimLiveStatus | NotAsked | Silent = NotAsked()
    confirmed_keys: frozenset[str] = frozenset()
    conflicting_keys: frozenset[str] = frozenset()
    key_starts: Mapping[str, datetime] = field(default_factory=dict)
    titles: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    predecessor: Verdict | None = None
