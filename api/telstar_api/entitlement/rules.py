"""The rules of entitlement, in the order in which reasons are given. docs/entitlement.md is made of them.

Every rule that concerns a right is judged, none stops the others. A rule about the programme holds where none
is in question.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from telstar_api.entitlement.facts import Facts
from telstar_api.entitlement.held import Held
from telstar_api.entitlement.questions import (
    age,
    allowed_here,
    anything_of_programme_stored,
    baseless,
    clock,
    days,
    noun,
    overdue,
    pin_not_needed,
    room_for_a_device,
    room_for_a_stream,
    seen_territories,
    seen_window,
    setting,
    subscriptions,
    switched_off,
    times,
    title,
    within_window,
)
from telstar_api.entitlement.rights import Right, Setting


class Who(StrEnum):
    """Who can do something about a refusal."""

    VIEWER = "viewer"
    SUPPORT = "support"
    OPERATOR = "operator"
    TIME = "time"  # it passes by itself
    NOBODY = "nobody"


class About(Enum):
    """What a rule depends on beside the viewer and the right: a guide judges it no oftener than needed."""

    CHANNEL = auto()  # judged once for all programmes
    POLICY = auto()  # what is said of the programme, else of the channel: once where nothing is
    PROGRAMME = auto()  # its times, and what is stored of it


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must hold for some rights.

    `fine` says that it holds, `sentence` to the viewer that it does not, `saw` what it looked at. `who` can
    put it right, and `fix` says how.
    """

    code: str
    rights: frozenset[Right]
    holds: Callable[[Facts, Held], bool]
    fine: str
    sentence: Callable[[Facts, Held], str]
    saw: Callable[[Facts, Held], Mapping[str, object]]
    who: Who
    fix: Callable[[Facts, Held], str]
    about: About = About.CHANNEL


ANY = frozenset(Right)
AT_THE_TIME = frozenset({Right.LIVE, Right.START_OVER})
FROM_STORE = frozenset({Right.START_OVER, Right.CATCH_UP})
WATCHING = AT_THE_TIME | FROM_STORE
AFTERWARDS = frozenset({Right.CATCH_UP})
LIVE_ONLY = frozenset({Right.LIVE})
RECORDING = frozenset({Right.RECORD})


