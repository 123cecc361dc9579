"""What becomes of subscriptions, on paper. The examples are those of docs/subscriptions.md."""

from datetime import timedelta
from decimal import Decimal

import pytest
from support.having import Paper, at, plan
from telstar_api.entitlement.facts import State
from telstar_api.subscriptions import changes
from telstar_api.subscriptions.changes import BaseMissing, NotPossible
from telstar_api.subscriptions.timeline import Kind, baseless, scheduled

BASIC = plan("basic", "4.99", grace=3)
PREMIUM = plan("premium", "14.99", grace=3)
STRICT = plan("strict", "9.99")
TRYING = plan("trying", "7.99", trial=14)
SPORTS = plan("sports", "6.00", "basic", "premium")
OPERA = plan("opera", "3.00", "premium")
APRIL = at("2027-04-01")
MAY = at("2027-05-01")


def bill(paper: Paper) -> list[tuple[str, str, str]]:
    """When how much was charged, and what was credited."""
    return [
        (f"{when:%Y-%m-%d %H:%M}", f"{charge.amount:.2f}", f"{charge.credit:.2f}")
        for when, charge in paper.charges
    ]


def test_months_keep_the_day_they_began_on_and_are_charged_an_hour_ahead() -> None:
    paper = Paper(at("2027-01-31 10:00"))
    paper.take(BASIC)
    assert paper.one("basic").paid_until == at("2027-02-28 10:00")
    paper.until(at("2027-03-01"))
    assert paper.one("basic").paid_until == at("2027-03-31 10:00")
    assert bill(paper) == [("2027-01-31 10:00", "4.99", "0.00"), ("2027-02-28 09:00", "4.99", "0.00")]
    paper.until(at("2027-05-31 09:30"))
    assert paper.one("basic").paid_until == at("2027-06-30 10:00")
    assert len(paper.charges) == 5


def test_a_trial_is_free_and_is_charged_at_its_end() -> None:
    paper = Paper(APRIL)
    paper.take(TRYING)
    assert paper.one("trying").state(paper.now) is State.TRIALING
    paper.until(at("2027-04-14 22:59"))
    assert bill(paper) == []
    paper.until(at("2027-04-15"))
    assert bill(paper) == [("2027-04-14 23:00", "7.99", "0.00")]
    assert paper.one("trying").state(paper.now) is State.ACTIVE
    assert paper.one("trying").paid_until == at("2027-05-15")


def test_a_viewer_has_a_trial_of_a_product_once() -> None:
    paper = Paper(APRIL)
    paper.take(TRYING)
    paper.cancel("trying")
    paper.until(MAY)
    paper.take(TRYING)
    assert paper.one("trying").trial_ends is None
    assert bill(paper) == [("2027-05-01 00:00", "7.99", "0.00")]


def test_a_cancelled_trial_runs_to_its_end_and_costs_nothing() -> None:
    paper = Paper(APRIL)
    paper.take(TRYING)
    assert paper.cancel("trying").effective == at("2027-04-15")
    assert paper.in_force(at("2027-04-14 23:59")) == {"trying"}
    paper.until(at("2027-06-01"))
    assert (paper.in_force(), bill(paper)) == (set(), [])


def test_what_is_cancelled_runs_to_the_end_of_what_is_paid_for() -> None:
    paper = Paper(APRIL)
    paper.take(BASIC)
    paper.until(at("2027-04-10"))
    assert paper.cancel("basic").effective == MAY
    assert paper.one("basic").state(paper.now) is State.CANCELLED
    assert paper.cancel("basic").events == ()
    paper.until(MAY - timedelta(microseconds=1))
    assert paper.in_force() == {"basic"}
    paper.until(at("2027-07-01"))
    assert (paper.in_force(), len(paper.charges)) == (set(), 1)
    with pytest.raises(NotPossible, match="take it anew"):
        paper.resume("basic")


