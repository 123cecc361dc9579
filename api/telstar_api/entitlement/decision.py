"""May this viewer do this, now? The one function all of Telstar asks.

`decide(facts)` looks at facts only: no database, no clock, no web framework. Every rule that concerns the
mode is judged, none stops the others, so that a refusal names all that stands in the way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class Mode(StrEnum):
    """How a channel can be watched; also the right that this takes."""

    LIVE = "live"
    START_OVER = "start-over"
    CATCH_UP = "catch-up"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One right of a product on one channel, or on every channel (None).

    `window`: for catch-up, how long ago a programme may have begun.
    """

    channel: str | None
    right: Mode
    window: timedelta | None = None

    def covers(self, channel: str) -> bool:
        """Whether the right is about this channel."""
        return self.channel is None or self.channel == channel


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its price each month and its rights."""

    id: str
    name: str
    price: Decimal
    currency: str
    entitlements: tuple[Entitlement, ...]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A product that a viewer has from `starts` until `ends` (exclusive; None: without end)."""

    product: Product
    starts: datetime
    ends: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        """Whether the subscription counts at this moment."""
        return self.starts <= now and (self.ends is None or now < self.ends)


@dataclass(frozen=True, slots=True)
class Account:
    """A viewer's account and everything it has subscribed to, past and future included."""

    active: bool
    subscriptions: tuple[Subscription, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as registered.

    `stored`: whether anything of it is in the segment volume; None where nobody has looked.
    """

    name: str
    display_name: str
    running: bool
    stored: bool | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme from `start` until `end` (exclusive).

    `stored`: the fraction (0 to 1) of what was broadcast of it that is in the segment volume; None where
    nobody has looked.
    """

    title: str
    start: datetime
    end: datetime
    stored: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision depends on.

    Without a programme, start-over and catch-up are judged as rights on the channel: whether there is any
    programme the viewer may watch that way is left open. Licences ask so.
    """

    now: datetime
    mode: Mode
    account: Account
    channel: Channel
    programme: Programme | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that says no: its stable code, a sentence for the viewer, and the facts it saw."""

    code: str
    message: str
    facts: Mapping[str, object]


Held = Sequence[Entitlement]  # what the viewer's subscriptions in force give on the channel


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must hold for some modes; how to say that it does not."""

    code: str
    modes: frozenset[Mode]
    holds: Callable[[Facts, Held], bool]
    sentence: Callable[[Facts], str]
    saw: Callable[[Facts, Held], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes, or no with every rule that failed."""

    facts: Facts
    held: Held
    failed: tuple[Rule, ...]

    @property
    def allowed(self) -> bool:
        """Whether every rule holds."""
        return not self.failed

    @property
    def reasons(self) -> list[Reason]:
        """Why not, in the order of the rules; empty when allowed."""
        return [
            Reason(rule.code, rule.sentence(self.facts), rule.saw(self.facts, self.held))
            for rule in self.failed
        ]


def decide(facts: Facts) -> Decision:
    """Judge every rule that concerns the mode."""
    return _judge(facts, _held(facts.account, facts.channel, facts.now))


def decide_programmes(
    now: datetime, account: Account, channel: Channel, programmes: Iterable[Programme]
) -> list[dict[Mode, Decision]]:
    """What `decide` says about every mode of each programme, in order, gathering the rights only once."""
    held = _held(account, channel, now)
    return [
        {mode: _judge(Facts(now, mode, account, channel, programme), held) for mode in Mode}
        for programme in programmes
    ]


def remedies(facts: Facts, on_sale: Iterable[Product]) -> list[Product]:
    """The products each of which alone would turn this no into a yes, cheapest first."""

    def allowed_with(product: Product) -> bool:
        subscriptions = (*facts.account.subscriptions, Subscription(product, facts.now))
        return decide(replace(facts, account=replace(facts.account, subscriptions=subscriptions))).allowed

    return sorted(filter(allowed_with, on_sale), key=lambda product: (product.price, product.id))


def _held(account: Account, channel: Channel, now: datetime) -> Held:
    return [
        entitlement
        for subscription in account.subscriptions
        if subscription.in_force(now)
        for entitlement in subscription.product.entitlements
        if entitlement.covers(channel.name)
    ]


def _judge(facts: Facts, held: Held) -> Decision:
    failed = tuple(rule for rule in RULES if facts.mode in rule.modes and not rule.holds(facts, held))
    return Decision(facts, held, failed)


ANY = frozenset(Mode)
AT_THE_TIME = frozenset({Mode.LIVE, Mode.START_OVER})
FROM_STORE = frozenset({Mode.START_OVER, Mode.CATCH_UP})
AFTERWARDS = frozenset({Mode.CATCH_UP})
LIVE_ONLY = frozenset({Mode.LIVE})
NOUNS = {Mode.LIVE: "live viewing", Mode.START_OVER: "starting over", Mode.CATCH_UP: "catch-up"}


def _has_right(facts: Facts, held: Held) -> bool:
    # Who has nothing on the channel is told by not-subscribed; this is about what is missing in what one has.
    return not held or any(entitlement.right is facts.mode for entitlement in held)


def _windows(held: Held) -> list[timedelta]:
    return [entitlement.window or timedelta(0) for entitlement in held if entitlement.right is Mode.CATCH_UP]


def _within_window(facts: Facts, held: Held) -> bool:
    windows = _windows(held)
    if facts.programme is None or not windows:
        return True
    return facts.now - facts.programme.start <= max(windows)


def _times(facts: Facts, _: Held) -> dict[str, object]:
    assert facts.programme
    return {"now": facts.now, "start": facts.programme.start, "end": facts.programme.end}


def _title(facts: Facts) -> str:
    assert facts.programme
    return f"“{facts.programme.title}”"


RULES = (
    Rule(
        "account-inactive",
        ANY,
        holds=lambda facts, _: facts.account.active,
        sentence=lambda _: "Your account is not active.",
        saw=lambda facts, _: {"active": facts.account.active},
    ),
    Rule(
        "not-subscribed",
        ANY,
        holds=lambda _, held: bool(held),
        sentence=lambda facts: f"You have no subscription that includes {facts.channel.display_name}.",
        saw=lambda facts, _: {
            "channel": facts.channel.name,
            "subscriptions": [
                {"product": item.product.id, "starts": item.starts, "ends": item.ends}
                for item in facts.account.subscriptions
            ],
        },
    ),
    Rule(
        "right-not-included",
        ANY,
        holds=_has_right,
        sentence=lambda facts: (
            f"Your subscription does not include {NOUNS[facts.mode]} on {facts.channel.display_name}."
        ),
        saw=lambda facts, held: {"needed": facts.mode, "rights": sorted({item.right for item in held})},
    ),
    Rule(
        "outside-catch-up-window",
        AFTERWARDS,
        holds=_within_window,
        sentence=lambda facts: f"{_title(facts)} is longer ago than your subscription reaches back.",
        saw=lambda facts, held: {
            **_times(facts, held),
            "window_seconds": max(_windows(held)).total_seconds(),
        },
    ),
    Rule(
        "channel-stopped",
        AT_THE_TIME,
        holds=lambda facts, _: facts.channel.running,
        sentence=lambda facts: f"{facts.channel.display_name} is not on air.",
        saw=lambda facts, _: {"channel": facts.channel.name, "running": facts.channel.running},
    ),
    Rule(
        "programme-not-started",
        ANY,
        holds=lambda facts, _: facts.programme is None or facts.programme.start <= facts.now,
        sentence=lambda facts: f"{_title(facts)} has not begun yet.",
        saw=_times,
    ),
    Rule(
        "programme-ended",
        AT_THE_TIME,
        holds=lambda facts, _: facts.programme is None or facts.now < facts.programme.end,
        sentence=lambda facts: f"{_title(facts)} is over.",
        saw=_times,
    ),
    Rule(
        "programme-running",
        AFTERWARDS,
        holds=lambda facts, _: (
            facts.programme is None or not facts.programme.start <= facts.now < facts.programme.end
        ),
        sentence=lambda facts: f"{_title(facts)} is still on: it can be caught up on once it is over.",
        saw=_times,
    ),
    Rule(
        "not-stored",
        FROM_STORE,
        # Of a programme in the future nothing can be stored: programme-not-started says so already.
        holds=lambda facts, _: (
            facts.programme is None
            or facts.programme.stored is None
            or facts.programme.stored > 0
            or facts.now < facts.programme.start
        ),
        sentence=lambda facts: f"Nothing of {_title(facts)} is stored.",
        saw=lambda facts, _: {"stored": facts.programme and facts.programme.stored},
    ),
    Rule(
        "not-stored",
        LIVE_ONLY,
        holds=lambda facts, _: facts.channel.stored is not False,
        sentence=lambda facts: f"{facts.channel.display_name} has nothing to show yet.",
        saw=lambda facts, _: {"stored": facts.channel.stored},
    ),
)
