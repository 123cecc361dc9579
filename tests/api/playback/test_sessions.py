"""When a session counts, and what it may go on with."""

from datetime import UTC, datetime, timedelta

import pytest
from telstar_api.entitlement.decision import (
    Account,
    Channel,
    Entitlement,
    Facts,
    Mode,
    Product,
    Programme,
    Subscription,
    decide,
)
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


def facts(mode: Mode, now: datetime, *, rights: tuple[Mode, ...] = tuple(Mode)) -> Facts:
    entitlements = tuple(Entitlement(None, right, timedelta(days=7)) for right in rights)
    product = Product("all", "All", 1, "EUR", entitlements)  # type: ignore[arg-type]
    account = Account(active=True, subscriptions=(Subscription(product, NOON - timedelta(days=30)),))
    programme = None if mode is Mode.LIVE else Programme("News", NOON, NOON + HALF_HOUR)
    return Facts(now, mode, account, Channel("news", "News", running=True), programme)


@pytest.mark.parametrize(
    ("mode", "after", "expected"),
    [
        (Mode.LIVE, HALF_HOUR, True),
        (Mode.START_OVER, timedelta(0), True),
        (Mode.START_OVER, HALF_HOUR, True),
        (Mode.START_OVER, HALF_HOUR * 2 + PAUSES - MOMENT, True),
        (Mode.START_OVER, HALF_HOUR * 2 + PAUSES, False),
        (Mode.START_OVER, -MOMENT, False),
        (Mode.CATCH_UP, HALF_HOUR, True),
        (Mode.CATCH_UP, timedelta(minutes=1), True),
        (Mode.CATCH_UP, timedelta(days=7), True),
        (Mode.CATCH_UP, timedelta(days=7) + MOMENT, False),
    ],
)
def test_a_session_may_go_on_after_its_programme_but_not_for_ever(
    mode: Mode, after: timedelta, expected: bool
) -> None:
    assert may_go_on(decide(facts(mode, NOON + after))) is expected


@pytest.mark.parametrize("mode", list(Mode))
def test_a_session_whose_right_is_gone_may_not_go_on(mode: Mode) -> None:
    others = tuple(right for right in Mode if right is not mode)
    assert not may_go_on(decide(facts(mode, NOON + HALF_HOUR, rights=others)))
    assert not may_go_on(decide(facts(mode, NOON + HALF_HOUR, rights=())))


def test_tokens_are_unlike_and_kept_as_digests() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}
    assert len(token_hash(tokens.pop())) == 32
