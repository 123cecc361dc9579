"""What must hold whatever a viewer does and whenever: rights, money and history, on random lives."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.having import Paper, at, plan
from telstar_api.entitlement.facts import State
from telstar_api.subscriptions.changes import NotPossible
from telstar_api.subscriptions.timeline import Kind, replay

PLANS = {
    item.product.id: item
    for item in (
        plan("basic", "4.99"),
        plan("better", "4.99", grace=2),
        plan("premium", "14.99", grace=5),
        plan("trying", "7.99", trial=14),
        plan("sports", "6.00", "basic", "premium"),
        plan("opera", "3.33", "premium", trial=7),
    )
}
NAMES = sorted(PLANS)
MOMENT = timedelta(microseconds=1)
START = st.timedeltas(timedelta(0), timedelta(days=1500)).map(lambda passed: at("2027-01-01") + passed)

Step = Callable[[Paper], Any]
taking = st.sampled_from(NAMES).map(lambda name: lambda paper: paper.take(PLANS[name]))
cancelling = st.sampled_from(NAMES).map(lambda name: lambda paper: paper.cancel(name))
resuming = st.sampled_from(NAMES).map(lambda name: lambda paper: paper.resume(name))
changing = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).map(
    lambda pair: lambda paper: paper.change(pair[0], PLANS[pair[1]])
)
waiting = st.timedeltas(timedelta(0), timedelta(days=70)).map(
    lambda passed: lambda paper: paper.until(paper.now + passed)
)
running_dry = st.booleans().map(lambda pays: lambda paper: setattr(paper, "pays", pays))
steps = st.lists(st.one_of(taking, taking, changing, changing, cancelling, resuming, waiting), max_size=14)
lives = st.lists(
    st.one_of(taking, taking, changing, changing, cancelling, resuming, waiting, running_dry), max_size=14
)
calm = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def live(paper: Paper, *life: Step) -> Paper:
    """Do all that is possible of these."""
    for step in life:
        # IndexError: what was never taken.
        with contextlib.suppress(NotPossible, IndexError):
            step(paper)
    return paper


@calm
@given(START, lives, st.booleans())
def test_replaying_the_history_in_any_two_parts_gives_what_there_is(
    start: Any, life: list[Step], billed: bool
) -> None:
    paper = live(Paper(start, billed), *life)
    for cut in range(len(paper.events) + 1):
        earlier = replay(paper.events[:cut])
        assert list(replay(paper.events[cut:], earlier).values()) == paper.held
    assert [event.at for event in paper.events] == sorted(event.at for event in paper.events)


@calm
@given(START, lives)
def test_money_adds_up_to_the_cent(start: Any, life: list[Step]) -> None:
    paper = live(Paper(start), *life)
    paid = [event for event in paper.events if "price" in event.sets]
    assert len(paid) == len(paper.charges)
    for event, (when, charge) in zip(paid, paper.charges, strict=True):
        assert (event.at, event.sets["price"]) == (when, charge.price)
        assert charge.amount + charge.credit == charge.price
        assert charge.amount == charge.amount.quantize(Decimal("0.01"))
        assert charge.credit >= 0
    total = sum(charge.amount for _, charge in paper.charges)
    assert total == sum(event.sets["price"] for event in paid) - sum(c.credit for _, c in paper.charges)


@calm
@given(START, steps)
def test_a_change_never_leaves_a_viewer_without_and_never_gives_both(start: Any, life: list[Step]) -> None:
    paper = Paper(start)
    live(paper, *life)
    paper.until(paper.now + timedelta(days=90))
    for new in paper.held:
        old = next((item for item in paper.held if item.id == new.replaces), None)
        if old is None or new.starts == new.ends:
            continue  # nothing was replaced, or it was withdrawn
        assert old.ends is not None
        assert old.ends <= new.starts
        if old.ends == new.starts:
            assert new.state(new.starts).counts
            assert not old.counts(new.starts)
            assert old.starts == old.ends or old.counts(old.ends - MOMENT)


@calm
@given(START, steps)
def test_who_pays_is_never_a_moment_without_what_they_did_not_cancel(start: Any, life: list[Step]) -> None:
    paper = live(Paper(start), *life)
    counting = {item.id for item in paper.held if item.counts(paper.now) and item.ends is None}
    for _ in range(70):
        paper.until(paper.now + timedelta(days=1, hours=1))
        ended = {event.subscription for event in paper.events if event.kind is Kind.ENDED}
        states = {item.id: item.state(paper.now) for item in paper.held}
        assert all(states[item].counts for item in counting - ended)


@calm
@given(START, steps, st.sampled_from(NAMES), st.timedeltas(timedelta(0), timedelta(days=40)))
def test_cancelling_and_resuming_is_nothing(
    start: Any, life: list[Step], name: str, later: timedelta
) -> None:
    paper = live(Paper(start), *life)
    if not any(item.product.id == name and item.counts(paper.now) for item in paper.held):
        return
    before = paper.held
    item = paper.one(name)
    if item.ends is not None or not item.counts(paper.now):
        return
    change = paper.cancel(name)
    paper.until(min(paper.now + later, change.effective - MOMENT, *dues(paper)))
    paper.resume(name)
    assert paper.held == before


def dues(paper: Paper) -> list[Any]:
    return [item.due for item in paper.held if item.due is not None]


@calm
@given(START, lives)
def test_nobody_is_charged_for_what_has_ended_or_was_cancelled_or_lacks_its_base(
    start: Any, life: list[Step]
) -> None:
    paper = live(Paper(start), *life)
    so_far: list[Any] = []
    for event in paper.events:
        if event.kind is Kind.RENEWED:
            item = replay(so_far)[event.subscription]
            assert item.cancelled is None
            assert item.state(event.at) is not State.ENDED
            assert item.ends is None
        so_far.append(event)


@calm
@given(START, lives)
def test_a_product_is_tried_once(start: Any, life: list[Step]) -> None:
    paper = live(Paper(start), *life)
    tried = [item.product.id for item in paper.held if item.trial_ends is not None]
    assert len(tried) == len(set(tried))
