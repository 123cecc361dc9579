"""Who may watch what. The tables are meant to be read by whoever decides on products."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from support.rights_cases import (
    BASIC,
    DAY,
    EIGHT_DAYS_AGO,
    EMPTY,
    FAMILY,
    FILMS,
    JUST_ENDED,
    NEWS,
    NEXT,
    NOW,
    REPLAY,
    RUNNING,
    SIX_DAYS_AGO,
    STOPPED,
    TICK,
    UHD,
    WEEK,
    YESTERDAY,
    ahead,
    has,
    owes,
)
from telstar_api.entitlement.decision import decide
from telstar_api.entitlement.facts import UNSAID, Account, Channel, Circumstances, Facts, Programme, Stream
from telstar_api.entitlement.rights import Right, Setting
from telstar_api.entitlement.rules import RULES

NOT_YET_STORED = replace(RUNNING, stored=0)
LOST = replace(JUST_ENDED, stored=0)
PARTLY_STORED = replace(YESTERDAY, stored=0.2)
UNKNOWN = replace(YESTERDAY, stored=None)
LONG_GONE = replace(EIGHT_DAYS_AGO, stored=0)
NOBODY = ["account-inactive", "not-subscribed"]
OFF_AIR = [*NOBODY, "channel-stopped"]
TOO_LATE = ["outside-catch-up-window", "not-stored"]
ALL_OF_IT = ["right-not-included", "channel-stopped", "programme-ended", "not-stored"]

PRODUCTS = [
    # the viewer has                 channel  right             programme       so the answer is
    (has(),                          NEWS,    Right.LIVE,       None,           ["not-subscribed"]),
    (has(FILMS),                     NEWS,    Right.LIVE,       None,           ["not-subscribed"]),
    (has(BASIC),                     NEWS,    Right.LIVE,       None,           []),
    (has(BASIC),                     NEWS,    Right.LIVE,       RUNNING,        []),
    (has(BASIC),                     NEWS,    Right.LIVE,       NEXT,           ["programme-not-started"]),
    (has(BASIC),                     NEWS,    Right.LIVE,       JUST_ENDED,     ["programme-ended"]),
    (has(BASIC),                     STOPPED, Right.LIVE,       None,           ["channel-stopped"]),
    (has(BASIC, active=False),       NEWS,    Right.LIVE,       None,           ["account-inactive"]),
    (has(BASIC),                     EMPTY,   Right.LIVE,       None,           ["not-stored"]),
    (has(active=False),              STOPPED, Right.LIVE,       None,           OFF_AIR),

    (has(WEEK),                      NEWS,    Right.START_OVER, RUNNING,        []),
    (has(BASIC),                     NEWS,    Right.START_OVER, RUNNING,        ["right-not-included"]),
    (has(DAY),                       NEWS,    Right.START_OVER, RUNNING,        ["right-not-included"]),
    (has(),                          NEWS,    Right.START_OVER, RUNNING,        ["not-subscribed"]),
    (has(WEEK),                      NEWS,    Right.START_OVER, NEXT,           ["programme-not-started"]),
    (has(WEEK),                      NEWS,    Right.START_OVER, JUST_ENDED,     ["programme-ended"]),
    (has(WEEK),                      STOPPED, Right.START_OVER, RUNNING,        ["channel-stopped"]),
    (has(WEEK),                      NEWS,    Right.START_OVER, NOT_YET_STORED, ["not-stored"]),
    (has(BASIC),                     STOPPED, Right.START_OVER, LOST,           ALL_OF_IT),

    (has(WEEK),                      NEWS,    Right.CATCH_UP,   JUST_ENDED,     []),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,   SIX_DAYS_AGO,   []),
    (has(WEEK),                      STOPPED, Right.CATCH_UP,   YESTERDAY,      []),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,   RUNNING,        ["programme-running"]),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,   NEXT,           ["programme-not-started"]),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,   EIGHT_DAYS_AGO, ["outside-catch-up-window"]),
    (has(DAY),                       NEWS,    Right.CATCH_UP,   YESTERDAY,      ["outside-catch-up-window"]),
    (has(DAY, WEEK),                 NEWS,    Right.CATCH_UP,   YESTERDAY,      []),
    (has(BASIC),                     NEWS,    Right.CATCH_UP,   YESTERDAY,      ["right-not-included"]),
    (has(),                          NEWS,    Right.CATCH_UP,   YESTERDAY,      ["not-subscribed"]),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,   LOST,           ["not-stored"]),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,   PARTLY_STORED,  []),
    (has(WEEK),                      NEWS,    Right.CATCH_UP,   UNKNOWN,        []),
    (has(DAY),                       NEWS,    Right.CATCH_UP,   LONG_GONE,      TOO_LATE),

    (has(WEEK),                      NEWS,    Right.RECORD,     NEXT,           []),
    (has(WEEK),                      STOPPED, Right.RECORD,     NEXT,           []),
    (has(BASIC),                     NEWS,    Right.RECORD,     NEXT,           ["right-not-included"]),
]  # fmt: skip

UNPAID_BASIC = Account(True, owes(BASIC))
UNPAID_WEEK = Account(True, owes(WEEK))
UNPAID_FILMS = Account(True, owes(FILMS))
BASIC_AND_UNPAID_WEEK = replace(has(BASIC), subscriptions=(*has(BASIC).subscriptions, *owes(WEEK)))
WEEK_AND_UNPAID_BASIC = replace(has(WEEK), subscriptions=(*has(WEEK).subscriptions, *owes(BASIC)))
UNPAID_BASE = replace(has(REPLAY), subscriptions=(*has(REPLAY).subscriptions, *owes(BASIC)))
DUE = ["payment-overdue", "not-subscribed"]
BASE = ["base-product-missing", "not-subscribed"]

PAYMENTS_AND_ADD_ONS = [
    # the viewer has                 right              so the answer is
    (UNPAID_BASIC,                   Right.LIVE,        DUE),
    (UNPAID_BASIC,                   Right.CATCH_UP,    DUE),
    (UNPAID_FILMS,                   Right.LIVE,        ["not-subscribed"]),
    (BASIC_AND_UNPAID_WEEK,          Right.LIVE,        []),
    (BASIC_AND_UNPAID_WEEK,          Right.CATCH_UP,    ["payment-overdue", "right-not-included"]),
    (WEEK_AND_UNPAID_BASIC,          Right.LIVE,        []),
    (WEEK_AND_UNPAID_BASIC,          Right.CATCH_UP,    []),
    (has(REPLAY),                    Right.START_OVER,  BASE),
    (has(REPLAY),                    Right.LIVE,        BASE),
    (has(REPLAY, FILMS),             Right.START_OVER,  BASE),
    (has(REPLAY, BASIC),             Right.START_OVER,  []),
    (has(REPLAY, DAY),               Right.START_OVER,  []),
    (has(REPLAY, WEEK),              Right.START_OVER,  []),
    (has(UHD),                       Right.LIVE,        ["not-subscribed"]),
    (UNPAID_BASE,                    Right.START_OVER,  ["payment-overdue", *BASE]),
    (UNPAID_WEEK,                    Right.RECORD,      DUE),
]  # fmt: skip

ON, OFF, AS_ABOVE = Setting.ENABLED, Setting.DISABLED, Setting.INHERITED
DISABLED = ["right-disabled"]

SWITCHES = [
    # the channel says  the programme says  so the answer is
    (None,              None,               []),
    (AS_ABOVE,          AS_ABOVE,           []),
    (ON,                None,               []),
    (OFF,               None,               DISABLED),
    (OFF,               AS_ABOVE,           DISABLED),
    (OFF,               ON,                 []),
    (OFF,               OFF,                DISABLED),
    (ON,                OFF,                DISABLED),
    (None,              OFF,                DISABLED),
]  # fmt: skip

HERE, NEAR, ANYWHERE = frozenset({"DE"}), frozenset({"DE", "AT"}), None
AWAY = ["outside-territory"]

TERRITORIES = [
    # the channel  the programme       from   so the answer is
    (ANYWHERE,     ANYWHERE,           None,  []),
    (ANYWHERE,     ANYWHERE,           "US",  []),
    (NEAR,         ANYWHERE,           "DE",  []),
    (NEAR,         ANYWHERE,           "US",  AWAY),
    (NEAR,         ANYWHERE,           None,  AWAY),
    (ANYWHERE,     NEAR,               "AT",  []),
    (ANYWHERE,     NEAR,               "US",  AWAY),
    (ANYWHERE,     NEAR,               None,  AWAY),
    (NEAR,         HERE,               "DE",  []),
    (NEAR,         HERE,               "AT",  AWAY),
    (HERE,         NEAR,               "AT",  AWAY),
    (HERE,         frozenset({"AT"}),  "DE",  AWAY),
    (frozenset(),  ANYWHERE,           "DE",  AWAY),
]  # fmt: skip

WORKED_ON = replace(NEWS, maintenance=ahead(hours=1))
WORKED_ON_UNTIL_NOW = replace(NEWS, maintenance=NOW)
NOT_RECORDABLE = replace(NEWS, recordable=False)

OPERATIONS = [
    # channel             right             programme  so the answer is
    (WORKED_ON,           Right.LIVE,       None,      ["under-maintenance"]),
    (WORKED_ON,           Right.CATCH_UP,   YESTERDAY, ["under-maintenance"]),
    (WORKED_ON,           Right.RECORD,     NEXT,      []),
    (WORKED_ON_UNTIL_NOW, Right.LIVE,       None,      []),
    (NOT_RECORDABLE,      Right.RECORD,     NEXT,      ["recording-unavailable"]),
    (NOT_RECORDABLE,      Right.LIVE,       None,      []),
]  # fmt: skip

PIN = Circumstances(pin_given=True)
AGES = [
    # limit  channel  programme  circumstances  so the answer is
    (12,     None,    None,      UNSAID,        []),
    (12,     12,      None,      UNSAID,        []),
    (12,     16,      None,      UNSAID,        ["pin-required"]),
    (12,     16,      None,      PIN,           []),
    (12,     None,    16,        UNSAID,        ["pin-required"]),
    (12,     None,    16,        PIN,           []),
    (12,     16,      0,         UNSAID,        []),
    (12,     0,       16,        UNSAID,        ["pin-required"]),
    (0,      None,    12,        UNSAID,        ["pin-required"]),
    (None,   18,      18,        UNSAID,        []),
]  # fmt: skip


def open_streams(count: int) -> Circumstances:
    return Circumstances(
        streams=tuple(
            Stream(uuid.UUID(int=n), "news", uuid.UUID(int=n), NOW - timedelta(hours=1)) for n in range(count)
        )
    )


def devices(count: int) -> Circumstances:
    return Circumstances(devices=frozenset(uuid.UUID(int=n) for n in range(count)))


AT_ONCE = [
    # the viewer has            meanwhile         right           so the answer is
    (has(BASIC),                UNSAID,           Right.LIVE,     []),
    (has(BASIC),                open_streams(1),  Right.LIVE,     []),
    (has(BASIC),                open_streams(2),  Right.LIVE,     ["too-many-streams"]),
    (has(BASIC),                open_streams(2),  Right.RECORD,   ["right-not-included"]),
    (has(BASIC, DAY),           open_streams(2),  Right.LIVE,     ["too-many-streams"]),
    (has(BASIC, WEEK),          open_streams(3),  Right.LIVE,     []),
    (has(BASIC, FILMS),         open_streams(9),  Right.LIVE,     []),
    (has(BASIC, FAMILY),        open_streams(5),  Right.LIVE,     []),
    (has(BASIC, FAMILY),        open_streams(6),  Right.LIVE,     ["too-many-streams"]),
    (has(BASIC, UHD),           open_streams(2),  Right.LIVE,     ["too-many-streams"]),
    (has(DAY, FAMILY),          open_streams(1),  Right.LIVE,     ["too-many-streams"]),
    (has(WEEK),                 open_streams(4),  Right.RECORD,   []),
    (has(DAY),                  devices(1),       Right.LIVE,     []),
    (has(DAY),                  devices(2),       Right.LIVE,     ["too-many-devices"]),
    (has(DAY, WEEK),            devices(4),       Right.LIVE,     []),
    (has(DAY, WEEK),            devices(5),       Right.LIVE,     ["too-many-devices"]),
    (has(BASIC),                devices(99),      Right.LIVE,     []),
    (has(WEEK),                 devices(5),       Right.RECORD,   []),
]  # fmt: skip


def refusals(facts: Facts) -> list[str]:
    decision = decide(facts)
    codes = [reason.code for reason in decision.reasons]
    assert decision.allowed is (codes == [])
    assert decision.codes == set(codes)
    return codes


@pytest.mark.parametrize(("account", "channel", "right", "programme", "codes"), PRODUCTS)
def test_products(
    account: Account, channel: Channel, right: Right, programme: Programme | None, codes: list[str]
) -> None:
    assert refusals(Facts(NOW, right, account, channel, programme)) == codes


@pytest.mark.parametrize(("account", "right", "codes"), PAYMENTS_AND_ADD_ONS)
def test_payments_and_add_ons(account: Account, right: Right, codes: list[str]) -> None:
    assert refusals(Facts(NOW, right, account, NEWS)) == codes


def said(setting: Setting | None, right: Right) -> dict[Right, Setting]:
    return {} if setting is None else {right: setting}


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize(("of_channel", "of_programme", "codes"), SWITCHES)
def test_switches(
    right: Right, of_channel: Setting | None, of_programme: Setting | None, codes: list[str]
) -> None:
    channel = replace(NEWS, settings=said(of_channel, right))
    programme = replace(YESTERDAY if right is Right.CATCH_UP else RUNNING, settings=said(of_programme, right))
    assert refusals(Facts(NOW, right, has(WEEK), channel, programme)) == codes
    if of_programme is None:
        assert refusals(Facts(NOW, right, has(WEEK), channel)) == codes


def test_switching_one_right_off_leaves_the_others() -> None:
    blackout = replace(RUNNING, settings={Right.LIVE: OFF})
    assert refusals(Facts(NOW, Right.LIVE, has(WEEK), NEWS, blackout)) == DISABLED
    assert refusals(Facts(NOW, Right.START_OVER, has(WEEK), NEWS, blackout)) == []
    assert refusals(Facts(NOW, Right.RECORD, has(WEEK), NEWS, blackout)) == []


def test_switching_on_gives_nobody_what_their_products_do_not() -> None:
    given_away = replace(RUNNING, settings={Right.START_OVER: ON})
    assert refusals(Facts(NOW, Right.START_OVER, has(BASIC), NEWS, given_away)) == ["right-not-included"]


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize(("of_channel", "of_programme", "where", "codes"), TERRITORIES)
def test_territories(
    right: Right,
    of_channel: frozenset[str] | None,
    of_programme: frozenset[str] | None,
    where: str | None,
    codes: list[str],
) -> None:
    channel, programme = replace(NEWS, territories=of_channel), replace(RUNNING, territories=of_programme)
    if right is Right.CATCH_UP:
        programme = replace(YESTERDAY, territories=of_programme)
    assert refusals(Facts(NOW, right, has(WEEK), channel, programme, Circumstances(where))) == codes


@pytest.mark.parametrize(("channel", "right", "programme", "codes"), OPERATIONS)
def test_operations(channel: Channel, right: Right, programme: Programme | None, codes: list[str]) -> None:
    assert refusals(Facts(NOW, right, has(WEEK), channel, programme)) == codes


@pytest.mark.parametrize(("limit", "of_channel", "of_programme", "circumstances", "codes"), AGES)
def test_ages(
    limit: int | None,
    of_channel: int | None,
    of_programme: int | None,
    circumstances: Circumstances,
    codes: list[str],
) -> None:
    account = has(WEEK, age_limit=limit)
    channel, programme = replace(NEWS, age=of_channel), replace(YESTERDAY, age=of_programme)
    assert refusals(Facts(NOW, Right.CATCH_UP, account, channel, programme, circumstances)) == codes


def test_recording_takes_no_pin_but_watching_it_does() -> None:
    account, rated = has(WEEK, age_limit=12), replace(NEWS, age=18)
    assert refusals(Facts(NOW, Right.RECORD, account, rated, NEXT)) == []
    assert refusals(Facts(NOW, Right.LIVE, account, rated)) == ["pin-required"]


@pytest.mark.parametrize(("account", "circumstances", "right", "codes"), AT_ONCE)
def test_at_once(account: Account, circumstances: Circumstances, right: Right, codes: list[str]) -> None:
    assert refusals(Facts(NOW, right, account, NEWS, None, circumstances)) == codes


def test_every_rule_refuses_in_the_tables() -> None:
    seen = [(right, codes) for _, _, right, _, codes in PRODUCTS]
    seen += [(right, codes) for _, right, codes in PAYMENTS_AND_ADD_ONS]
    seen += [(right, codes) for _, right, _, codes in OPERATIONS]
    seen += [(right, codes) for _, _, right, codes in AT_ONCE]
    seen += [(right, codes) for *_, codes in (*SWITCHES, *TERRITORIES) for right in Right]
    seen += [(Right.CATCH_UP, codes) for *_, codes in AGES]
    refused = {(code, right) for right, codes in seen for code in codes}
    missing = [rule.code for rule in RULES if not any((rule.code, right) in refused for right in rule.rights)]
    assert missing == []


@pytest.mark.parametrize(
    ("begun", "codes"),
    [(timedelta(days=1), []), (timedelta(days=1) + TICK, ["outside-catch-up-window"])],
)
def test_the_catch_up_window_reaches_back_to_programmes_that_began_within_it(
    begun: timedelta, codes: list[str]
) -> None:
    programme = Programme("Edge", NOW - begun, NOW - begun + timedelta(hours=1), stored=1)
    assert refusals(Facts(NOW, Right.CATCH_UP, has(DAY), NEWS, programme)) == codes


@pytest.mark.parametrize(
    ("starts", "right", "codes"),
    [
        (NOW + TICK, Right.LIVE, ["programme-not-started"]),
        (NOW, Right.LIVE, []),
        (NOW - timedelta(hours=1) + TICK, Right.LIVE, []),
        (NOW - timedelta(hours=1), Right.LIVE, ["programme-ended"]),
        (NOW, Right.CATCH_UP, ["programme-running"]),
        (NOW - timedelta(hours=1) + TICK, Right.CATCH_UP, ["programme-running"]),
        (NOW - timedelta(hours=1), Right.CATCH_UP, []),
    ],
)
def test_a_programme_is_on_from_its_start_until_just_before_its_end(
    starts: datetime, right: Right, codes: list[str]
) -> None:
    programme = Programme("Edge", starts, starts + timedelta(hours=1), stored=1)
    assert refusals(Facts(NOW, right, has(WEEK), NEWS, programme)) == codes


PICTURES = [
    # the viewer has            lines at most
    (has(BASIC),                720),
    (has(BASIC, DAY),           1080),
    (has(WEEK),                 None),
    (has(BASIC, WEEK),          None),
    (has(BASIC, UHD),           2160),
    (has(BASIC, FAMILY),        720),
    (has(DAY, UHD),             1080),
    (has(BASIC, FILMS),         720),
]  # fmt: skip


@pytest.mark.parametrize(("account", "height"), PICTURES)
def test_the_picture_is_the_best_that_a_product_with_the_right_allows(
    account: Account, height: int | None
) -> None:
    assert decide(Facts(NOW, Right.LIVE, account, NEWS)).height == height


@pytest.mark.parametrize(
    ("account", "height"),
    [(has(BASIC, REPLAY), 720), (has(DAY, REPLAY), 1080), (has(BASIC, REPLAY, UHD), 2160)],
)
def test_an_add_on_that_names_no_height_shows_its_rights_as_high_as_its_base(
    account: Account, height: int
) -> None:
    assert decide(Facts(NOW, Right.START_OVER, account, NEWS, RUNNING)).height == height
