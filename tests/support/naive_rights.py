"""The policy of docs/entitlement.md again, said as plainly as can be: the first thing that says no ends it.

Deliberately shares nothing with the package but the facts' classes: no rule, no state, no question.
"""

from telstar_api.entitlement.facts import Account, Facts, Product, Subscription
from telstar_api.entitlement.rights import Right, Setting


def may(facts: Facts) -> bool:
    """Whether the viewer may, and nothing else."""
    if not facts.account.active:
        return False
    products = what_counts(facts)
    if not reaches(products, facts):
        return False
    if switched_off(facts) or not in_territory(facts):
        return False
    if facts.right is Right.RECORD:
        return facts.channel.recordable
    if facts.channel.maintenance is not None and facts.now < facts.channel.maintenance:
        return False
    if needs_pin(facts) or too_many_devices(products, facts) or too_many_streams(products, facts):
        return False
    return watchable(facts)


def codes(facts: Facts) -> set[str]:
    """Every code that docs/entitlement.md gives a refusal."""
    said = set(codes_of_products(facts))
    recording = facts.right is Right.RECORD
    if not facts.account.active:
        said.add("account-inactive")
    if switched_off(facts):
        said.add("right-disabled")
    if not in_territory(facts):
        said.add("outside-territory")
    if recording and not facts.channel.recordable:
        said.add("recording-unavailable")
    if recording:
        return said
    if facts.channel.maintenance is not None and facts.channel.maintenance > facts.now:
        said.add("under-maintenance")
    if needs_pin(facts):
        said.add("pin-required")
    if too_many_devices(what_counts(facts), facts):
        said.add("too-many-devices")
    if too_many_streams(what_counts(facts), facts):
        said.add("too-many-streams")
    return said | codes_of_time(facts)


def codes_of_products(facts: Facts) -> set[str]:
    """What is said of products: four cases, and the window."""
    having = rights_of(what_counts(facts), facts.channel.name)
    if facts.right in having:
        return set() if reaches(what_counts(facts), facts) else {"outside-catch-up-window"}
    missed = {"right-not-included"} if having else {"not-subscribed"}
    running = [item for item in facts.account.subscriptions if stands(item, facts) == "counts"]
    for item in facts.account.subscriptions:
        rights = rights_of([item.product], facts.channel.name)
        wanted = facts.right in rights if having else len(rights) > 0
        if wanted and stands(item, facts) == "unpaid":
            missed.add("payment-overdue")
        if wanted and item in running and item.product not in what_counts(facts):
            missed.add("base-product-missing")
    return missed


def codes_of_time(facts: Facts) -> set[str]:
    """What is said of the channel's and the programme's times and of what is stored."""
    said = set()
    then, now = facts.programme, facts.now
    if facts.right is not Right.CATCH_UP and not facts.channel.running:
        said.add("channel-stopped")
    if facts.right is Right.LIVE and facts.channel.stored is False:
        said.add("not-stored")
    if then is None:
        return said
    if now < then.start:
        said.add("programme-not-started")
    elif facts.right is not Right.LIVE and then.stored is not None and then.stored <= 0:
        said.add("not-stored")
    if facts.right is Right.CATCH_UP:
        return said | ({"programme-running"} if then.start <= now < then.end else set())
    return said | ({"programme-ended"} if then.end <= now else set())


def stands(item: Subscription, facts: Facts) -> str:
    """`counts`, `unpaid` or `no`."""
    if facts.now < item.starts:
        return "no"
    if item.ends is not None and facts.now >= item.ends:
        return "no"
    if item.trial_ends is not None and item.trial_ends > facts.now:
        return "counts"
    if item.paid_until is None:
        return "counts"
    return "counts" if facts.now < max(item.paid_until, item.paid_until + item.grace) else "unpaid"


def what_counts(facts: Facts) -> list[Product]:
    """The products in force; an add-on only with a base."""
    running = [item.product for item in facts.account.subscriptions if stands(item, facts) == "counts"]
    return [item for item in running if not item.add_on_to or has_base(item, running)]


def has_base(add_on: Product, running: list[Product]) -> bool:
    """Whether one of these is a base of the add-on."""
    return any(item.id in add_on.add_on_to and len(item.add_on_to) == 0 for item in running)


