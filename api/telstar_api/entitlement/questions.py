"""What the rules ask of the facts, and how they say what they saw."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from telstar_api.entitlement.facts import Channel, Facts, Product, Programme, Subscription
from telstar_api.entitlement.held import Held
from telstar_api.entitlement.rights import Right, Setting

NOUNS = {
    Right.LIVE: "live viewing",
    Right.START_OVER: "starting over",
    Right.CATCH_UP: "catch-up",
    Right.RECORD: "recording",
}


def setting(facts: Facts) -> tuple[Setting, str]:
    """What is said of the right, and by whom: the programme, else the channel, else enabled."""
    own = Setting.INHERITED
    if facts.programme is not None:
        own = facts.programme.settings.get(facts.right, own)
    if own is not Setting.INHERITED:
        return own, "programme"
    above = facts.channel.settings.get(facts.right, own)
    return (Setting.ENABLED, "default") if above is Setting.INHERITED else (above, "channel")


def territories(channel: Channel, programme: Programme | None) -> frozenset[str] | None:
    """Where it may be watched: wherever both channel and programme may; None: anywhere."""
    narrowed = programme.territories if programme else None
    if channel.territories is None or narrowed is None:
        return channel.territories if narrowed is None else narrowed
    return channel.territories & narrowed


def age(facts: Facts) -> int | None:
    """From which age on it may be watched without a PIN's leave; None: any."""
    own = facts.programme.age if facts.programme else None
    return facts.channel.age if own is None else own


def subscriptions(facts: Facts, _: Held) -> Mapping[str, object]:
    """The channel asked for, and everything the account subscribed to, with its state."""
    return {
        "channel": facts.channel.name,
        "subscriptions": [
            {
                "product": item.product.id,
                "state": item.state(facts.now),
                "starts": item.starts,
                "ends": item.ends,
            }
            for item in facts.account.subscriptions
        ],
    }


def overdue(facts: Facts, held: Held) -> list[Subscription]:
    """The unpaid subscriptions that the viewer misses here: those with the right asked for, where no product
    in force gives it; any that cover the channel, where none does.
    """
    if held.has(facts.right):
        return []
    return [item for item in held.unpaid if not held.grants or gives(item.product, facts)]


def baseless(facts: Facts, held: Held) -> list[Product]:
    """The add-ons without a base that the viewer misses here, likewise."""
    if held.has(facts.right):
        return []
    return [item for item in held.baseless if not held.grants or gives(item, facts)]


def gives(product: Product, facts: Facts) -> bool:
    """Whether the product itself has the right asked for on the channel."""
    return any(item.right is facts.right and item.covers(facts.channel.name) for item in product.entitlements)


def within_window(facts: Facts, held: Held) -> bool:
    """Whether the programme began within the widest catch-up window the viewer has."""
    window = held.window()
    return facts.programme is None or window is None or facts.now - facts.programme.start <= window


def seen_window(facts: Facts, held: Held) -> Mapping[str, object]:
    """The programme's times and that window, in seconds."""
    window = held.window()
    return {**times(facts, held), "window_seconds": None if window is None else window.total_seconds()}


def times(facts: Facts, _: Held) -> Mapping[str, object]:
    """Now, and when the programme begins and ends."""
    programme = facts.programme
    return {
        "now": facts.now,
        "start": programme.start if programme else None,
        "end": programme.end if programme else None,
    }


def title(facts: Facts) -> str:
    """What is asked for, as one calls it in a sentence."""
    return f"“{facts.programme.title}”" if facts.programme else facts.channel.display_name


def pin_not_needed(facts: Facts, _: Held) -> bool:
    """Whether what is asked for is rated for all the account shows without its PIN, or that was given."""
    rated, limit = age(facts), facts.account.age_limit
    return rated is None or limit is None or rated <= limit or facts.circumstances.pin_given


def allowed_here(facts: Facts, _: Held) -> bool:
    """Whether the viewer is where it may be watched; who knows not where they are is nowhere."""
    where = territories(facts.channel, facts.programme)
    return where is None or facts.circumstances.territory in where


def room_for_a_stream(facts: Facts, held: Held) -> bool:
    """Whether one more stream keeps within the account's limit."""
    streams, limit = facts.circumstances.streams, held.limits.streams
    return streams is None or limit is None or len(streams) < limit


def room_for_a_device(facts: Facts, held: Held) -> bool:
    """Whether one more device does."""
    devices, limit = facts.circumstances.devices, held.limits.devices
    return devices is None or limit is None or len(devices) < limit


def anything_of_programme_stored(facts: Facts, _: Held) -> bool:
    """Whether any of the programme is stored, as far as anybody has looked."""
    programme = facts.programme
    # Of a programme in the future nothing can be stored: programme-not-started says so already.
    return (
        programme is None or programme.stored is None or programme.stored > 0 or facts.now < programme.start
    )


def clock(moment: datetime) -> str:
    """A moment in a sentence."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def days(window: timedelta | None) -> str:
    """A length of time in a sentence."""
    return f"{(window or timedelta(0)).total_seconds() / 86400:g} days"


def noun(facts: Facts) -> str:
    """The right asked for, as one calls it in a sentence."""
    return NOUNS[facts.right]


def switched_off(facts: Facts) -> str:
    """What the right is switched off of, as one calls it in a sentence."""
    return f"of {title(facts)}" if setting(facts)[1] == "programme" else f"on {facts.channel.display_name}"


def seen_territories(facts: Facts, _: Held) -> Mapping[str, object]:
    """Where the viewer is, and where it may be watched (None: anywhere)."""
    where = territories(facts.channel, facts.programme)
    return {
        "territory": facts.circumstances.territory,
        "allowed": None if where is None else sorted(where),
    }
