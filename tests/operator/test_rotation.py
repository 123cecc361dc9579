"""Which key follows a channel's present one, and when."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from telstar_operator.keys import ChannelKey, in_force
from telstar_operator.plan.actions import ConfirmKey, MakeNext, PromoteKey, RestoreKey
from telstar_operator.plan.facts import KeySecret, NextKey, Observed, RegistryAway, RegistryView
from telstar_operator.plan.keys import decide_keys
from telstar_operator.plan.rotation import lead, notice
from telstar_operator.resources import Channel

KID, NEXT = "a" * 32, "b" * 32
KNOWN = RegistryView(kids=(KID, NEXT))
AWAY = RegistryAway("the API cannot be asked: no route")
HOURLY = {"drm": {"rotationPeriod": "1h"}}
BY_HAND = {"drm": {"rotationPeriod": "1h", "keySecretRef": {"name": "my-keys"}}}
MADE = timedelta(minutes=45)
"""How long after its key's start an hourly rotation makes the next."""
Make = Callable[..., Channel]
Held = Callable[..., KeySecret]


@pytest.fixture
def decide(make_channel: Make, held: Held, now: datetime) -> Callable[..., Any]:
    """decide_keys for a present key of this age, the next one (seconds from now), and other facts."""

    def decided(
        spec: dict[str, Any], age: timedelta | None, upcoming: float | None = None, **facts: Any
    ) -> Any:
        start = None if upcoming is None else now.replace(microsecond=0) + timedelta(seconds=upcoming)
        secret = held(
            KID,
            since=None if age is None else now - age,
            next=None if start is None else NextKey(NEXT, "next", start),
            next_problem=facts.pop("problem", None),
        )
        confirmed = frozenset({"print"} | ({"next"} if facts.pop("confirmed", True) else set()))
        observed = Observed(**{"registry": KNOWN, "key_secret": secret, "confirmed_keys": confirmed, **facts})
        return decide_keys(make_channel(spec=spec, status=facts.pop("status", None)), observed, now)

    return decided


@pytest.mark.parametrize(
    ("period", "ahead", "told"),
    [("1m", 45, 22.5), ("4m", 180, 90), ("20m", 900, 450), ("24h", 900, 450), ("8760h", 900, 450)],
)
def test_keys_are_made_ahead_and_told_in_time(period: str, ahead: float, told: float) -> None:
    length = timedelta(seconds=int(period[:-1]) * {"m": 60, "h": 3600}[period[-1]])
    assert (lead(length).total_seconds(), notice(length).total_seconds()) == (ahead, told)


def test_without_a_period_nothing_follows(decide: Any) -> None:
    decided = decide({}, timedelta(days=1000))
    assert (decided.action, decided.check, decided.verdict.reason) == (None, None, "KeyRegistered")


def test_a_stopped_channel_needs_no_next_key(decide: Any) -> None:
    assert decide({**HOURLY, "state": "Stopped"}, timedelta(days=1)).action is None


def test_before_its_time_the_next_key_is_waited_for(decide: Any) -> None:
    decided = decide(HOURLY, MADE - timedelta(seconds=90))
    assert decided.action is None
    assert decided.check == pytest.approx(90)


def test_in_its_time_the_next_key_is_made_for_the_end_of_the_period(decide: Any, now: datetime) -> None:
    action = decide(HOURLY, MADE).action
    assert isinstance(action, MakeNext)
    assert action.start.microsecond == 0
    assert timedelta(0) <= action.start - (now + timedelta(minutes=15)) < timedelta(seconds=1)


@pytest.mark.parametrize("age", [timedelta(minutes=55), timedelta(hours=1), timedelta(days=300)])
def test_late_as_it_may_be_everybody_has_time_to_hear_of_a_key(
    age: timedelta, decide: Any, now: datetime
) -> None:
    action = decide(HOURLY, age).action
    assert isinstance(action, MakeNext)
    assert timedelta(seconds=450) <= action.start - now < timedelta(seconds=451)


def test_a_secret_that_does_not_say_since_when_goes_by_the_api(decide: Any, now: datetime) -> None:
    assert decide(HOURLY, None).action is None
    assert isinstance(decide(HOURLY, None, key_starts={KID: now - MADE}).action, MakeNext)


def test_an_announced_key_is_registered_then_waited_for_then_used(decide: Any, now: datetime) -> None:
    assert decide(HOURLY, MADE, 600, confirmed=False).action == ConfirmKey("next", step="next-key")
    waiting = decide(HOURLY, MADE, 600)
    assert (waiting.action, waiting.kid, waiting.next.kid) == (None, KID, NEXT)
    assert 599 < waiting.check <= 600
    assert f"key {NEXT} follows at" in waiting.verdict.message
    due = decide(HOURLY, MADE, 0)
    assert (due.action, due.kid, due.next) == (PromoteKey("next"), NEXT, None)


def test_an_announced_key_comes_although_the_period_was_removed(decide: Any) -> None:
    assert decide({}, None, 600).next.kid == NEXT
    assert decide({}, None, 0).action == PromoteKey("next")


@pytest.mark.parametrize("facts", [{"problem": "no"}, {"upcoming": 60, "conflicting_keys": {"next"}}])
def test_a_damaged_next_key_is_restored_and_the_present_one_goes_on(facts: Any, decide: Any) -> None:
    decided = decide(HOURLY, MADE, **facts)
    assert decided.action == RestoreKey(None, step="next-key")
    assert (decided.verdict.status, decided.kid, decided.usable) == ("True", KID, True)