def test_resuming_is_as_if_nothing_had_been_cancelled() -> None:
    paper = Paper(APRIL)
    paper.take(BASIC)
    before = paper.one("basic")
    paper.until(at("2027-04-10"))
    paper.cancel("basic")
    paper.until(at("2027-04-20"))
    paper.resume("basic")
    assert paper.one("basic") == before
    paper.until(at("2027-05-02"))
    assert len(paper.charges) == 2


def test_an_upgrade_comes_at_once_and_the_rest_of_the_month_is_credited() -> None:
    paper = Paper(APRIL)
    paper.take(BASIC)
    paper.until(at("2027-04-16"))
    change = paper.change("basic", PREMIUM)
    assert change.effective == paper.now
    assert bill(paper)[1:] == [("2027-04-16 00:00", "12.49", "2.50")]
    assert paper.in_force() == {"premium"}
    assert paper.one("premium").paid_until == at("2027-05-16")


def test_a_downgrade_comes_when_the_month_is_over() -> None:
    paper = Paper(APRIL)
    paper.take(PREMIUM)
    paper.until(at("2027-04-10"))
    change = paper.change("premium", BASIC)
    assert (change.effective, change.charge) == (MAY, None)
    assert paper.in_force() == {"premium"}
    paper.until(MAY - timedelta(microseconds=1))
    assert paper.in_force() == {"premium"}
    paper.until(MAY)
    assert paper.in_force() == {"basic"}
    assert bill(paper)[1:] == [("2027-04-30 23:00", "4.99", "0.00")]


def test_a_downgrade_can_be_taken_back_before_it_takes_effect() -> None:
    paper = Paper(APRIL)
    paper.take(PREMIUM)
    before = paper.one("premium")
    paper.until(at("2027-04-10"))
    paper.change("premium", BASIC)
    paper.change("premium", PREMIUM)
    assert paper.one("premium") == before
    paper.until(at("2027-05-02"))
    assert paper.in_force() == {"premium"}
    assert bill(paper)[1:] == [("2027-04-30 23:00", "14.99", "0.00")]
    with pytest.raises(NotPossible, match="nothing else is scheduled"):
        paper.change("premium", PREMIUM)


def test_another_change_takes_the_place_of_the_one_that_was_scheduled() -> None:
    paper = Paper(APRIL)
    paper.take(PREMIUM)
    paper.change("premium", BASIC)
    paper.change("premium", STRICT)
    paper.until(at("2027-05-02"))
    assert paper.in_force() == {"strict"}
    assert len(paper.charges) == 2


def test_what_is_paid_for_ahead_cannot_be_withdrawn_any_more() -> None:
    paper = Paper(APRIL)
    paper.take(PREMIUM)
    paper.change("premium", BASIC)
    paper.until(at("2027-04-30 23:30"))
    with pytest.raises(NotPossible, match=r"paid for already: change once it has begun, on 2027-05-01 00:00"):
        paper.change("premium", PREMIUM)
    with pytest.raises(NotPossible, match="paid for already"):
        paper.cancel("premium")


def test_cancelling_withdraws_what_was_scheduled() -> None:
    paper = Paper(APRIL)
    paper.take(PREMIUM)
    paper.change("premium", BASIC)
    assert paper.cancel("premium").effective == MAY
    assert scheduled(paper.held, paper.one("premium"), paper.now) is None
    paper.until(at("2027-06-15"))
    assert (paper.in_force(), len(paper.charges)) == (set(), 1)


def test_an_upgrade_of_a_trial_is_paid_in_full_and_of_a_cancelled_one_uncancels() -> None:
    paper = Paper(APRIL)
    paper.take(TRYING)
    paper.cancel("trying")
    paper.change("trying", PREMIUM)
    assert bill(paper) == [("2027-04-01 00:00", "14.99", "0.00")]
    paper.until(at("2027-05-02"))
    assert paper.in_force() == {"premium"}


