"""The time by the Kubernetes API server: a second opinion for whoever deletes by the clock."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime


class ApiTime:
    """The time by the last answer, counted on by a monotonic clock (seconds), which nobody can set."""

    def __init__(self) -> None:
        self._noted: tuple[datetime, float] | None = None

    def note(self, date: str | None, at: float) -> None:
        """The Date header (RFC 9110 §6.6.1) of an answer that came at this moment; rubbish is ignored."""
        try:
            moment = parsedate_to_datetime(date or "")
        except ValueError:
            return
        if moment.tzinfo is not None:
            self._noted = (moment, at)

    def now(self, at: float) -> datetime | None:
        """UTC; None before the first answer."""
        if self._noted is None:
            return None
        moment, noted_at = self._noted
        return moment + timedelta(seconds=at - noted_at)
