"""What a diagnosis looks at. Values only; `service` gathers them, `checks` judges them."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from telstar_api.channels.conditions import Condition
from telstar_api.entitlement.decision import Decision, Remedy

RECENT = timedelta(hours=1)  # what is looked at of a live channel, and of its players' errors


@dataclass(frozen=True, slots=True)
class Person:
    """The viewer in question. `asks`: it is they themselves who ask."""

    id: uuid.UUID
    email: str
    role: str
    created_at: datetime
    asks: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that has not ended: since when, when last used, on what."""

    since: datetime
    last_used: datetime
    device: str


@dataclass(frozen=True, slots=True)
class Watching:
    """A playback session that is open, and what its player last said of itself."""

    id: uuid.UUID
    channel: str
    mode: str
    device: str
    since: datetime
    last_heard: datetime
    position: datetime | None
    player_state: str | None


@dataclass(frozen=True, slots=True)
class OnAir:
    """The channel as registered. A newest slot older than `stale_after` is too old for one that runs."""

    name: str
    display_name: str
    number: int
    running: bool
    encrypted: bool
    registered_at: datetime
    retention: timedelta
    stale_after: timedelta


@dataclass(frozen=True, slots=True)
class Key:
    """A content key, without itself. `opens`: it can be unwrapped."""

    kid: str
    valid_from: datetime
    opens: bool


@dataclass(frozen=True, slots=True)
class Keys:
    """A channel's keys: the one in force, the next announced; `lost`: KIDs of segments that have no key."""

    in_force: Key | None
    following: Key | None
    count: int
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A time, `end` exclusive, of which nothing is stored."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Storage:
    """What is stored of the time in question, from `start` until `end`, under which keys (KIDs).

    `oldest` and `newest`: from when until when anything is stored of the channel at all.
    """

    start: datetime
    end: datetime
    fraction: float
    gaps: tuple[Gap, ...]
    newest: datetime | None
    oldest: datetime | None
    kids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pod:
    """What Kubernetes says of the channel's pod. `unknown`: why it could not be asked, else None."""

    exists: bool = False
    conditions: tuple[Condition, ...] = ()
    restarts: int | None = None
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error that the viewer's player reported; `at` by its own clock."""

    at: datetime
    code: str
    message: str
    fatal: bool
    channel: str | None
    mode: str | None


@dataclass(frozen=True, slots=True)
class Findings:
    """All of it.

    `decision`: what POST /playback would go by, or, where a session with this very window is open, its
    playlists; `going_on` then says whether it may go on, and is None where none is open. `storage` is None
    where the volume cannot be read. `for_staff`: who asks may see what concerns the installation.
    """

    now: datetime
    for_staff: bool
    person: Person
    decision: Decision
    going_on: bool | None
    offers: tuple[Remedy, ...]
    sign_ins: tuple[SignedIn, ...]
    watching: tuple[Watching, ...]
    devices: frozenset[uuid.UUID] | None
    channel: OnAir
    keys: Keys
    storage: Storage | None
    pod: Pod
    complaints: tuple[Complaint, ...]

    @property
    def allowed(self) -> bool:
        """Whether it may be watched: begun, or gone on with."""
        return self.decision.allowed if self.going_on is None else self.going_on
