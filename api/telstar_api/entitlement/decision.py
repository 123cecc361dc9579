"""May this viewer do this, now? The one function all of Telstar asks.

`decide(facts)` looks at facts only. Every rule (rules.py) that concerns the right is judged, none stops the
others, so that a refusal names all that stands in the way, and what would help.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import product as pairs

from telstar_api.entitlement.facts import (
    UNSAID,
    Account,
    Channel,
    Circumstances,
    Facts,
    Product,
    Programme,
    State,
    Subscription,
)
from telstar_api.entitlement.held import Held, held
from telstar_api.entitlement.rights import Right
from telstar_api.entitlement.rules import RULES, About, Rule, Who

_CONCERNING = {right: tuple(rule for rule in RULES if right in rule.rights) for right in Right}
_ORDER = {id(rule): place for place, rule in enumerate(RULES)}


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that says no: its stable code, a sentence for the viewer, and the facts it saw."""

    code: str
    message: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that was judged: what it found, in a sentence, and what it saw."""

    code: str
    passed: bool
    message: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Fix:
    """What would put one failed rule right, and who can do it."""

    code: str
    who: Who
    message: str


@dataclass(frozen=True)
class Decision:
    """Yes, or no with every rule that failed."""

    facts: Facts
    held: Held
    failed: tuple[Rule, ...]

    @property
    def allowed(self) -> bool:
        """Whether every rule holds."""
        return not self.failed

    @cached_property
    def reasons(self) -> list[Reason]:
        """Why not, in the order of the rules; empty when allowed."""
        return [
            Reason(rule.code, rule.sentence(self.facts, self.held), rule.saw(self.facts, self.held))
            for rule in self.failed
        ]

    @property
    def codes(self) -> frozenset[str]:
        """The failed rules' codes."""
        return frozenset(rule.code for rule in self.failed)

    @property
    def checks(self) -> list[Check]:
        """Every rule that concerns the right, in order, whether it holds or not."""
        return [self._check(rule) for rule in _CONCERNING[self.facts.right]]

    @property
    def fixes(self) -> list[Fix]:
        """What would put each failed rule right."""
        return [Fix(rule.code, rule.who, rule.fix(self.facts, self.held)) for rule in self.failed]

    @property
    def height(self) -> int | None:
        """The highest picture, in lines, that the viewer's products allow; None: any."""
        return self.held.height(self.facts.right)

    def _check(self, rule: Rule) -> Check:
        passed = rule not in self.failed
        message = rule.fine if passed else rule.sentence(self.facts, self.held)
        return Check(rule.code, passed, message, rule.saw(self.facts, self.held))


@dataclass(frozen=True, slots=True)
class Remedy:
    """A product that would turn a no into a yes; an add-on with the base that it needs beside it."""

    product: Product
    base: Product | None = None

    @property
    def products(self) -> tuple[Product, ...]:
        """All that is to be taken, in this order."""
        return (self.product,) if self.base is None else (self.base, self.product)


def decide(facts: Facts) -> Decision:
    """Judge every rule that concerns the right."""
    having = held(facts.account, facts.channel.name, facts.now)
    return Decision(facts, having, _failed(_CONCERNING[facts.right], facts, having))


def decide_programmes(
    now: datetime,
    account: Account,
    channel: Channel,
    programmes: Iterable[Programme],
    circumstances: Circumstances = UNSAID,
) -> list[dict[Right, Decision]]:
    """What `decide` says about every right on each programme, in order.

    What does not depend on the programme is judged once (`About`).
    """
    having = held(account, channel.name, now)
    judges = [
        (right, _Judge(Facts(now, right, account, channel, None, circumstances), having)) for right in Right
    ]
    return [{right: judge.of(programme) for right, judge in judges} for programme in programmes]


def remedies(facts: Facts, on_sale: Sequence[Product]) -> list[Remedy]:
    """What would turn this no into a yes: single products, and add-ons with a base; cheapest first.

    An add-on is paired with the cheapest base that makes it count, and only where it does not help alone.
    What the viewer has and owes for is not offered again: the way is to pay, as payment-overdue says.
    """
    owed = {item.product.id for item in facts.account.subscriptions if item.state(facts.now) is State.UNPAID}
    on_sale = [item for item in on_sale if item.id not in owed]
    single = [Remedy(item) for item in on_sale if _helps(facts, item)]
    helping = {remedy.product.id for remedy in single}
    paired: dict[str, Remedy] = {}
    for add_on, base in pairs(on_sale, sorted(on_sale, key=_price)):
        wanted = base.id in add_on.add_on_to and not helping & {add_on.id, base.id}
        if wanted and add_on.id not in paired and _helps(facts, base, add_on):
            paired[add_on.id] = Remedy(add_on, base)
    return sorted([*single, *paired.values()], key=_whole_price)


class _Judge:
    """Judges one right on many programmes of a channel."""

    def __init__(self, facts: Facts, having: Held) -> None:
        self._facts, self._having = facts, having
        rules = _CONCERNING[facts.right]
        self._policies = tuple(rule for rule in rules if rule.about is About.POLICY)
        self._programmes = tuple(rule for rule in rules if rule.about is About.PROGRAMME)
        self._of_channel = _failed(
            tuple(rule for rule in rules if rule.about is About.CHANNEL), facts, having
        )
        # Without a programme these rules judge what the channel says.
        self._unsaid = _merged(self._of_channel, _failed(self._policies, facts, having))

    def of(self, programme: Programme) -> Decision:
        """What `decide` says of the programme."""
        given = self._facts
        facts = Facts(given.now, given.right, given.account, given.channel, programme, given.circumstances)
        failed = self._unsaid
        if programme.settings or programme.territories is not None or programme.age is not None:
            failed = _merged(self._of_channel, _failed(self._policies, facts, self._having))
        return Decision(facts, self._having, _merged(failed, _failed(self._programmes, facts, self._having)))


def _failed(rules: Sequence[Rule], facts: Facts, having: Held) -> tuple[Rule, ...]:
    return tuple([rule for rule in rules if not rule.holds(facts, having)])


def _merged(some: tuple[Rule, ...], others: tuple[Rule, ...]) -> tuple[Rule, ...]:
    if not some or not others:
        return some or others
    return tuple(sorted(some + others, key=lambda rule: _ORDER[id(rule)]))


def _helps(facts: Facts, *taken: Product) -> bool:
    more = tuple(Subscription(product, facts.now) for product in taken)
    account = replace(facts.account, subscriptions=facts.account.subscriptions + more)
    return decide(replace(facts, account=account)).allowed


def _price(product: Product) -> tuple[object, ...]:
    return product.price, product.id


def _whole_price(remedy: Remedy) -> tuple[object, ...]:
    return sum(product.price for product in remedy.products), remedy.product.id
