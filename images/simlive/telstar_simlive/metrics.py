"""What Prometheus may ask."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from telstar_simlive.journal import Slot

_PREFIX = "telstar_simlive_"


class Metrics:
    """The metrics of one channel's process."""

    def __init__(self, channel: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._slots = self._counter("slots", "Slots published.", "channel").labels(channel)
        self._bytes = self._counter("segment_bytes", "Bytes of segments published.", "channel", "track")
        self._newest = Gauge(
            f"{_PREFIX}newest_slot_end_seconds",
            "When the newest slot ended, since the epoch.",
            ["channel"],
            registry=self._registry,
        ).labels(channel)
        self._lag = Histogram(
            f"{_PREFIX}publish_lag_seconds",
            "Time from a slot's end to its publication.",
            ["channel"],
            buckets=(0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 5, 10),
            registry=self._registry,
        ).labels(channel)
        self.restarts = self._counter("restarts", "Runs that ended by a fault.", "channel").labels(channel)
        self.deleted = self._counter("segments_deleted", "Segments deleted by retention.", "channel").labels(
            channel
        )
        self._channel = channel

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}{name}", text, labels, registry=self._registry)

    def published(self, slot: Slot, lag: int) -> None:
        """A slot was published, so many milliseconds after its end."""
        self._slots.inc()
        self._newest.set(slot.end / 1000)
        self._lag.observe(max(lag, 0) / 1000)
        for track, part in slot.tracks.items():
            self._bytes.labels(self._channel, track).inc(part.size)

    def render(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