def test_a_failed_payment_is_tried_daily_through_the_grace_then_it_waits_then_it_ends() -> None:
    paper = Paper(APRIL)
    paper.take(BASIC)
    paper.pays = False
    paper.until(at("2027-05-01 12:00"))
    assert paper.one("basic").state(paper.now) is State.PAST_DUE
    paper.until(at("2027-05-04 12:00"))
    assert paper.one("basic").state(paper.now) is State.UNPAID
    tried = [f"{event.at:%m-%d %H}" for event in paper.events if event.kind is Kind.PAYMENT_FAILED]
    assert tried == ["04-30 23", "05-01 23", "05-02 23", "05-03 23", "05-04 00"]
    paper.until(at("2027-06-04"))
    assert paper.one("basic").state(paper.now) is State.ENDED
    assert paper.one("basic").ends == at("2027-06-03")
    assert len(paper.charges) == 1


def test_without_grace_the_last_try_is_when_the_paid_month_ends() -> None:
    paper = Paper(APRIL)
    paper.take(STRICT)
    paper.pays = False
    paper.until(MAY + timedelta(microseconds=1))
    assert [event.at for event in paper.events[1:]] == [MAY - timedelta(hours=1), MAY]
    assert paper.one("strict").state(paper.now) is State.UNPAID


@pytest.mark.parametrize(("paid_on", "until"), [("2027-05-02", "2027-06-01"), ("2027-05-20", "2027-06-20")])
def test_within_grace_the_month_follows_on_and_after_it_a_new_one_begins(paid_on: str, until: str) -> None:
    paper = Paper(APRIL)
    paper.take(BASIC)
    paper.pays = False
    paper.until(at(paid_on))
    item = paper.one("basic")
    paper._do(changes.pay(item, paper.now, paper.terms()))
    assert paper.one("basic").paid_until == at(until)
    assert paper.one("basic").state(paper.now) is State.ACTIVE


def test_cancelling_what_is_overdue_ends_it_at_once() -> None:
    paper = Paper(APRIL)
    paper.take(BASIC)
    paper.pays = False
    paper.until(at("2027-05-02"))
    assert paper.cancel("basic").effective == paper.now
    assert paper.in_force() == set()


def test_an_upgrade_of_what_is_overdue_credits_nothing_and_a_downgrade_comes_at_once() -> None:
    paper = Paper(APRIL)
    paper.take(PREMIUM)
    paper.pays = False
    paper.until(at("2027-05-02"))
    assert paper.change("premium", BASIC).effective == paper.now
    assert bill(paper)[1:] == [("2027-05-02 00:00", "4.99", "0.00")]


def test_an_add_on_needs_one_of_its_bases() -> None:
    paper = Paper(APRIL)
    with pytest.raises(BaseMissing, match="take one of these first: basic, premium"):
        paper.take(SPORTS)
    paper.take(BASIC)
    paper.take(SPORTS)
    with pytest.raises(BaseMissing, match="premium"):
        paper.take(OPERA)
    assert paper.in_force() == {"basic", "sports"}


def test_an_add_on_is_told_when_its_base_ends_and_is_not_renewed_without_it() -> None:
    paper = Paper(APRIL)
    paper.take(BASIC)
    paper.until(at("2027-04-10"))
    paper.take(SPORTS)
    assert paper.cancel("basic").loses == (SPORTS.product,)
    assert [
        (event.kind, event.notes) for event in paper.events if event.subscription == paper.one("sports").id
    ][1:] == [(Kind.BASE_ENDS, {"from": "2027-05-01T00:00:00+00:00"})]
    paper.until(at("2027-05-02"))
    assert baseless(paper.held, paper.one("sports"), paper.now)
    paper.until(at("2027-05-11"))
    assert paper.one("sports").ends == at("2027-05-10")
    assert len(paper.charges) == 2


def test_resuming_the_base_tells_its_add_ons_that_it_stays() -> None:
    paper = Paper(APRIL)
    paper.take(BASIC)
    paper.take(SPORTS)
    paper.cancel("basic")
    assert [event.kind for event in paper.resume("basic").events] == [Kind.RESUMED, Kind.BASE_STAYS]
    paper.until(at("2027-05-02"))
    assert paper.in_force() == {"basic", "sports"}
    assert len(paper.charges) == 4