DELAYS = [
    (timedelta(hours=2), {"registry": AWAY}, "no route"),
    (MADE, {"refused": {"next-key": "quota"}}, "quota"),
    (MADE, {"refused": {"next-key": "quota"}, "problem": "x"}, "quota"),
    (MADE, {"registry": AWAY, "problem": "short"}, "short"),
    (MADE, {"registry": AWAY, "upcoming": 60, "confirmed": False}, f"{NEXT} is not registered"),
    (MADE, {"refused": {"next-key": "quota"}, "upcoming": 60, "confirmed": False}, "quota"),
    (MADE, {"refused": {"next-key": "quota"}, "upcoming": 0}, "quota"),
]


@pytest.mark.parametrize(("age", "facts", "words"), DELAYS)
def test_where_the_next_key_cannot_come_the_present_one_stays(
    age: timedelta, facts: dict[str, Any], words: str, decide: Any
) -> None:
    decided = decide(HOURLY, age, **facts)
    assert (decided.verdict.status, decided.verdict.reason) == ("True", "RotationDelayed")
    assert words in decided.verdict.message
    assert decided.action is None
    assert decided.usable


def test_the_words_of_a_delay_do_not_change_by_themselves(decide: Any, now: datetime) -> None:
    words = {decide(HOURLY, timedelta(hours=2), registry=AWAY).verdict.message for _ in range(3)}
    assert len(words) == 1
    assert "2026-11-22T17:24:00" in words.pop()


def test_while_the_api_is_away_a_key_that_is_not_overdue_is_asked_for_again(decide: Any) -> None:
    decided = decide(HOURLY, MADE, registry=AWAY)
    assert (decided.verdict.reason, decided.action, decided.check) == ("KeyRegistered", None, 15.0)


def test_a_key_that_was_announced_before_is_trusted_while_the_api_is_away(
    make_channel: Make, held: Held, now: datetime
) -> None:
    secret = held(KID, next=NextKey(NEXT, "next", now - timedelta(seconds=1)))
    channel = make_channel(spec=HOURLY, status={"keyId": KID, "nextKeyId": NEXT})
    observed = Observed(AWAY, secret)
    assert decide_keys(channel, observed, now).action == PromoteKey("next")
    promoted = replace(observed, key_secret=held(NEXT, "next"))
    assert decide_keys(channel, promoted, now).kid == NEXT


def test_keys_of_ones_own_are_asked_for_when_due(decide: Any) -> None:
    early = decide(BY_HAND, timedelta(minutes=59))
    assert (early.verdict.reason, early.check) == ("KeyRegistered", pytest.approx(60))
    due = decide(BY_HAND, timedelta(minutes=61))
    assert (due.verdict.status, due.verdict.reason, due.action) == ("True", "RotationDue", None)
    for words in ("data.next-kid", "data.next-key", "data.next-from", "Secret my-keys"):
        assert words in due.verdict.message


def test_keys_of_ones_own_are_registered_and_never_moved(decide: Any) -> None:
    assert decide(BY_HAND, None, 60, confirmed=False).action == ConfirmKey("next", step="next-key")
    begun = decide(BY_HAND, timedelta(hours=2), -60)
    assert (begun.action, begun.kid, begun.verdict.reason) == (None, NEXT, "KeyRegistered")
    assert decide(BY_HAND, timedelta(hours=2), -3700).verdict.reason == "RotationDue"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"problem": "it has no data.next-key"}, "NextKeyInvalid"),
        ({"upcoming": 60, "conflicting_keys": {"next"}}, "KeyConflict"),
    ],
)
def test_a_bad_next_key_of_ones_own_is_complained_of_before_it_is_used(
    facts: dict[str, Any], reason: str, decide: Any
) -> None:
    decided = decide(BY_HAND, MADE, **facts)
    assert (decided.verdict.status, decided.verdict.reason) == ("False", reason)
    assert (decided.action, decided.usable) == (None, True)


def key(kid: str, minutes: int | None, now: datetime) -> ChannelKey:
    return ChannelKey(kid, "0" * 32, None if minutes is None else now + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("keys", "kid", "found"),
    [
        ([], None, (None, None)),
        ([("a", -5)], None, ("a", None)),
        ([("a", None)], None, ("a", None)),
        ([("a", -5), ("b", -1), ("c", 3), ("d", 9)], None, ("b", "c")),
        ([("d", 9), ("c", 3), ("b", -1), ("a", -5)], None, ("b", "c")),
        ([("a", -5), ("b", -1), ("c", 3)], "a", ("a", "c")),
        ([("a", -5), ("c", 3), ("d", 9)], "c", ("c", "d")),
        ([("a", -5)], "x", (None, None)),
        ([("c", 3)], None, ("c", None)),
    ],
)
def test_what_a_lost_secret_is_restored_to(
    keys: list[tuple[str, int | None]], kid: str | None, found: tuple[str | None, str | None], now: datetime
) -> None:
    present, upcoming = in_force([key(name, minutes, now) for name, minutes in keys], now, kid)
    assert (present and present.kid, upcoming and upcoming.kid) == found
