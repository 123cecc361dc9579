"""Prometheus metrics of the operator."""

from prometheus_client import Counter, Gauge, Histogram

RECONCILES = Counter(
    "telstar_operator_reconciles", "Reconciliations of Channels, by outcome", ["outcome"]
)  # done, failed
DURATION = Histogram(
    "telstar_operator_reconcile_seconds",
    "Duration of a reconciliation in seconds",
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)
WRITES = Counter(
    "telstar_operator_writes", "Requests that write to the Kubernetes API", ["kind", "verb", "channel"]
)
QUEUED = Gauge("telstar_operator_queued_reconciles", "Channels that were woken and wait for their turn")
LOOKS = Counter(
    "telstar_operator_simlive_requests", "Requests for a SimLive pod's status, by outcome", ["outcome"]
)  # answered, silent
ERRORS = Counter(
    "telstar_operator_errors", "What went wrong and is tried again, by where", ["where"]
)  # reconcile, listing, comparison, refused
REGISTRY_REQUESTS = Counter(
    "telstar_operator_registry_requests", "Requests to the API's internal endpoints", ["method", "outcome"]
)  # done, refused, away
EVENTS_SEEN = Counter("telstar_operator_watch_events", "Events that watches delivered", ["kind"])
EVENTS_MISSED = Counter(
    "telstar_operator_missed_watch_events",
    "Objects a listing showed in a state no watch had delivered",
    ["kind"],
)
DEPARTED = Gauge(
    "telstar_operator_departed_channels",
    "1 for each registration without its Channel, by what is waited for; ChannelKept: for a person",
    ["channel", "reason"],
)
CHANNELS = Gauge("telstar_operator_channels", "Channels by condition and its status", ["condition", "status"])


def forget(channel: str) -> None:
    """Drop the series of a Channel that is gone."""
    WRITES.remove_by_labels({"channel": channel})
