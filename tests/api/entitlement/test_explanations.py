"""A decision explains itself: sentences, facts that JSON can hold, and what would put it right."""

import json
from dataclasses import replace

from hypothesis import given, settings
from pydantic_core import to_jsonable_python
from support.rights_cases import BASIC, DAY, NEWS, NEXT, NOW, RUNNING, STOPPED, WEEK, YESTERDAY, has, owes
from support.rights_strategies import Case, cases
from telstar_api.entitlement.decision import Check, Fix, decide
from telstar_api.entitlement.facts import Account, Circumstances, Facts
from telstar_api.entitlement.rights import Right
from telstar_api.entitlement.rules import RULES, Who


@settings(max_examples=200, deadline=None)
@given(cases())
def test_every_check_has_a_sentence_and_facts_that_json_can_hold(case: Case) -> None:
    decision = decide(case.facts)
    assert [check.code for check in decision.checks] == [
        rule.code for rule in RULES if case.facts.right in rule.rights
    ]
    assert [check.code for check in decision.checks if not check.passed] == [
        reason.code for reason in decision.reasons
    ]
    for check in decision.checks:
        assert check.message.endswith(".")
        assert check.facts
        assert json.loads(json.dumps(to_jsonable_python(dict(check.facts))))


@settings(max_examples=200, deadline=None)
@given(cases())
def test_every_failed_rule_says_who_can_put_it_right_and_how(case: Case) -> None:
    decision = decide(case.facts)
    assert [fix.code for fix in decision.fixes] == [reason.code for reason in decision.reasons]
    for fix, reason in zip(decision.fixes, decision.reasons, strict=True):
        assert fix.message.endswith(".")
        assert len(fix.message) > len("It is.")
        assert reason.message.endswith(".")
        assert isinstance(fix.who, Who)


def test_a_reason_says_what_it_saw() -> None:
    (reason,) = decide(Facts(NOW, Right.CATCH_UP, has(DAY), NEWS, YESTERDAY)).reasons
    assert reason.message == "“Quiz” is longer ago than your subscription reaches back."
    assert reason.facts == {
        "now": NOW,
        "start": YESTERDAY.start,
        "end": YESTERDAY.end,
        "window_seconds": 86400,
    }


def test_a_yes_shows_every_check_passed() -> None:
    decision = decide(Facts(NOW, Right.LIVE, has(BASIC), NEWS, RUNNING))
    assert all(check.passed for check in decision.checks)
    on_air = {"channel": "news", "running": True}
    assert Check("channel-stopped", True, "The channel is on the air.", on_air) in decision.checks
    assert decision.fixes == []


def test_fixes_name_what_to_do() -> None:
    assert decide(Facts(NOW, Right.LIVE, has(BASIC), STOPPED)).fixes == [
        Fix("channel-stopped", Who.OPERATOR, "An operator can start it: kubectl telstar resume news.")
    ]
    assert decide(Facts(NOW, Right.CATCH_UP, has(WEEK), NEWS, NEXT)).fixes == [
        Fix("programme-not-started", Who.TIME, "It begins at 2026-11-22 20:10 UTC.")
    ]
    assert decide(Facts(NOW, Right.LIVE, Account(True, owes(BASIC)), NEWS)).fixes[0] == Fix(
        "payment-overdue", Who.VIEWER, "Pay for Basic: it counts again at once."
    )


def test_what_is_paid_for_is_not_what_is_overdue() -> None:
    """Of several unpaid products, the one is named whose payment would help here."""
    account = Account(True, (*has(BASIC).subscriptions, *owes(BASIC, WEEK)))
    fixes = decide(Facts(NOW, Right.CATCH_UP, account, NEWS)).fixes
    assert fixes[0] == Fix("payment-overdue", Who.VIEWER, "Pay for Week: it counts again at once.")


def test_a_place_that_cannot_be_told_is_said_apart_from_a_wrong_one() -> None:
    facts = Facts(NOW, Right.LIVE, has(WEEK, age_limit=None), replace(NEWS, territories=frozenset({"DE"})))
    (unknown,) = decide(facts).reasons
    assert unknown.message == "News 24 can be watched in some countries only, and yours could not be told."
    assert unknown.facts == {"territory": None, "allowed": ["DE"]}
    (abroad,) = decide(replace(facts, circumstances=Circumstances("US"))).reasons
    assert abroad.message == "News 24 cannot be watched from where you are."