RULES = (
    Rule(
        "account-inactive",
        ANY,
        holds=lambda facts, _: facts.account.active,
        fine="The account is active.",
        sentence=lambda *_: "Your account is not active.",
        saw=lambda facts, _: {"active": facts.account.active},
        who=Who.SUPPORT,
        fix=lambda *_: "Support can activate the account again.",
    ),
    Rule(
        "under-maintenance",
        WATCHING,
        holds=lambda facts, _: facts.channel.maintenance is None or facts.channel.maintenance <= facts.now,
        fine="No maintenance is under way.",
        sentence=lambda facts, _: f"{facts.channel.display_name} is being worked on.",
        saw=lambda facts, _: {"until": facts.channel.maintenance},
        who=Who.TIME,
        fix=lambda facts, _: (
            f"It is planned to end at {clock(facts.channel.maintenance)}."
            if facts.channel.maintenance
            else ""
        ),
    ),
    Rule(
        "payment-overdue",
        ANY,
        holds=lambda facts, held: not overdue(facts, held),
        fine="No payment is missing.",
        sentence=lambda facts, held: f"{overdue(facts, held)[0].product.name} has not been paid for.",
        saw=lambda _, held: {
            "unpaid": [{"product": item.product.id, "paid_until": item.paid_until} for item in held.unpaid]
        },
        who=Who.VIEWER,
        fix=lambda facts, held: f"Pay for {overdue(facts, held)[0].product.name}: it counts again at once.",
    ),
    Rule(
        "base-product-missing",
        ANY,
        holds=lambda facts, held: not baseless(facts, held),
        fine="Every add-on has its base product.",
        sentence=lambda facts, held: (
            f"{baseless(facts, held)[0].name} only counts beside a base product, which you don't have."
        ),
        saw=lambda _, held: {
            "add_ons": [{"product": item.id, "add_on_to": sorted(item.add_on_to)} for item in held.baseless]
        },
        who=Who.VIEWER,
        fix=lambda facts, held: f"Take one of: {', '.join(sorted(baseless(facts, held)[0].add_on_to))}.",
    ),
    Rule(
        "not-subscribed",
        ANY,
        holds=lambda _, held: bool(held.grants),
        fine="A subscription in force includes the channel.",
        sentence=lambda facts, _: f"You have no subscription that includes {facts.channel.display_name}.",
        saw=subscriptions,
        who=Who.VIEWER,
        fix=lambda facts, _: f"Take a product that includes {facts.channel.display_name}.",
    ),
    Rule(
        "right-not-included",
        ANY,
        # Who has nothing on the channel is told by not-subscribed; this is about what is missing otherwise.
        holds=lambda facts, held: not held.grants or held.has(facts.right),
        fine="The subscription includes what is asked for.",
        sentence=lambda facts, _: (
            f"Your subscription does not include {noun(facts)} on {facts.channel.display_name}."
        ),
        saw=lambda facts, held: {"needed": facts.right, "rights": sorted(held.rights())},
        who=Who.VIEWER,
        fix=lambda facts, _: f"Take a product with {noun(facts)} on {facts.channel.display_name}.",
    ),
    Rule(
        "outside-catch-up-window",
        AFTERWARDS,
        holds=within_window,
        fine="The programme is not longer ago than the subscription reaches back.",
        sentence=lambda facts, _: f"{title(facts)} is longer ago than your subscription reaches back.",
        saw=seen_window,
        who=Who.VIEWER,
        fix=lambda _, held: f"Take a product that reaches further back than {days(held.window())}.",
        about=About.PROGRAMME,
    ),
    Rule(
        "right-disabled",
        ANY,
        holds=lambda facts, _: setting(facts)[0] is Setting.ENABLED,
        fine="Nobody has switched it off.",
        sentence=lambda facts, _: f"There is no {noun(facts)} {switched_off(facts)}.",
        saw=lambda facts, _: dict(zip(("setting", "of"), setting(facts), strict=True)),
        who=Who.OPERATOR,
        fix=lambda facts, _: f"Whoever plans the {setting(facts)[1]} can switch it on.",
        about=About.POLICY,
    ),
    Rule(
        "outside-territory",
        ANY,
        holds=allowed_here,
        fine="It may be watched from here.",
        sentence=lambda facts, _: (
            f"{title(facts)} cannot be watched from where you are."
            if facts.circumstances.territory
            else f"{title(facts)} can be watched in some countries only, and yours could not be told."
        ),
        saw=seen_territories,
        who=Who.NOBODY,
        fix=lambda *_: "It can be watched from another country.",
        about=About.POLICY,
    ),
    Rule(
        "pin-required",
        WATCHING,
        holds=pin_not_needed,
        fine="No PIN is needed, or it was given.",
        sentence=lambda facts, _: f"{title(facts)} is for viewers of {age(facts)} and older: enter the PIN.",
        saw=lambda facts, _: {
            "age": age(facts),
            "age_limit": facts.account.age_limit,
            "has_pin": facts.account.has_pin,
            "pin_given": facts.circumstances.pin_given,
        },
        who=Who.VIEWER,
        fix=lambda facts, _: (
            "Enter the account's PIN."
            if facts.account.has_pin
            else "Set a PIN on the account page, then enter it."
        ),
        about=About.POLICY,
    ),
    Rule(
        "too-many-devices",
        WATCHING,
        holds=room_for_a_device,
        fine="The device is one of those allowed.",
        sentence=lambda _, held: f"You already watch on {held.limits.devices} devices, as many as you may.",
        saw=lambda facts, held: {
            "others": None
            if facts.circumstances.devices is None
            else sorted(str(item) for item in facts.circumstances.devices),
            "limit": held.limits.devices,
        },
        who=Who.VIEWER,
        fix=lambda *_: "Sign out on a device you no longer use.",
    ),
    Rule(
        "too-many-streams",
        WATCHING,
        holds=room_for_a_stream,
        fine="No more is being watched at a time than allowed.",
        sentence=lambda _, held: (
            f"As many streams are being watched with your account as your subscription allows: "
            f"{held.limits.streams}."
        ),
        saw=lambda facts, held: {
            "open": None
            if facts.circumstances.streams is None
            else [str(item.session) for item in facts.circumstances.streams],
            "limit": held.limits.streams,
        },
        who=Who.VIEWER,
        fix=lambda *_: "End another stream, or take its place.",
    ),
    Rule(
        "channel-stopped",
        AT_THE_TIME,
        holds=lambda facts, _: facts.channel.running,
        fine="The channel is on the air.",
        sentence=lambda facts, _: f"{facts.channel.display_name} is not on air.",
        saw=lambda facts, _: {"channel": facts.channel.name, "running": facts.channel.running},
        who=Who.OPERATOR,
        fix=lambda facts, _: f"An operator can start it: kubectl telstar resume {facts.channel.name}.",
    ),
    Rule(
        "programme-not-started",
        WATCHING,
        holds=lambda facts, _: facts.programme is None or facts.programme.start <= facts.now,
        fine="The programme has begun.",
        sentence=lambda facts, _: f"{title(facts)} has not begun yet.",
        saw=times,
        who=Who.TIME,
        fix=lambda facts, _: f"It begins at {clock(facts.programme.start)}." if facts.programme else "",
        about=About.PROGRAMME,
    ),
    Rule(
        "programme-ended",
        AT_THE_TIME,
        holds=lambda facts, _: facts.programme is None or facts.now < facts.programme.end,
        fine="The programme is still on.",
        sentence=lambda facts, _: f"{title(facts)} is over.",
        saw=times,
        who=Who.VIEWER,
        fix=lambda *_: "Catch up on it.",
        about=About.PROGRAMME,
    ),
    Rule(
        "programme-running",
        AFTERWARDS,
        holds=lambda facts, _: (
            facts.programme is None or not facts.programme.start <= facts.now < facts.programme.end
        ),
        fine="The programme is not on just now.",
        sentence=lambda facts, _: f"{title(facts)} is still on: it can be caught up on once it is over.",
        saw=times,
        who=Who.VIEWER,
        fix=lambda *_: "Start it over instead.",
        about=About.PROGRAMME,
    ),
    Rule(
        "not-stored",
        FROM_STORE,
        holds=anything_of_programme_stored,
        fine="It is stored, or nobody has looked.",
        sentence=lambda facts, _: f"Nothing of {title(facts)} is stored.",
        saw=lambda facts, _: {"stored": facts.programme.stored if facts.programme else None},
        who=Who.NOBODY,
        fix=lambda *_: (
            "What was not stored, or is older than the channel's retention, cannot be brought back."
        ),
        about=About.PROGRAMME,
    ),
    Rule(
        "not-stored",
        LIVE_ONLY,
        holds=lambda facts, _: facts.channel.stored is not False,
        fine="The channel has segments, or nobody has looked.",
        sentence=lambda facts, _: f"{facts.channel.display_name} has nothing to show yet.",
        saw=lambda facts, _: {"stored": facts.channel.stored},
        who=Who.OPERATOR,
        fix=lambda facts, _: (
            f"kubectl telstar diagnose {facts.channel.name} says what its encoder waits for."
        ),
    ),
    Rule(
        "recording-unavailable",
        RECORDING,
        holds=lambda facts, _: facts.channel.recordable,
        fine="The channel can be recorded.",
        sentence=lambda facts, _: f"{facts.channel.display_name} cannot be recorded.",
        saw=lambda facts, _: {"recordable": facts.channel.recordable},
        who=Who.NOBODY,
        fix=lambda *_: "This installation records nothing yet.",
    ),
)
