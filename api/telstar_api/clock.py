"""The one clock that every decision takes its time from."""

from datetime import UTC, datetime


class Clock:
    """The machine's clock. Tests put one in its place that they set themselves."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)