def test_a_change_of_base_keeps_the_add_ons_that_fit_both_and_names_those_that_do_not() -> None:
    paper = Paper(APRIL)
    paper.take(PREMIUM)
    paper.take(SPORTS)
    paper.take(OPERA)
    assert paper.change("premium", BASIC).loses == (OPERA.product,)
    paper.until(at("2027-05-02"))
    assert baseless(paper.held, paper.one("opera"), paper.now)
    assert not baseless(paper.held, paper.one("sports"), paper.now)
    assert paper.one("opera").ends == MAY


def test_where_nothing_is_due_a_month_from_the_start_is_the_period() -> None:
    paper = Paper(at("2027-01-31"), billed=False)
    paper.take(TRYING)
    assert paper.one("trying").paid_until is None
    assert paper.one("trying").trial_ends is None
    paper.until(at("2027-03-10"))
    assert paper.cancel("trying").effective == at("2027-03-31")
    paper.resume("trying")
    assert paper.change("trying", BASIC).effective == at("2027-03-31")
    assert paper.change("trying", PREMIUM).effective == paper.now
    assert paper.charges == []


REFUSED = [
    ("another currency", plan("yen", "990", currency="JPY"), "is sold in JPY"),
    ("an add-on instead of a base", SPORTS, "cannot take each other's place"),
    ("what one has anyway", STRICT, "You have Strict already"),
]


@pytest.mark.parametrize(("_", "wanted", "message"), REFUSED)
def test_what_cannot_be_changed(_: str, wanted: changes.Plan, message: str) -> None:
    paper = Paper(APRIL)
    paper.take(BASIC)
    paper.take(STRICT)
    with pytest.raises(NotPossible, match=message):
        paper.change("basic", wanted)


def test_what_has_ended_can_be_neither_changed_nor_cancelled_nor_extended() -> None:
    paper = Paper(APRIL)
    paper.take(BASIC)
    paper.cancel("basic")
    paper.until(MAY)
    for impossible in (
        lambda: paper.change("basic", PREMIUM),
        lambda: paper.cancel("basic"),
        lambda: changes.extend(paper.held, paper.one("basic"), timedelta(days=1), paper.now, "sorry"),
        lambda: changes.end(paper.held, paper.one("basic"), paper.now, "sorry"),
    ):
        with pytest.raises(NotPossible):
            impossible()


def test_what_begins_later_cannot_be_taken_beside_itself() -> None:
    paper = Paper(APRIL)
    paper.take(PREMIUM)
    paper.change("premium", BASIC)
    with pytest.raises(NotPossible, match="begins on 2027-05-01 00:00 UTC already"):
        paper.take(BASIC)


@pytest.mark.parametrize("cancelled", [False, True])
def test_support_gives_days_that_are_not_charged(cancelled: bool) -> None:
    paper = Paper(APRIL)
    paper.take(BASIC)
    if cancelled:
        paper.cancel("basic")
    paper._do(changes.extend(paper.held, paper.one("basic"), timedelta(days=10), paper.now, "an outage"))
    paper.until(at("2027-05-10"))
    assert paper.in_force() == {"basic"}
    assert len(paper.charges) == 1
    paper.until(at("2027-05-12"))
    assert paper.in_force() == (set() if cancelled else {"basic"})
    assert len(paper.charges) == (1 if cancelled else 2)


def test_ending_takes_effect_at_once_whatever_is_paid_for() -> None:
    paper = Paper(APRIL)
    paper.take(PREMIUM)
    paper.take(OPERA)
    paper.change("premium", BASIC)
    change = paper._do(changes.end(paper.held, paper.one("premium"), paper.now, "fraud"))
    assert change.loses == (OPERA.product,)
    paper.until(at("2027-06-01"))
    assert paper.in_force() == set()


def test_a_free_product_is_never_due() -> None:
    paper = Paper(APRIL)
    change = paper.take(plan("free", "0"))
    assert (change.charge, paper.one("free").due, paper.one("free").paid_until) == (None, None, None)
    assert Decimal(0) == sum(charge.amount for _, charge in paper.charges)
