"""Calendar months in UTC, and money by the part of a period. Values only."""

from calendar import monthrange
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 currencies without a minor unit; prices have two decimals at most.
_WHOLE = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"}
    | {"XAF", "XOF", "XPF"}
)
NOTHING = Decimal("0.00")


def months_after(anchor: datetime, count: int) -> datetime:
    """The moment so many months later, on the anchor's day or the month's last: 31 Jan, 28 Feb, 31 Mar."""
    month = anchor.month - 1 + count
    year, month = anchor.year + month // 12, month % 12 + 1
    return anchor.replace(year=year, month=month, day=min(anchor.day, monthrange(year, month)[1]))


def next_end(anchor: datetime, after: datetime) -> datetime:
    """The first anniversary by the month of `anchor` that is later than `after`."""
    count = max(1, (after.year - anchor.year) * 12 + after.month - anchor.month)
    end = months_after(anchor, count)
    return end if end > after else months_after(anchor, count + 1)


def decimals(currency: str) -> int:
    """Digits of the currency's minor unit (ISO 4217)."""
    return 0 if currency in _WHOLE else 2


def part(price: Decimal, currency: str, of: tuple[datetime, datetime], left: datetime) -> Decimal:
    """What of a period's price is for its rest from `left` on, to the minor unit, halves up.

    All of it before the period, nothing after it.
    """
    start, end = of
    if left >= end:
        return NOTHING
    if left <= start:
        return price
    # Whole microseconds, so that no binary fraction decides a cent.
    exact = price * Decimal(_microseconds(end, left)) / Decimal(_microseconds(end, start))
    return exact.quantize(Decimal(1).scaleb(-decimals(currency)), ROUND_HALF_UP)


def _microseconds(later: datetime, earlier: datetime) -> int:
    length = later - earlier
    return (length.days * 86400 + length.seconds) * 10**6 + length.microseconds
