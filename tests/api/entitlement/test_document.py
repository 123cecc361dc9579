"""docs/entitlement.md says what the rules say."""

import uuid
from dataclasses import replace
from pathlib import Path

from support.rights_cases import (
    BASIC,
    EIGHT_DAYS_AGO,
    EMPTY,
    JUST_ENDED,
    NEWS,
    NEXT,
    NOW,
    RUNNING,
    STOPPED,
    WEEK,
    YESTERDAY,
    ahead,
    has,
    owes,
    product,
)
from telstar_api.entitlement.decision import decide
from telstar_api.entitlement.facts import (
    UNSAID,
    Account,
    Channel,
    Circumstances,
    Entitlement,
    Facts,
    Programme,
    State,
    Stream,
)
from telstar_api.entitlement.rights import Right, Setting
from telstar_api.entitlement.rules import RULES

DOCUMENT = (Path(__file__).parents[3] / "docs" / "entitlement.md").read_text()


def table(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def rights(cell: str) -> frozenset[Right]:
    return frozenset(Right) if cell == "all" else frozenset(Right(name) for name in cell.split(", "))


def test_the_decision_table_has_every_rule_in_order_with_its_rights_and_who_can_help() -> None:
    written = [
        (code.strip("`"), rights(concerns), who) for code, concerns, _, _, who in table("Decision table")
    ]
    assert written == [(rule.code, rule.rights, rule.who.value) for rule in RULES]


def ask(
    right: Right,
    account: Account,
    channel: Channel = NEWS,
    programme: Programme | None = None,
    seen: Circumstances = UNSAID,
) -> Facts:
    return Facts(NOW, right, account, channel, programme, seen)


# For each rule the case that its sentence is quoted from.
OLD, RATED = replace(YESTERDAY, start=EIGHT_DAYS_AGO.start), replace(NEXT, age=18)
SECOND = (Stream(uuid.UUID(int=1), "news", uuid.UUID(int=1), NOW),) * 2
DEVICES = frozenset(uuid.UUID(int=number) for number in range(5))
SPORTS = product("sports", "3.00", Entitlement("news", Right.LIVE), add_on_to=("basic",))
PREMIUM = replace(WEEK, name="Premium")
QUOTED = [
    ask(Right.LIVE, has(active=False)),
    ask(Right.LIVE, has(WEEK), replace(NEWS, maintenance=ahead(hours=1))),
    ask(Right.LIVE, Account(True, owes(PREMIUM))),
    ask(Right.LIVE, has(SPORTS)),
    ask(Right.LIVE, has()),
    ask(Right.CATCH_UP, has(BASIC), NEWS, YESTERDAY),
    ask(Right.CATCH_UP, has(WEEK), NEWS, OLD),
    ask(Right.CATCH_UP, has(WEEK), NEWS, replace(NEXT, settings={Right.CATCH_UP: Setting.DISABLED})),
    ask(Right.LIVE, has(WEEK), NEWS, replace(NEXT, territories=frozenset({"DE"})), Circumstances("US")),
    ask(Right.LIVE, has(WEEK, age_limit=12), NEWS, RATED),
    ask(Right.LIVE, has(WEEK), NEWS, None, Circumstances(devices=DEVICES)),
    ask(Right.LIVE, has(BASIC), NEWS, None, Circumstances(streams=SECOND)),
    ask(Right.LIVE, has(WEEK), STOPPED),
    ask(Right.LIVE, has(WEEK), NEWS, NEXT),
    ask(Right.LIVE, has(WEEK), NEWS, JUST_ENDED),
    ask(Right.CATCH_UP, has(WEEK), NEWS, RUNNING),
    ask(Right.CATCH_UP, has(WEEK), NEWS, replace(YESTERDAY, stored=0)),
    ask(Right.LIVE, has(WEEK), EMPTY),
    ask(Right.RECORD, has(WEEK), replace(NEWS, recordable=False)),
]


def test_the_decision_table_quotes_what_viewers_are_told() -> None:
    for (code, *_, sentence, _), facts in zip(table("Decision table"), QUOTED, strict=True):
        said = {reason.code: reason.message for reason in decide(facts).reasons}
        assert said[code.strip("`")] == sentence


def test_every_state_of_a_subscription_is_in_the_document_with_what_it_gives() -> None:
    written = {State(name.strip("`")): gives == "yes" for name, _, gives in table("Subscriptions")}
    assert written == {state: state.counts for state in State}