def rights_of(products: list[Product], channel: str) -> set[Right]:
    """What the products let one do on the channel."""
    return {item.right for one in products for item in one.entitlements if item.channel in (None, channel)}


def reaches(products: list[Product], facts: Facts) -> bool:
    """Whether one of the products gives the right, as far back as the programme began."""
    for one in products:
        for item in one.entitlements:
            if item.right is not facts.right or item.channel not in (None, facts.channel.name):
                continue
            if facts.right is not Right.CATCH_UP or facts.programme is None:
                return True
            assert item.window is not None
            if facts.programme.start + item.window >= facts.now:
                return True
    return False


def switched_off(facts: Facts) -> bool:
    """Whether the right is off: the programme decides, and the channel where that says nothing."""
    if facts.programme is not None:
        own = facts.programme.settings.get(facts.right)
        if own is Setting.DISABLED:
            return True
        if own is Setting.ENABLED:
            return False
    return facts.channel.settings.get(facts.right) is Setting.DISABLED


def in_territory(facts: Facts) -> bool:
    """Whether channel and programme both allow the viewer's country."""
    for about in (facts.channel, facts.programme):
        where = None if about is None else about.territories
        if where is not None and facts.circumstances.territory not in where:
            return False
    return True


def needs_pin(facts: Facts) -> bool:
    """Whether it is above the account's age limit, and no PIN was given."""
    if facts.circumstances.pin_given or facts.account.age_limit is None:
        return False
    rated = facts.channel.age
    if facts.programme is not None and facts.programme.age is not None:
        rated = facts.programme.age
    return rated is not None and rated > facts.account.age_limit


def too_many_streams(products: list[Product], facts: Facts) -> bool:
    """Whether one more stream is too many for the most generous product."""
    others = facts.circumstances.streams
    limits = [item.limits.streams for item in products if not silent_add_on(item, item.limits.streams)]
    return others is not None and beyond(len(others) + 1, limits)


def too_many_devices(products: list[Product], facts: Facts) -> bool:
    """Whether one more device is."""
    others = facts.circumstances.devices
    limits = [item.limits.devices for item in products if not silent_add_on(item, item.limits.devices)]
    return others is not None and beyond(len(others) + 1, limits)


def silent_add_on(item: Product, limit: int | None) -> bool:
    """Whether it is an add-on that leaves the limit to others."""
    return limit is None and len(item.add_on_to) > 0


def beyond(wanted: int, limits: list[int | None]) -> bool:
    """Whether every limit, if there are any, is lower."""
    return len(limits) > 0 and all(limit is not None and wanted > limit for limit in limits)


def watchable(facts: Facts) -> bool:
    """Whether there is something to watch at this moment."""
    then = facts.programme
    if facts.right is not Right.CATCH_UP and not facts.channel.running:
        return False
    if facts.right is Right.LIVE and facts.channel.stored is False:
        return False
    if then is None:
        return True
    if facts.now < then.start:
        return False
    over = facts.now >= then.end
    if over != (facts.right is Right.CATCH_UP):
        return False
    return facts.right is Right.LIVE or then.stored is None or then.stored > 0


def height(facts: Facts) -> int | None:
    """The best picture, in lines; None: any."""
    products = what_counts(facts)
    best = 0
    for one in products:
        if facts.right not in rights_of([one], facts.channel.name):
            continue
        for seen in shown_like(one, products):
            if seen is None:
                return None
            best = max(best, seen)
    return best or None


def shown_like(one: Product, products: list[Product]) -> list[int | None]:
    """The heights that a product's channels may have: its own, or its bases', and of add-ons to them."""
    if one.limits.height is None and one.add_on_to:
        bases = [item for item in products if item.id in one.add_on_to and not item.add_on_to]
        return [seen for base in bases for seen in shown_like(base, products)]
    lifts = [item.limits.height for item in products if one.id in item.add_on_to and not one.add_on_to]
    return [one.limits.height, *(lift for lift in lifts if lift is not None)]


def with_more(account: Account, *more: Subscription) -> Account:
    """The account with these as well."""
    return Account(account.active, (*account.subscriptions, *more), account.age_limit, account.has_pin)
