"""What the kubelet, the operator and Prometheus may ask: /healthz, /readyz, /status, /metrics."""

from datetime import UTC, datetime

from aiohttp import web

from telstar_simlive.channel import Channel
from telstar_simlive.feed import Feed
from telstar_simlive.keeper import Keeper
from telstar_simlive.metrics import Metrics
from telstar_simlive.supervisor import Supervisor, wall_clock

_STUCK = 30_000  # milliseconds after which a supervisor that does not look is not alive


def readiness(now: int, newest_end: int | None, segment: int) -> str | None:
    """Why the channel is not streaming, or None when it is: milliseconds all.

    It is when its newest slot ended no longer ago than three slots and two seconds.
    """
    if newest_end is None:
        return "no slot was published yet"
    age = now - newest_end
    if age > 3 * segment + 2000:
        return f"the newest slot ended {age / 1000:.1f} s ago"
    return None


class Health:
    """The endpoints over one channel at work."""

    def __init__(
        self, channel: Channel, supervisor: Supervisor, feed: Feed, keeper: Keeper, metrics: Metrics
    ) -> None:
        self._channel, self._supervisor, self._feed = channel, supervisor, feed
        self._keeper, self._metrics = keeper, metrics

    def application(self) -> web.Application:
        """The aiohttp application."""
        application = web.Application()
        application.router.add_get("/healthz", self.healthz)
        application.router.add_get("/readyz", self.readyz)
        application.router.add_get("/status", self.status)
        application.router.add_get("/metrics", self.metrics)
        return application

    async def healthz(self, _: web.Request) -> web.Response:
        """200 while the supervisor is at work."""
        silence = wall_clock() - self._supervisor.looked_at
        if silence > _STUCK:
            return web.Response(status=503, text=f"the supervisor has been stuck for {silence // 1000} s\n")
        return web.Response(text="ok\n")

    async def readyz(self, _: web.Request) -> web.Response:
        """200 while slots appear."""
        newest = self._supervisor.newest if self._supervisor.streaming_since else None
        segment = self._channel.spec.segment_duration * 1000
        reason = readiness(wall_clock(), newest.end if newest else None, segment)
        if reason is None:
            return web.Response(text="ok\n")
        return web.Response(status=503, text=f"{reason}; {self._feed.message}\n")

    async def status(self, _: web.Request) -> web.Response:
        """What it does, for people and for the operator; times in RFC 3339."""
        newest, encoder = self._supervisor.newest, self._supervisor.encoder
        oldest, first = self._keeper.stored_from, self._supervisor.streaming_since
        if oldest is None and first is not None:  # a new channel, before the next pass of retention
            oldest = first.start
        body = {
            "channel": self._channel.name,
            "run": self._supervisor.run_number,
            "last_segment_time": _time(newest.end if newest else None),
            "stored_from": _time(oldest),
            "restarts": self._supervisor.restarts,
            "source": {
                "state": self._feed.state.value,
                "message": self._feed.message,
                "faults": self._feed.faults,
            },
            "waiting_for": self._supervisor.waiting_for,
            "log": [f"[{line.level}] {line.message}" for line in encoder.tail] if encoder else [],
        }
        return web.json_response(body)

    async def metrics(self, _: web.Request) -> web.Response:
        """Prometheus' text format."""
        return web.Response(body=self._metrics.render(), content_type="text/plain", charset="utf-8")


def _time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
