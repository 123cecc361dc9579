"""Times, durations and sizes: read from JSON, and said in words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

UTC = timezone.utc
_RFC_3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DURATION = re.compile(r"([1-9][0-9]*)(s|m|h)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def moment(value: Any) -> datetime | None:
    """A time of an API: RFC 3339, or whole milliseconds since the epoch; None for anything else.

    datetime.fromisoformat takes neither `Z` nor three to nine digits of a second before Python 3.11.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value / 1000, UTC)
    match = _RFC_3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    micros = (fraction or "")[:6].ljust(6, "0")
    offset = "+00:00" if zone in "Zz" else zone
    return datetime.fromisoformat(f"{day}T{clock}.{micros}{offset}").astimezone(UTC)


def rfc_3339(time: datetime | None) -> str | None:
    """A time as JSON has it: UTC, whole seconds, or milliseconds where it has some."""
    if time is None:
        return None
    precision = "milliseconds" if time.microsecond else "seconds"
    return time.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def clock(time: datetime, now: datetime) -> str:
    """A time for people, UTC: the day only where it is another one than today."""
    shown = time.astimezone(UTC)
    return shown.strftime("%H:%M:%SZ" if shown.date() == now.astimezone(UTC).date() else "%Y-%m-%d %H:%M:%SZ")


def lasting(duration: timedelta) -> str:
    """A duration in its one or two largest units: 0.4 s, 12 s, 3 min, 2 h 5 min, 4 d 3 h."""
    seconds = abs(duration.total_seconds())
    if seconds < 1:
        return f"{seconds:.1f} s" if seconds >= 0.05 else "0 s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if minutes < 5 and rest else f"{minutes} min"
    if whole < 2 * 86400:
        return _two(whole // 3600, "h", whole % 3600 // 60, "min")
    return _two(whole // 86400, "d", whole % 86400 // 3600, "h")


def _two(large: int, unit: str, small: int, smaller: str) -> str:
    return f"{large} {unit} {small} {smaller}" if small else f"{large} {unit}"


def ago(time: datetime, now: datetime) -> str:
    """`12 s ago`, or `in 12 s` for what lies ahead by more than a second."""
    if time - now > timedelta(seconds=1):
        return f"in {lasting(time - now)}"
    return f"{lasting(max(now - time, timedelta(0)))} ago"


def parse_duration(text: str) -> timedelta:
    """`90s`, `10m` or `2h`.

    Raises:
        ValueError: it is none; the message says what would be.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration: write a whole number and s, m or h, for example 10m")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def size(count: float) -> str:
    """Bytes in binary units, three digits: 512 B, 1.25 GiB."""
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    for unit in units:
        if count < 1024 or unit == units[-1]:
            break
        count /= 1024
    return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.3g} {unit}"


def share(part: float) -> str:
    """A share of one in per cent; 100 % only where nothing is missing."""
    percent = part * 100
    if percent < 100 and round(percent, 2) == 100:
        return "99.99 %"
    return f"{percent:.2f}".rstrip("0").rstrip(".") + " %"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 gap`, `2 gaps`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
