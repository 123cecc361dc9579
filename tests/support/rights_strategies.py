"""Whatever entitlement may be asked: drawn from few names and moments, so that things meet and touch.

What is well is drawn more often than what is amiss, or nearly everything would be refused.
"""

import itertools
import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st
from telstar_api.entitlement.facts import (
    UNSAID,
    Account,
    Channel,
    Circumstances,
    Entitlement,
    Facts,
    Limits,
    Product,
    Programme,
    Settings,
    Stream,
    Subscription,
)
from telstar_api.entitlement.rights import Right, Setting

from support.rights_cases import NOW, TICK

T = TypeVar("T")
DAY, HOUR, NO_TIME = timedelta(days=1), timedelta(hours=1), timedelta(0)
# The edges of what windows, graces and programmes can be, either side of them, and moments between.
_EDGES = [-8 * DAY, -7 * DAY, -3 * DAY, -DAY, -HOUR, NO_TIME, HOUR, DAY]
_BETWEEN = [-400 * DAY, -20 * DAY, -5 * DAY, -2 * HOUR, 2 * HOUR, 20 * DAY]
MOMENTS = [NOW + edge + step for edge in _EDGES for step in (-TICK, NO_TIME, TICK)]
MOMENTS += [NOW + offset for offset in _BETWEEN]
WINDOWS = [DAY, 3 * DAY, 7 * DAY, 8 * DAY]
CHANNELS = [None, "news", "cinema"]
ENTITLEMENTS = [
    Entitlement(channel, right, window)
    for channel in CHANNELS
    for right in Right
    for window in (WINDOWS if right is Right.CATCH_UP else [None])
]
ALL_OF_IT = tuple(item for item in ENTITLEMENTS if item.channel is None and item.window != DAY)
LIMITS = [Limits(*some) for some in itertools.product([None, 1, 2, 3], [None, 1, 2], [None, 480, 720, 2160])]
BASES = [frozenset(ids) for ids in ("a", "b", "ab", "cd", "abcd", "?")]
SETTINGS: list[Settings] = [
    dict(zip(Right, said, strict=True)) for said in itertools.product(Setting, repeat=len(Right))
]
TERRITORIES = [frozenset(item) for item in ((), ("DE",), ("AT",), ("DE", "AT"))]


def _stream(number: int) -> Stream:
    return Stream(uuid.UUID(int=number), "news", uuid.UUID(int=number), NOW)


CIRCUMSTANCES = [
    Circumstances(
        where,
        pin_given,
        None if streams is None else tuple(_stream(number) for number in range(streams)),
        None if devices is None else frozenset(uuid.UUID(int=number) for number in range(devices)),
    )
    for where, pin_given, streams, devices in itertools.product(
        (None, "DE", "AT", "US"), (False, True), (None, 0, 1, 3), (None, 0, 1, 2)
    )
]


def mostly(usual: T, *others: T) -> st.SearchStrategy[T]:
    """The usual, three times as often as all others together."""
    return st.sampled_from([*[usual] * len(others) * 3, *others])


moments = st.sampled_from(MOMENTS)
ages = mostly(None, 0, 12, 16, 18)
territories = mostly(None, *TERRITORIES)
settings = mostly({}, *SETTINGS)
entitlements = st.sampled_from(ENTITLEMENTS)
rights_of_product = mostly(ALL_OF_IT, (), *((item,) for item in ENTITLEMENTS)) | st.lists(
    entitlements, max_size=4
).map(tuple)


def _products(identity: str) -> st.SearchStrategy[Product]:
    return st.builds(
        Product,
        st.just(identity),
        st.just(identity.upper()),
        st.sampled_from([Decimal(price) for price in range(6)]),
        st.just("EUR"),
        rights_of_product,
        st.sampled_from(LIMITS),
        mostly(frozenset(), *BASES),
    )


# Ids of their own; some are add-ons to others, or to themselves, or to nothing there is.
catalogues = st.tuples(*map(_products, "abcd")).flatmap(
    lambda all_of_them: st.sampled_from([list(all_of_them[:count]) for count in (4, 4, 3, 2, 1)])
)
_begun = st.just((NOW - 30 * DAY, None, None, None, NO_TIME, None))
_any_timeline = st.tuples(
    mostly(NOW - 30 * DAY, *MOMENTS),
    mostly(None, *MOMENTS),
    mostly(None, *MOMENTS),
    mostly(None, *MOMENTS),
    st.sampled_from([NO_TIME, DAY, 3 * DAY, 7 * DAY]),
    mostly(None, *MOMENTS),
)
timelines = _begun | _any_timeline
channels = st.builds(
    Channel,
    mostly("news", "cinema"),
    st.just("Any Channel"),
    running=mostly(True, False),
    stored=mostly(True, False, None),
    settings=settings,
    territories=territories,
    age=ages,
    maintenance=mostly(None, *MOMENTS),
    recordable=st.booleans(),
) | st.just(Channel("news", "Any Channel", running=True, stored=True, recordable=True))
programmes = st.builds(
    lambda start, length, stored, *policy: Programme("Any", start, start + length, stored, *policy),
    moments,
    st.sampled_from([TICK, HOUR, 2 * HOUR, DAY]),
    mostly(1.0, None, 0.5, 0.0),
    settings,
    territories,
    ages,
)
plain_programmes = st.sampled_from(
    [Programme("On", NOW - HOUR, NOW + HOUR, 1.0), Programme("Over", NOW - DAY, NOW - DAY + HOUR, 1.0)]
)
circumstances = mostly(UNSAID, *CIRCUMSTANCES)


@dataclass(frozen=True)
class Case:
    """What is asked, and the catalogue that the viewer's products are from."""

    facts: Facts
    catalogue: list[Product]


def subscriptions(catalogue: list[Product]) -> st.SearchStrategy[Subscription]:
    """A product of the catalogue with any timeline; as often one that has simply begun."""
    return st.tuples(st.sampled_from(catalogue), timelines).map(lambda pair: Subscription(pair[0], *pair[1]))


_taken = st.lists(st.tuples(st.integers(0, 3), timelines), max_size=4)
_asked = st.tuples(
    st.sampled_from(Right),
    mostly(True, True, True, False),
    ages,
    st.booleans(),
    channels,
    st.none() | plain_programmes | programmes,
    circumstances,
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Anything that can be asked."""
    catalogue = draw(catalogues)
    taken = tuple(
        Subscription(catalogue[place % len(catalogue)], *timeline) for place, timeline in draw(_taken)
    )
    right, active, age_limit, has_pin, channel, programme, seen = draw(_asked)
    account = Account(active, taken, age_limit, has_pin)
    return Case(Facts(NOW, right, account, channel, programme, seen), catalogue)
