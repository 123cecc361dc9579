"""A small catalogue, a few channels and programmes, and viewers, for tests and benchmarks of entitlement."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from telstar_api.entitlement.facts import (
    Account,
    Channel,
    Entitlement,
    Limits,
    Product,
    Programme,
    Subscription,
)
from telstar_api.entitlement.rights import Right

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
TICK = timedelta.resolution
NO_LIMITS = Limits()


def ago(**parts: float) -> datetime:
    """So long before NOW."""
    return NOW - timedelta(**parts)


def ahead(**parts: float) -> datetime:
    """So long after NOW."""
    return NOW + timedelta(**parts)


def product(
    name: str, price: str, *rights: Entitlement, limits: Limits = NO_LIMITS, add_on_to: tuple[str, ...] = ()
) -> Product:
    """A product."""
    return Product(name, name.title(), Decimal(price), "EUR", rights, limits, frozenset(add_on_to))


BASIC = product("basic", "4.99", Entitlement("news", Right.LIVE), limits=Limits(streams=2, height=720))
WEEK = product(
    "week",
    "14.99",
    Entitlement(None, Right.LIVE),
    Entitlement(None, Right.START_OVER),
    Entitlement(None, Right.CATCH_UP, timedelta(days=7)),
    Entitlement(None, Right.RECORD),
    limits=Limits(streams=4, devices=5),
)
DAY = product(
    "day",
    "7.99",
    Entitlement("news", Right.LIVE),
    Entitlement("news", Right.CATCH_UP, timedelta(days=1)),
    limits=Limits(streams=1, devices=2, height=1080),
)
FILMS = product("films", "5.99", Entitlement("cinema", Right.LIVE))
REPLAY = product("replay", "2.00", Entitlement("news", Right.START_OVER), add_on_to=("basic", "day"))
UHD = product("uhd", "3.00", limits=Limits(height=2160), add_on_to=("basic", "week"))
FAMILY = product("family", "1.00", limits=Limits(streams=6), add_on_to=("basic", "week"))

NEWS = Channel("news", "News 24", running=True, recordable=True)
STOPPED = replace(NEWS, running=False)
EMPTY = replace(NEWS, stored=False)

RUNNING = Programme("Evening News", ago(minutes=20), ahead(minutes=10), stored=1)
JUST_ENDED = Programme("Weather", ago(minutes=30), NOW, stored=1)
NEXT = Programme("Late Film", ahead(minutes=10), ahead(hours=2))
YESTERDAY = Programme("Quiz", ago(days=1, hours=2), ago(days=1, hours=1), stored=1)
SIX_DAYS_AGO = Programme("Opera", ago(days=6), ago(days=6, hours=-3), stored=1)
EIGHT_DAYS_AGO = Programme("Sermon", ago(days=8), ago(days=8, hours=-1), stored=1)


def has(*products: Product, active: bool = True, age_limit: int | None = None) -> Account:
    """An account that has had the products since long ago."""
    subscriptions = tuple(Subscription(item, LONG_AGO) for item in products)
    return Account(active, subscriptions, age_limit, has_pin=age_limit is not None)


def owes(*products: Product) -> tuple[Subscription, ...]:
    """Subscriptions that are unpaid and out of their grace."""
    return tuple(
        Subscription(item, LONG_AGO, paid_until=ago(days=10), grace=timedelta(days=7)) for item in products
    )
