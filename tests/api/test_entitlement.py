"""Who may watch what. The table is meant to be read by whoever decides on products."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_api.entitlement.decision import decide, decide_programmes, remedies
from telstar_api.entitlement.facts import (
    Account,
    Channel,
    Entitlement,
    Facts,
    Product,
    Programme,
    Subscription,
)
from telstar_api.entitlement.rights import Right
from telstar_api.entitlement.rules import RULES

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


def product(name: str, price: str, *entitlements: Entitlement) -> Product:
    return Product(name, name.title(), Decimal(price), "EUR", entitlements)


BASIC = product("basic", "4.99", Entitlement("news", Right.LIVE))
WEEK = product(
    "week",
    "14.99",
    Entitlement(None, Right.LIVE),
    Entitlement(None, Right.START_OVER),
    Entitlement(None, Right.CATCH_UP, timedelta(days=7)),
)
DAY = product(
    "day", "7.99", Entitlement("news", Right.LIVE), Entitlement("news", Right.CATCH_UP, timedelta(days=1))
)
FILMS = product("films", "5.99", Entitlement("cinema", Right.LIVE))

NEWS = Channel("news", "News 24", running=True)
STOPPED = replace(NEWS, running=False)
EMPTY = replace(NEWS, stored=False)

RUNNING = Programme("Evening News", ago(minutes=20), NOW + timedelta(minutes=10), stored=1)
JUST_ENDED = Programme("Weather", ago(minutes=30), NOW, stored=1)
NEXT = Programme("Late Film", NOW + timedelta(minutes=10), NOW + timedelta(hours=2))
YESTERDAY = Programme("Quiz", ago(days=1, hours=2), ago(days=1, hours=1), stored=1)
SIX_DAYS_AGO = Programme("Opera", ago(days=6), ago(days=6, hours=-3), stored=1)
EIGHT_DAYS_AGO = Programme("Sermon", ago(days=8), ago(days=8, hours=-1), stored=1)


def has(*products: Product, active: bool = True) -> Account:
    return Account(active, tuple(Subscription(item, LONG_AGO) for item in products))


NOT_YET_STORED = replace(RUNNING, stored=0)
LOST = replace(JUST_ENDED, stored=0)
PARTLY_STORED = replace(YESTERDAY, stored=0.2)
UNKNOWN = replace(YESTERDAY, stored=None)
LONG_GONE = replace(EIGHT_DAYS_AGO, stored=0)
NOBODY = ["account-inactive", "not-subscribed"]
TOO_LATE = ["outside-catch-up-window", "not-stored"]
ALL_OF_IT = ["right-not-included", "channel-stopped", "programme-ended", "not-stored"]

TABLE = [
    # the viewer has                 channel  mode              programme       so the answer is
    (has(),                          NEWS,    Right.LIVE,        None,           ["not-subscribed"]),
    (has(FILMS),                     NEWS,    Right.LIVE,        None,           ["not-subscribed"]),
    (has(BASIC),                     NEWS,    Right.LIVE,        None,           []),
    (has(BASIC),                     NEWS,    Right.LIVE,        RUNNING,        []),
    (has(BASIC),                     NEWS,    Right.LIVE,        NEXT,           ["programme-not-started"]),
    (has(BASIC),                     NEWS,    Right.LIVE,        JUST_ENDED,     ["programme-ended"]),
    (has(BASIC),                     STOPPED, Right.LIVE,        None,           ["channel-stopped"]),
    (has(BASIC, active=False),       NEWS,    Right.LIVE,        None,           ["account-inactive"]),
    (has(BASIC),                     EMPTY,   Right.LIVE,        None,           ["not-stored"]),
    (has(active=False),              STOPPED, Right.LIVE,        None,           [*NOBODY, "channel-stopped"]),

    (has(WEEK),                      NEWS,    Right.START_OVER,  RUNNING,        []),
    (has(BASIC),                     NEWS,    Right.START_OVER,  RUNNING,        ["right-not-included"]),
    (has(DAY),                       NEWS,    Right.START_OVER,  RUNNING,        ["right-not-included"]),
    (has(),                          NEWS,    Right.START_OVER,  RUNNING,        ["not-subscribed"]),
    (has(WEEK),                      NEWS,    Right.START_OVER,  NEXT,           ["programme-not-started"]),
    (has(WEEK),                      NEWS,    Right.START_OVER,  JUST_ENDED,     ["programme-ended"]),
    (has(WEEK),                      STOPPED, Right.START_OVER,  RUNNING,        ["channel-stopped"]),
    (has(WEEK),                      NEWS,    Right.START_OVER,  NOT_YET_STORED, ["not-stored"]),
    (has(BASIC),                     STOPPED, Right.START_OVER,  LOST,           ALL_OF_IT),

    (has(WEEK),                      NEWS,    Right.CATCH_UP,    JUST_ENDED,     []),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,    SIX_DAYS_AGO,   []),
    (has(WEEK),                      STOPPED, Right.CATCH_UP,    YESTERDAY,      []),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,    RUNNING,        ["programme-running"]),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,    NEXT,           ["programme-not-started"]),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,    EIGHT_DAYS_AGO, ["outside-catch-up-window"]),
    (has(DAY),                       NEWS,    Right.CATCH_UP,    YESTERDAY,      ["outside-catch-up-window"]),
    (has(DAY, WEEK),                 NEWS,    Right.CATCH_UP,    YESTERDAY,      []),
    (has(BASIC),                     NEWS,    Right.CATCH_UP,    YESTERDAY,      ["right-not-included"]),
    (has(),                          NEWS,    Right.CATCH_UP,    YESTERDAY,      ["not-subscribed"]),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,    LOST,           ["not-stored"]),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,    PARTLY_STORED,  []),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,    UNKNOWN,        []),
    (has(DAY),                       NEWS,    Right.CATCH_UP,    LONG_GONE,      TOO_LATE),
]  # fmt: skip


@pytest.mark.parametrize(("account", "channel", "mode", "programme", "codes"), TABLE)
def test_the_table(
    account: Account, channel: Channel, mode: Right, programme: Programme | None, codes: list[str]
) -> None:
    decision = decide(Facts(NOW, mode, account, channel, programme))
    assert [reason.code for reason in decision.reasons] == codes
    assert decision.allowed is (codes == [])


def test_every_rule_has_refused_in_the_table() -> None:
    assert {rule.code for rule in RULES} == {code for *_, codes in TABLE for code in codes}


@pytest.mark.parametrize(
    ("starts", "ends", "allowed"),
    [
        (ago(days=30), None, True),
        (NOW, None, True),
        (ago(days=30), NOW + timedelta(microseconds=1), True),
        (ago(days=30), NOW, False),
        (NOW + timedelta(microseconds=1), None, False),
    ],
)
def test_a_subscription_counts_from_its_start_until_just_before_its_end(
    starts: datetime, ends: datetime | None, allowed: bool
) -> None:
    account = Account(True, (Subscription(BASIC, starts, ends),))
    assert decide(Facts(NOW, Right.LIVE, account, NEWS)).allowed is allowed


@pytest.mark.parametrize(
    ("begun", "allowed"), [(timedelta(days=1), True), (timedelta(days=1, microseconds=1), False)]
)
def test_the_catch_up_window_reaches_back_to_programmes_that_began_within_it(
    begun: timedelta, allowed: bool
) -> None:
    programme = Programme("Edge", NOW - begun, NOW - begun + timedelta(hours=1), stored=1)
    assert decide(Facts(NOW, Right.CATCH_UP, has(DAY), NEWS, programme)).allowed is allowed


def test_a_reason_says_what_it_saw() -> None:
    (reason,) = decide(Facts(NOW, Right.CATCH_UP, has(DAY), NEWS, YESTERDAY)).reasons
    assert reason.message == "“Quiz” is longer ago than your subscription reaches back."
    assert reason.facts == {
        "now": NOW,
        "start": YESTERDAY.start,
        "end": YESTERDAY.end,
        "window_seconds": 86400,
    }


def test_remedies_are_the_products_that_help_cheapest_first() -> None:
    on_sale = [WEEK, FILMS, BASIC, DAY]
    live = Facts(NOW, Right.LIVE, has(), NEWS)
    assert remedies(live, on_sale) == [BASIC, DAY, WEEK]
    assert remedies(replace(live, right=Right.CATCH_UP, programme=YESTERDAY), on_sale) == [WEEK]


def test_nothing_is_offered_for_what_no_product_would_change() -> None:
    assert remedies(Facts(NOW, Right.LIVE, has(), STOPPED), [BASIC, WEEK]) == []
    assert remedies(Facts(NOW, Right.LIVE, has(active=False), NEWS), [BASIC, WEEK]) == []
    assert remedies(Facts(NOW, Right.CATCH_UP, has(DAY), NEWS, EIGHT_DAYS_AGO), [DAY, WEEK]) == []


names = st.sampled_from(["news", "cinema"])
offsets = st.integers(-10 * 24, 2 * 24).map(lambda hours: NOW + timedelta(hours=hours))


@st.composite
def entitlements(draw: st.DrawFn) -> Entitlement:
    right = draw(st.sampled_from(list(Right)))
    days = draw(st.integers(1, 9))
    return Entitlement(
        draw(st.none() | names), right, timedelta(days=days) if right is Right.CATCH_UP else None
    )


@st.composite
def products(draw: st.DrawFn) -> Product:
    rights = draw(st.lists(entitlements(), max_size=3))
    return product(f"p{draw(st.integers(0, 99))}", str(draw(st.integers(0, 20))), *rights)


@st.composite
def subscriptions(draw: st.DrawFn) -> Subscription:
    starts, ends = draw(offsets), draw(st.none() | offsets)
    return Subscription(draw(products()), starts, ends)


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    start = draw(offsets)
    stored = draw(st.none() | st.sampled_from([0.0, 0.5, 1.0]))
    return Programme("Any", start, start + timedelta(minutes=draw(st.integers(1, 240))), stored)


facts = st.builds(
    Facts,
    now=st.just(NOW),
    right=st.sampled_from(list(Right)),
    account=st.builds(Account, st.booleans(), st.lists(subscriptions(), max_size=4).map(tuple)),
    channel=st.builds(Channel, names, st.just("Any"), st.booleans(), st.none() | st.booleans()),
    programme=st.none() | programmes(),
)


def naive(facts: Facts) -> bool:
    """The same policy, said plainly with early exits."""
    return not hindered(facts) and any(
        gives(item, facts)
        for subscription in facts.account.subscriptions
        if subscription.starts <= facts.now
        if subscription.ends is None or facts.now < subscription.ends
        for item in subscription.product.entitlements
    )


def hindered(facts: Facts) -> bool:
    if not facts.account.active or (facts.right is not Right.CATCH_UP and not facts.channel.running):
        return True
    if facts.right is Right.LIVE and facts.channel.stored is False:
        return True
    programme = facts.programme
    if programme is None:
        return False
    over = programme.end <= facts.now
    if programme.start > facts.now or over is not (facts.right is Right.CATCH_UP):
        return True
    return facts.right is not Right.LIVE and programme.stored == 0


def gives(item: Entitlement, facts: Facts) -> bool:
    if item.channel not in (None, facts.channel.name) or item.right is not facts.right:
        return False
    if facts.programme is None or item.window is None:
        return True
    return facts.programme.start >= facts.now - item.window


@given(facts)
def test_the_decision_is_the_naive_one(facts: Facts) -> None:
    assert decide(facts).allowed is naive(facts)


@given(facts)
def test_a_refusal_always_has_reasons_and_each_says_something(facts: Facts) -> None:
    decision = decide(facts)
    assert decision.allowed is (decision.reasons == [])
    for reason in decision.reasons:
        assert reason.message.endswith(".")
        assert reason.facts


@given(facts, subscriptions())
def test_having_more_never_takes_away(facts: Facts, another: Subscription) -> None:
    more = replace(facts.account, subscriptions=(*facts.account.subscriptions, another))
    assert decide(replace(facts, account=more)).allowed >= decide(facts).allowed


@given(facts)
def test_what_storage_is_lost_never_adds(facts: Facts) -> None:
    if facts.programme is not None:
        lost = replace(facts, programme=replace(facts.programme, stored=0.0))
        assert decide(lost).allowed <= decide(facts).allowed


@given(facts, st.lists(products(), max_size=4))
def test_every_remedy_works_and_no_other_product_does(facts: Facts, on_sale: list[Product]) -> None:
    found = remedies(facts, on_sale)
    for item in on_sale:
        account = replace(
            facts.account, subscriptions=(*facts.account.subscriptions, Subscription(item, NOW))
        )
        assert (item in found) is decide(replace(facts, account=account)).allowed
    assert [item.price for item in found] == sorted(item.price for item in found)


@given(facts, st.lists(programmes(), max_size=4))
def test_the_batch_says_what_single_decisions_say(facts: Facts, several: list[Programme]) -> None:
    batch = decide_programmes(NOW, facts.account, facts.channel, several)
    for programme, judged in zip(several, batch, strict=True):
        for right in Right:
            single = decide(replace(facts, right=right, programme=programme))
            assert judged[right].reasons == single.reasons


@given(facts)
def test_whoever_may_watch_a_programme_may_hold_the_channels_keys(facts: Facts) -> None:
    """Licences ask without a programme; that must never refuse what a manifest allows."""
    assert decide(replace(facts, programme=None)).allowed >= decide(facts).allowed
