"""What holds of every decision, whatever is asked.

The policy is formulated twice: by the rules, and plainly in support/naive_rights.py. They must agree.
"""

import uuid
from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support import naive_rights as naive
from support.rights_cases import NOW
from support.rights_strategies import (
    Case,
    cases,
    entitlements,
    programmes,
    subscriptions,
)
from telstar_api.entitlement.decision import Decision, decide, decide_programmes
from telstar_api.entitlement.facts import Facts, Limits, Product, Programme, Stream, Subscription
from telstar_api.entitlement.rights import Right, Setting

many = settings(max_examples=500, deadline=None)
some = settings(max_examples=200, deadline=None)


@many
@given(cases())
def test_the_decision_is_the_naive_one(case: Case) -> None:
    decision = decide(case.facts)
    assert decision.allowed is naive.may(case.facts)
    assert decision.codes == naive.codes(case.facts)


@many
@given(cases())
def test_the_picture_is_the_naive_one(case: Case) -> None:
    assert decide(case.facts).height == naive.height(case.facts)


def no_less(more: Decision, less: Decision) -> None:
    """`more` allows whatever `less` does, and as high a picture."""
    assert more.allowed >= less.allowed
    if less.allowed:
        assert more.height is None or (less.height is not None and more.height >= less.height)


def having(facts: Facts, *had: Subscription) -> Facts:
    return replace(facts, account=replace(facts.account, subscriptions=had))


@st.composite
def with_more(draw: st.DrawFn) -> tuple[Facts, Facts]:
    """A case, and the same with one more subscription of the catalogue anywhere among the others."""
    case = draw(cases())
    had = list(case.facts.account.subscriptions)
    place = draw(st.integers(0, len(had)))
    more = [*had[:place], draw(subscriptions(case.catalogue)), *had[place:]]
    return case.facts, having(case.facts, *more)


@many
@given(with_more())
def test_one_more_subscription_never_takes_away(pair: tuple[Facts, Facts]) -> None:
    less, more = pair
    no_less(decide(more), decide(less))


@st.composite
def bigger(draw: st.DrawFn, product: Product) -> Product:
    """The product with more rights, wider windows and higher limits; an add-on may come to stand alone."""
    longer = timedelta(days=draw(st.integers(0, 9)))
    rights = tuple(
        replace(item, window=item.window + longer if item.window is not None else None)
        for item in (*product.entitlements, *draw(st.lists(entitlements, max_size=2)))
    )
    limits = Limits(*(draw(_raised(limit)) for limit in _limits(product)))
    return replace(product, entitlements=rights, limits=limits)


def _limits(product: Product) -> tuple[int | None, ...]:
    return product.limits.streams, product.limits.devices, product.limits.height


def _raised(limit: int | None) -> st.SearchStrategy[int | None]:
    return st.none() if limit is None else st.integers(0, 3).map(lambda more: limit + more)


@st.composite
def with_bigger(draw: st.DrawFn) -> tuple[Facts, Facts]:
    """A case, and the same where one of the products is bigger, in every subscription to it."""
    case = draw(cases())
    assume(case.facts.account.subscriptions)
    chosen = draw(st.sampled_from([item.product for item in case.facts.account.subscriptions]))
    grown = draw(bigger(chosen))
    more = [
        replace(item, product=grown) if item.product is chosen else item
        for item in case.facts.account.subscriptions
    ]
    return case.facts, having(case.facts, *more)


@many
@given(with_bigger())
def test_a_bigger_product_never_takes_away(pair: tuple[Facts, Facts]) -> None:
    less, more = pair
    no_less(decide(more), decide(less))


def unlimited(product: Product, limit: str) -> Product:
    return replace(product, limits=replace(product.limits, **{limit: None}))


@some
@given(cases(), st.sampled_from(["streams", "devices", "height"]))
def test_no_limit_is_never_less_than_one(case: Case, limit: str) -> None:
    """Of a product that stands alone; an add-on without a limit leaves it to its base."""
    had = case.facts.account.subscriptions
    lifted = [
        item if item.product.add_on_to else replace(item, product=unlimited(item.product, limit))
        for item in had
    ]
    no_less(decide(having(case.facts, *lifted)), decide(case.facts))


@some
@given(cases(), st.sampled_from([0.0, 0.5]))
def test_losing_what_is_stored_never_adds(case: Case, left: float) -> None:
    facts = case.facts
    lost = replace(facts, channel=replace(facts.channel, stored=False))
    if facts.programme is not None:
        stored = 1.0 if facts.programme.stored is None else facts.programme.stored
        lost = replace(lost, programme=replace(facts.programme, stored=stored * left))
    assert decide(lost).allowed <= decide(facts).allowed
    assert decide(lost).codes >= decide(facts).codes


@some
@given(cases(), st.sampled_from(Right))
def test_what_staff_forbid_never_adds(case: Case, right: Right) -> None:
    facts = case.facts
    # Nowhere is a place to be allowed in, too: an empty set must not become a larger one.
    allowed_in = frozenset({"DE"}) if facts.channel.territories is None else facts.channel.territories
    forbidden = replace(
        facts.channel,
        settings={**facts.channel.settings, right: Setting.DISABLED},
        territories=allowed_in - {"AT"},
        maintenance=NOW + timedelta(hours=1),
    )
    assert decide(replace(facts, channel=forbidden)).codes >= decide(facts).codes


@some
@given(cases())
def test_the_pin_takes_nothing_but_its_own_refusal_away(case: Case) -> None:
    facts = case.facts
    entered = replace(facts, circumstances=replace(facts.circumstances, pin_given=True))
    assert decide(entered).codes == decide(facts).codes - {"pin-required"}


@some
@given(cases(), st.uuids())
def test_another_stream_or_device_never_adds(case: Case, another: uuid.UUID) -> None:
    facts, seen = case.facts, case.facts.circumstances
    more = replace(
        seen,
        streams=(*(seen.streams or ()), Stream(another, "news", another, NOW)),
        devices=(seen.devices or frozenset()) | {another},
    )
    assert decide(replace(facts, circumstances=more)).codes >= decide(facts).codes


@many
@given(cases(), st.lists(programmes, max_size=5))
def test_the_batch_says_what_single_decisions_say(case: Case, several: list[Programme]) -> None:
    facts = case.facts
    batch = decide_programmes(NOW, facts.account, facts.channel, several, facts.circumstances)
    assert len(batch) == len(several)
    for programme, judged in zip(several, batch, strict=True):
        assert set(judged) == set(Right)
        for right in Right:
            single = decide(replace(facts, right=right, programme=programme))
            assert judged[right].allowed is single.allowed
            assert judged[right].reasons == single.reasons
            assert judged[right].checks == single.checks
            assert judged[right].fixes == single.fixes
            assert judged[right].height == single.height


@some
@given(cases())
def test_without_a_programme_only_the_channel_can_refuse(case: Case) -> None:
    """Licences ask so; that must not refuse what a manifest allows, where the programme is not the milder."""
    facts = case.facts
    assume(facts.programme is not None)
    assert facts.programme is not None
    assume(Setting.ENABLED not in facts.programme.settings.values())
    assume(facts.programme.age is None)
    assert decide(replace(facts, programme=None)).codes <= decide(facts).codes
