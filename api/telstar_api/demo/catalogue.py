"""The demo's products and accounts."""

from dataclasses import dataclass
from decimal import Decimal

from telstar_api.auth.tokens import Role
from telstar_api.entitlement.rights import Right

PASSWORD = "telstar-demo"  # noqa: S105 - published; the chart seeds it only with demo.enabled


@dataclass(frozen=True)
class DemoRight:
    """A right on a channel (None: on all), for catch-up with its window."""

    right: Right
    channel: str | None
    window_days: int | None = None


@dataclass(frozen=True)
class DemoProduct:
    """A product of the demo's catalogue, price in euros a month."""

    id: str
    name: str
    description: str
    price: Decimal
    rights: tuple[DemoRight, ...]
    max_streams: int | None = None


@dataclass(frozen=True)
class DemoAccount:
    """An account and the product it has, if any."""

    email: str
    role: Role = "subscriber"
    product: str | None = None


def _all_rights(channel: str | None, window_days: int) -> tuple[DemoRight, ...]:
    return (
        DemoRight(Right.LIVE, channel),
        DemoRight(Right.START_OVER, channel),
        DemoRight(Right.CATCH_UP, channel, window_days),
        DemoRight(Right.RECORD, channel),
    )


PRODUCTS = (
    DemoProduct(
        "basic",
        "Basic",
        "Test Card and News 24, live.",
        Decimal("4.99"),
        (DemoRight(Right.LIVE, "testcard"), DemoRight(Right.LIVE, "news")),
        max_streams=2,
    ),
    DemoProduct(
        "film-club",
        "Film Club",
        "Round-the-Clock Cinema: live, from the start, and everything since yesterday.",
        Decimal("7.99"),
        _all_rights("cinema", 1),
        max_streams=2,
    ),
    DemoProduct(
        "premium",
        "Premium",
        "Every channel: live, from the start, and seven days back.",
        Decimal("14.99"),
        _all_rights(None, 7),
    ),
)

ACCOUNTS = (
    DemoAccount("free@example.com"),
    DemoAccount("basic@example.com", product="basic"),
    DemoAccount("premium@example.com", product="premium"),
    DemoAccount("admin@example.com", role="admin", product="premium"),
)
