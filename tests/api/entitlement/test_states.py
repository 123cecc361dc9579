"""Where a subscription stands, on both sides of every moment that matters to it."""

from datetime import datetime, timedelta

import pytest
from support.rights_cases import BASIC, LONG_AGO, NEWS, NOW, TICK, ago, ahead
from telstar_api.entitlement.decision import decide
from telstar_api.entitlement.facts import Account, Facts, State, Subscription
from telstar_api.entitlement.rights import Right

WEEK = timedelta(days=7)
NO = timedelta(0)
SOON, JUST = NOW + TICK, NOW - TICK

TABLE = [
    # starts    ends      trial    paid until           grace  cancelled  state
    (LONG_AGO,  None,     None,    None,                NO,    None,      State.ACTIVE),
    (NOW,       None,     None,    None,                NO,    None,      State.ACTIVE),
    (SOON,      None,     None,    None,                NO,    None,      State.UPCOMING),
    (SOON,      None,     ahead(days=9), None,          NO,    None,      State.UPCOMING),
    (SOON,      ahead(days=9), None, None,              NO,    JUST,      State.UPCOMING),

    (LONG_AGO,  SOON,     None,    None,                NO,    None,      State.ACTIVE),
    (LONG_AGO,  NOW,      None,    None,                NO,    None,      State.ENDED),
    (LONG_AGO,  NOW,      ahead(days=9), None,          NO,    None,      State.ENDED),
    (LONG_AGO,  NOW,      None,    ago(days=30),        NO,    None,      State.ENDED),

    (ago(days=1), None,   SOON,    None,                NO,    None,      State.TRIALING),
    (ago(days=1), None,   SOON,    ago(days=1),         NO,    None,      State.TRIALING),
    (ago(days=1), SOON,   SOON,    None,                NO,    JUST,      State.TRIALING),
    (ago(days=1), None,   NOW,     None,                NO,    None,      State.ACTIVE),
    (ago(days=1), None,   NOW,     NOW,                 NO,    None,      State.UNPAID),
    (ago(days=1), None,   NOW,     NOW,                 WEEK,  None,      State.PAST_DUE),
    (ago(days=1), None,   NOW,     ahead(days=30),      NO,    None,      State.ACTIVE),

    (LONG_AGO,  None,     None,    SOON,                NO,    None,      State.ACTIVE),
    (LONG_AGO,  None,     None,    NOW,                 NO,    None,      State.UNPAID),
    (LONG_AGO,  None,     None,    NOW,                 TICK,  None,      State.PAST_DUE),
    (LONG_AGO,  None,     None,    NOW - WEEK + TICK,   WEEK,  None,      State.PAST_DUE),
    (LONG_AGO,  None,     None,    NOW - WEEK,          WEEK,  None,      State.UNPAID),

    (LONG_AGO,  SOON,     None,    SOON,                NO,    JUST,      State.CANCELLED),
    (LONG_AGO,  SOON,     None,    None,                NO,    LONG_AGO,  State.CANCELLED),
    (LONG_AGO,  NOW,      None,    NOW,                 WEEK,  JUST,      State.ENDED),
    (LONG_AGO,  SOON,     None,    NOW,                 WEEK,  JUST,      State.PAST_DUE),
    (LONG_AGO,  SOON,     None,    NOW,                 NO,    JUST,      State.UNPAID),
]  # fmt: skip

GIVES = {State.TRIALING, State.ACTIVE, State.PAST_DUE, State.CANCELLED}


@pytest.mark.parametrize(("starts", "ends", "trial_ends", "paid_until", "grace", "cancelled", "state"), TABLE)
def test_where_a_subscription_stands(
    starts: datetime,
    ends: datetime | None,
    trial_ends: datetime | None,
    paid_until: datetime | None,
    grace: timedelta,
    cancelled: datetime | None,
    state: State,
) -> None:
    subscription = Subscription(BASIC, starts, ends, trial_ends, paid_until, grace, cancelled)
    assert subscription.state(NOW) is state
    facts = Facts(NOW, Right.LIVE, Account(True, (subscription,)), NEWS)
    assert decide(facts).allowed is (state in GIVES)


def test_every_state_is_in_the_table() -> None:
    assert {state for *_, state in TABLE} == set(State)


def test_the_facts_of_a_refusal_say_where_each_subscription_stands() -> None:
    account = Account(True, (Subscription(BASIC, LONG_AGO, NOW), Subscription(BASIC, SOON)))
    (reason,) = decide(Facts(NOW, Right.LIVE, account, NEWS)).reasons
    assert reason.facts == {
        "channel": "news",
        "subscriptions": [
            {"product": "basic", "state": State.ENDED, "starts": LONG_AGO, "ends": NOW},
            {"product": "basic", "state": State.UPCOMING, "starts": SOON, "ends": None},
        ],
    }
