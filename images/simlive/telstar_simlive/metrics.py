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


class _Total:
    """A counter of what is counted elsewhere."""

    def __init__(self, counter: Counter) -> None:
        self._counter, self._seen = counter, 0

    def reach(self, value: int) -> None:
        """It is counted so far; less than before where it is counted from 0 again."""
        self._counter.inc(value - self._seen if value >= self._seen else value)
        self._seen = value


class Metrics:
    """The metrics of one channel's process."""

    def __init__(self, channel: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry, self._channel = CollectorRegistry(), channel
        self._slots = self._counter("slots", "Slots stored.")
        self._bytes = Counter(
            f"{_PREFIX}segment_bytes",
            "Bytes of segments stored.",
            ["channel", "track"],
            registry=self._registry,
        )
        self._newest = self._gauge("newest_slot_end_seconds", "When the newest slot ended, since the epoch.")
        self._lag = Histogram(
            f"{_PREFIX}publish_lag_seconds",
            "Time from a slot's end until it was stored.",
            ["channel"],
            buckets=(0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 5, 10, 30, 60, 180),
            registry=self._registry,
        ).labels(channel)
        self.restarts = self._counter("restarts", "Runs that ended by a fault.")
        self.successions = self._counter("successions", "Runs that followed another without a gap.")
        self.lost = self._counter("slots_lost", "Slots given up because the volume was too slow or too full.")
        self.evicted = self._counter("slots_evicted", "Slots given up before their time for want of room.")
        self.deleted = self._counter("segments_deleted", "Segments deleted by retention.")
        self._key = Gauge(
            f"{_PREFIX}key_in_force_info",
            "1 for the key of the run that is on the air.",
            ["channel", "kid"],
            registry=self._registry,
        )
        self._state = Gauge(
            f"{_PREFIX}source_state",
            "1 for what is on the air: preferred, a backup, or the slate.",
            ["channel", "state"],
            registry=self._registry,
        )
        self._switches = _Total(self._counter("source_switches", "Changes of what is on the air."))
        self._repeated = _Total(self._counter("repeated_frames", "Frames given again for want of new ones."))
        self._ahead = self._gauge("clock_ahead_seconds", "How far the channel runs ahead of the wall clock.")
        self.clock_off = self._gauge(
            "clock_off_seconds", "How far this clock is ahead of the Kubernetes API server's."
        )
        self._steps = _Total(self._counter("clock_steps", "How often the wall clock was set."))
        self._late = self._gauge("volume_late_seconds", "How long the oldest unstored slot has waited.")
        self._pending = self._gauge("pending_slots", "Slots that are not stored yet.")
        self._free = self._gauge("volume_free_bytes", "Free on the segment volume.")
        self._total = self._gauge("volume_total_bytes", "Size of the segment volume.")

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"{_PREFIX}{name}", text, ["channel"], registry=self._registry).labels(self._channel)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"{_PREFIX}{name}", text, ["channel"], registry=self._registry).labels(self._channel)

    def published(self, slot: Slot, lag: int) -> None:
        """A slot was stored, so many milliseconds after its end."""
        self._slots.inc()
        self._newest.set(slot.end / 1000)
        self._lag.observe(max(lag, 0) / 1000)
        for track, part in slot.tracks.items():
            self._bytes.labels(self._channel, track).inc(part.size)

    def on_air(self, kid: str | None) -> None:
        """A run with this key began."""
        self._key.clear()
        if kid is not None:
            self._key.labels(self._channel, kid).set(1)

    def source(self, state: str, switches: int, repeated: int) -> None:
        """What the playout says."""
        self._state.clear()
        self._state.labels(self._channel, state).set(1)
        self._switches.reach(switches)
        self._repeated.reach(repeated)

    def clock(self, ahead: int, steps: int) -> None:
        """What the timeline says; milliseconds, and a count."""
        self._ahead.set(ahead / 1000)
        self._steps.reach(steps)

    def volume(self, free: int, total: int, late: int, pending: int) -> None:
        """How it is with the volume: bytes, slots, milliseconds."""
        self._free.set(free)
        self._total.set(total)
        self._late.set(late / 1000)
        self._pending.set(pending)

    def render(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
