"""What is offered: exactly the products that help, and add-ons with a base, cheapest first."""

import uuid
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from support import naive_rights as naive
from support.rights_cases import (
    BASIC,
    DAY,
    EIGHT_DAYS_AGO,
    FAMILY,
    FILMS,
    NEWS,
    NOW,
    REPLAY,
    RUNNING,
    STOPPED,
    WEEK,
    YESTERDAY,
    has,
    owes,
)
from support.rights_strategies import Case, cases
from telstar_api.entitlement.decision import Remedy, decide, remedies
from telstar_api.entitlement.facts import Account, Circumstances, Facts, Product, Stream, Subscription
from telstar_api.entitlement.rights import Right

ON_SALE = [WEEK, FILMS, REPLAY, BASIC, FAMILY, DAY]


def test_the_products_that_help_cheapest_first() -> None:
    live = Facts(NOW, Right.LIVE, has(), NEWS)
    assert remedies(live, ON_SALE) == [Remedy(BASIC), Remedy(DAY), Remedy(WEEK)]
    assert remedies(replace(live, right=Right.CATCH_UP, programme=YESTERDAY), ON_SALE) == [Remedy(WEEK)]


def test_an_add_on_comes_with_the_cheapest_base_that_makes_it_count() -> None:
    start_over = Facts(NOW, Right.START_OVER, has(), NEWS, RUNNING)
    assert remedies(start_over, ON_SALE) == [Remedy(REPLAY, BASIC), Remedy(WEEK)]
    assert remedies(start_over, ON_SALE)[0].products == (BASIC, REPLAY)
    assert remedies(start_over, [DAY, REPLAY, BASIC]) == [Remedy(REPLAY, BASIC)]


def test_who_has_the_base_is_offered_the_add_on_alone() -> None:
    start_over = Facts(NOW, Right.START_OVER, has(BASIC), NEWS, RUNNING)
    assert remedies(start_over, ON_SALE) == [Remedy(REPLAY), Remedy(WEEK)]


def test_who_has_the_add_on_is_offered_each_base() -> None:
    start_over = Facts(NOW, Right.START_OVER, has(REPLAY), NEWS, RUNNING)
    assert remedies(start_over, ON_SALE) == [Remedy(BASIC), Remedy(DAY), Remedy(WEEK)]


def test_of_equal_prices_the_order_is_stable() -> None:
    first, second = replace(BASIC, id="a"), replace(BASIC, id="b")
    live = Facts(NOW, Right.LIVE, has(), NEWS)
    assert (
        remedies(live, [second, first]) == remedies(live, [first, second]) == [Remedy(first), Remedy(second)]
    )


def test_more_streams_are_offered_where_streams_are_what_is_missing() -> None:
    open_streams = tuple(Stream(uuid.UUID(int=n), "news", uuid.UUID(int=n), NOW) for n in range(2))
    facts = Facts(NOW, Right.LIVE, has(BASIC), NEWS, None, Circumstances(streams=open_streams))
    assert decide(facts).codes == {"too-many-streams"}
    assert remedies(facts, ON_SALE) == [Remedy(FAMILY), Remedy(FILMS), Remedy(WEEK)]


def test_nothing_is_offered_for_what_no_product_would_change() -> None:
    assert remedies(Facts(NOW, Right.LIVE, has(), STOPPED), ON_SALE) == []
    assert remedies(Facts(NOW, Right.LIVE, has(active=False), NEWS), ON_SALE) == []
    assert remedies(Facts(NOW, Right.CATCH_UP, has(DAY), NEWS, EIGHT_DAYS_AGO), ON_SALE) == []


def test_what_is_owed_for_is_not_offered_again() -> None:
    live = Facts(NOW, Right.LIVE, Account(True, owes(BASIC)), NEWS)
    assert remedies(live, ON_SALE) == [Remedy(DAY), Remedy(WEEK)]
    start_over = replace(live, right=Right.START_OVER, programme=RUNNING)
    assert remedies(start_over, ON_SALE) == [Remedy(REPLAY, DAY), Remedy(WEEK)]


def helps(facts: Facts, *taken: Product) -> bool:
    """By the naive formulation."""
    more = (Subscription(item, facts.now) for item in taken)
    return naive.may(replace(facts, account=naive.with_more(facts.account, *more)))


def owed(facts: Facts, item: Product) -> bool:
    return any(
        had.product.id == item.id and naive.stands(had, facts) == "unpaid"
        for had in facts.account.subscriptions
    )


@settings(max_examples=300, deadline=None)
@given(cases())
def test_every_remedy_helps_and_nothing_else_does(case: Case) -> None:
    facts = case.facts
    on_sale = [item for item in case.catalogue if not owed(facts, item)]
    alone = [item for item in on_sale if helps(facts, item)]
    found = remedies(facts, case.catalogue)
    assert [remedy.product for remedy in found if remedy.base is None] == sorted(
        alone, key=lambda item: (item.price, item.id)
    )
    rest = [item for item in on_sale if item not in alone]
    pairs = {
        item.id: min(base.price for base in rest if base.id in item.add_on_to and helps(facts, base, item))
        for item in rest
        if any(base.id in item.add_on_to and helps(facts, base, item) for base in rest)
    }
    paired = [remedy for remedy in found if remedy.base is not None]
    assert {remedy.product.id: remedy.base.price for remedy in paired if remedy.base} == pairs
    for remedy in found:
        assert helps(facts, *remedy.products)
    prices = [sum((item.price for item in remedy.products), Decimal(0)) for remedy in found]
    assert prices == sorted(prices)
