"""When a session counts, and what it may go on with."""

from datetime import UTC, datetime, timedelta

import pytest
from telstar_api.entitlement.decision import decide
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
from telstar_api.playback.sessions import (
    PAUSES,
    SILENCE,
    Standing,
    may_go_on,
    new_token,
    standing,
    token_hash,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
MOMENT = timedelta(milliseconds=1)


def test_a_session_is_open_as_long_as_its_heartbeats_come() -> None:
    assert standing(NOON, None, NOON + SILENCE) is Standing.OPEN
    assert standing(NOON, None, NOON + SILENCE + MOMENT) is Standing.SILENT
    assert standing(NOON, NOON, NOON) is Standing.ENDED
    assert standing(NOON, NOON, NOON + SILENCE + MOMENT) is Standing.ENDED


def facts(mode: Right, now: datetime, *, rights: tuple[Right, ...] = tuple(Right)) -> Facts:
    entitlements = tuple(Entitlement(None, right, timedelta(days=7)) for right in rights)
    product = Product("all", "All", 1, "EUR", entitlements)  # type: ignore[arg-type]
    account = Account(active=True, subscriptions=(Subscription(product, NOON - timedelta(days=30)),))
    programme = None if mode is Right.LIVE else Programme("News", NOON, NOON + HALF_HOUR)
    return Facts(now, mode, account, Channel("news", "News", running=True), programme)


@pytest.mark.parametrize(
    ("mode", "after", "expected"),
    [
        (Right.LIVE, HALF_HOUR, True),
        (Right.START_OVER, timedelta(0), True),
        (Right.START_OVER, HALF_HOUR, True),
        (Right.START_OVER, HALF_HOUR * 2 + PAUSES - MOMENT, True),
        (Right.START_OVER, HALF_HOUR * 2 + PAUSES, False),
        (Right.START_OVER, -MOMENT, False),
        (Right.CATCH_UP, HALF_HOUR, True),
        (Right.CATCH_UP, timedelta(minutes=1), True),
        (Right.CATCH_UP, timedelta(days=7), True),
        (Right.CATCH_UP, timedelta(days=7) + MOMENT, False),
    ],
)
def test_a_session_may_go_on_after_its_programme_but_not_for_ever(
    mode: Right, after: timedelta, expected: bool
) -> None:
    assert may_go_on(decide(facts(mode, NOON + after))) is expected


@pytest.mark.parametrize("mode", list(Right))
def test_a_session_whose_right_is_gone_may_not_go_on(mode: Right) -> None:
    others = tuple(right for right in Right if right is not mode)
    assert not may_go_on(decide(facts(mode, NOON + HALF_HOUR, rights=others)))
    assert not may_go_on(decide(facts(mode, NOON + HALF_HOUR, rights=())))


def test_tokens_are_unlike_and_kept_as_digests() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}
    assert len(token_hash(tokens.pop())) == 32
