"""Whether the operator makes progress: the liveness probe's answer, decided from what was noted."""

from dataclasses import dataclass, field

LISTING_LIMIT = 300.0
"""Seconds the full listing may be overdue."""
RECONCILE_LIMIT = 180.0
"""Seconds one reconciliation may take."""
MISSES_LIMIT = 3
"""Listings in a row that found what a watch had not delivered, before that watch counts as dead."""


@dataclass(slots=True)
class Progress:
    """Notes of what was done when, in seconds of one monotonic clock."""

    listed_at: float
    misses: dict[str, int] = field(default_factory=dict)
    running_since: dict[str, float] = field(default_factory=dict)

    def listed(self, missed: dict[str, int], now: float) -> None:
        """All kinds were listed; missed counts, by kind, what its watch had not delivered."""
        self.listed_at = now
        self.misses = {kind: self.misses.get(kind, 0) + 1 for kind, count in missed.items() if count}

    def complaint(self, now: float) -> str | None:
        """What does not move any more, None while all is well."""
        if now - self.listed_at > LISTING_LIMIT:
            return f"the last full listing was {now - self.listed_at:.0f} s ago"
        dead = sorted(kind for kind, count in self.misses.items() if count >= MISSES_LIMIT)
        if dead:
            return f"the watch of {', '.join(dead)} delivers nothing any more"
        stuck = sorted(name for name, since in self.running_since.items() if now - since > RECONCILE_LIMIT)
        if stuck:
            return f"the reconciliation of {', '.join(stuck)} does not end"
        return None
