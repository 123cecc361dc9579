"""What a decision depends on. Values only: no database, no clock, no web framework.

A fact of None is one that nobody has looked up or that does not apply; its class says which.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from telstar_api.entitlement.rights import Right, Setting

Settings = Mapping[Right, Setting]


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One right of a product on one channel, or on every channel (None).

    `window`: for catch-up, how long ago a programme may have begun.
    """

    channel: str | None
    right: Right
    window: timedelta | None = None

    def covers(self, channel: str) -> bool:
        """Whether the right is about this channel."""
        return self.channel is None or self.channel == channel


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a product allows at once; None: any number.

    `streams`: playback sessions of an account at a time. `devices`: sign-ins it plays on within a month.
    `height`: lines of the picture.
    """

    streams: int | None = None
    devices: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its price each month, its rights and its limits.

    `add_on_to`: products of which one must be had for this one to count; empty: it stands alone.
    """

    id: str
    name: str
    price: Decimal
    currency: str
    entitlements: tuple[Entitlement, ...]
    limits: Limits = Limits()
    add_on_to: frozenset[str] = frozenset()


class State(StrEnum):
    """Where a subscription stands. The first four count, the others give nothing."""

    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past-due"  # unpaid, within grace
    CANCELLED = "cancelled"  # paid for and running until its end
    UPCOMING = "upcoming"
    UNPAID = "unpaid"  # grace is over
    ENDED = "ended"

    @property
    def counts(self) -> bool:
        """Whether a subscription in this state gives its product's rights."""
        return self in {State.TRIALING, State.ACTIVE, State.PAST_DUE, State.CANCELLED}


@dataclass(frozen=True, slots=True)
class Subscription:
    """A product that a viewer has: the timeline of the right, and that of its payment beside it.

    The right reaches from `starts` until `ends` (exclusive; None: until it is cancelled). `trial_ends`: free
    until then. `paid_until`: what has been paid for (None: nothing is ever due); the right goes on `grace`
    longer. `cancelled`: when it was, which itself takes nothing away: `ends` does.
    """

    product: Product
    starts: datetime
    ends: datetime | None = None
    trial_ends: datetime | None = None
    paid_until: datetime | None = None
    grace: timedelta = timedelta(0)
    cancelled: datetime | None = None

    def state(self, now: datetime) -> State:
        """Where the subscription stands at this moment."""
        if now < self.starts:
            return State.UPCOMING
        if self.ends is not None and self.ends <= now:
            return State.ENDED
        if self.trial_ends is not None and now < self.trial_ends:
            return State.TRIALING
        if self.paid_until is None or now < self.paid_until:
            return State.CANCELLED if self.cancelled is not None else State.ACTIVE
        return State.PAST_DUE if now < self.paid_until + self.grace else State.UNPAID


@dataclass(frozen=True, slots=True)
class Stream:
    """A playback session that is open: on which channel, by which sign-in, since when."""

    session: UUID
    channel: str
    sign_in: UUID
    since: datetime
    device: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A viewer's account and everything it has subscribed to, past and future included.

    `age_limit`: programmes for viewers older than this take the account's PIN (None: none does).
    """

    active: bool
    subscriptions: tuple[Subscription, ...] = ()
    age_limit: int | None = None
    has_pin: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as registered, with what staff have said of it.

    `stored`: whether anything of it is in the segment volume; None where nobody has looked.
    `settings`: rights that are off on the channel. `territories`: ISO 3166-1 alpha-2 codes of where it may be
    watched (None: anywhere). `age`: for viewers of this age and older. `maintenance`: until when it is taken
    off the air for work on it.
    """

    name: str
    display_name: str
    running: bool
    stored: bool | None = None
    settings: Settings = field(default_factory=dict)
    territories: frozenset[str] | None = None
    age: int | None = None
    maintenance: datetime | None = None
    recordable: bool = False


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme from `start` until `end` (exclusive).

    `stored`: the fraction (0 to 1) of what was broadcast of it that is in the segment volume; None where
    nobody has looked. `settings` and `age` stand above the channel's; `territories` narrow them.
    """

    title: str
    start: datetime
    end: datetime
    stored: float | None = None
    settings: Settings = field(default_factory=dict)
    territories: frozenset[str] | None = None
    age: int | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is true of the one who asks, at this moment, on this device.

    `territory`: where from (ISO 3166-1 alpha-2; None: it could not be told). `pin_given`: the account's PIN
    was entered. `streams`: the account's other open playback sessions; None where nobody has looked, as in
    the guide, which tells what one may watch and not whether one is watching something else.
    `devices`: the other sign-ins the account has played on lately, likewise.
    """

    territory: str | None = None
    pin_given: bool = False
    streams: tuple[Stream, ...] | None = None
    devices: frozenset[UUID] | None = None


UNSAID = Circumstances()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision depends on.

    `programme`: the one that start-over, catch-up or recording is about, or that is on when live is asked
    for. Without one, rights are judged on the channel alone, and what only a programme could forbid is open.
    """

    now: datetime
    right: Right
    account: Account
    channel: Channel
    programme: Programme | None = None
    circumstances: Circumstances = UNSAID
