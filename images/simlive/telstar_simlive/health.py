"""What the kubelet, the operator and Prometheus may ask: /healthz, /readyz, /status, /stored, /metrics."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from telstar_simlive.apart import apart
from telstar_simlive.journal import JournalError, JournalReader
from telstar_simlive.keeper import Keeper
from telstar_simlive.metrics import Metrics
from telstar_simlive.playout import Timeline
from telstar_simlive.publisher import Publisher
from telstar_simlive.stored import Stored, summarize
from telstar_simlive.supervisor import Supervisor

_STUCK = 30  # seconds after which a supervisor that does not look is not alive
_MOST_HOURS = 8760
_HOUR = 3_600_000


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


@dataclass(frozen=True)
class AtWork:
    """The parts of a channel at work, once its folder is held."""

    supervisor: Supervisor
    publisher: Publisher
    keeper: Keeper
    timeline: Timeline


class Health:
    """The endpoints over one channel. `at_work` is None while the folder is waited for; `waiting_for` says
    what exactly.
    """

    def __init__(self, channel: str, segments_path: Path, metrics: Metrics) -> None:
        self._channel, self._path, self._metrics = channel, segments_path, metrics
        self._reader: JournalReader | None = None
        self._reading = asyncio.Lock()
        self.at_work: AtWork | None = None
        self.waiting_for = f"the channel's folder {segments_path}"

    def application(self) -> web.Application:
        """The aiohttp application."""
        application = web.Application()
        application.router.add_get("/healthz", self.healthz)
        application.router.add_get("/readyz", self.readyz)
        application.router.add_get("/status", self.status)
        application.router.add_get("/stored", self.stored)
        application.router.add_get("/metrics", self.metrics)
        return application

    async def healthz(self, _: web.Request) -> web.Response:
        """200 while the supervisor is at work, or waits for its folder. A slow volume kills nobody."""
        silence = time.monotonic() - self.at_work.supervisor.looked_at if self.at_work else 0
        if silence > _STUCK:
            return web.Response(status=503, text=f"the supervisor has been stuck for {silence:.0f} s\n")
        return web.Response(text="ok\n")

    async def readyz(self, _: web.Request) -> web.Response:
        """200 while slots appear."""
        if self.at_work is None:
            return web.Response(status=503, text=f"waiting for {self.waiting_for}\n")
        publisher, supervisor = self.at_work.publisher, self.at_work.supervisor
        newest = publisher.newest if publisher.first else None
        segment = supervisor.configuration.channel.spec.segment_duration * 1000
        reason = readiness(self.at_work.timeline.now(), newest.end if newest else None, segment)
        if reason is None:
            return web.Response(text="ok\n")
        source = supervisor.status.message if supervisor.status else "the source is not opened yet"
        return web.Response(status=503, text=f"{reason}; {source}; waiting for {supervisor.waiting_for}\n")

    async def status(self, _: web.Request) -> web.Response:
        """What it does, for people and for the operator; times in RFC 3339."""
        if self.at_work is None:
            body = _nothing_yet(self._channel, self.waiting_for)
        else:
            body = {"channel": self._channel} | _status(self.at_work)
        return web.json_response(body)

    async def stored(self, request: web.Request) -> web.Response:
        """What is stored of the last hours."""
        text = request.query.get("hours", "24")
        if not text.isdecimal() or not 1 <= int(text) <= _MOST_HOURS:
            return web.Response(status=400, text=f"hours must be a whole number from 1 to {_MOST_HOURS}\n")
        now = self.at_work.timeline.now() if self.at_work else time.time_ns() // 1_000_000
        async with self._reading:  # one reader, kept, so that only what is new is read
            try:
                stored = await apart(lambda: self._summary(now, int(text)), "stored")
            except (JournalError, OSError) as error:
                return web.Response(status=503, text=f"the journal cannot be read: {error}\n")
        return web.json_response(_stored(stored))

    def _summary(self, now: int, hours: int) -> Stored:
        self._reader = self._reader or JournalReader(self._path)
        self._reader.refresh()
        newest = self._reader.newest
        until = max(now, newest.end if newest else now)
        slots = self._reader.slots_between(until - hours * _HOUR, until)
        kids = {number: self._reader.run(number).kid for number in {slot.run for slot in slots}}
        return summarize(slots, lambda run: kids[run])

    async def metrics(self, _: web.Request) -> web.Response:
        """Prometheus' text format."""
        return web.Response(body=self._metrics.render(), content_type="text/plain", charset="utf-8")


def _nothing_yet(channel: str, waiting_for: str) -> dict[str, Any]:
    return {
        "channel": channel,
        "revision": None,
        "run": None,
        "kid": None,
        "mode": "encode",
        "mode_reason": "",
        "last_segment_time": None,
        "stored_from": None,
        "restarts": 0,
        "source": {"state": "slate", "since": None, "message": "the source is not opened yet", "faults": {}},
        "next_key": None,
        "clock": {"ahead_seconds": 0.0, "steps": 0, "off_seconds": None},
        "volume": {"free_bytes": 0, "total_bytes": 0, "short": False, "evicted": 0, "late_seconds": 0.0},
        "waiting_for": waiting_for,
        "log": [],
    }


def _status(at_work: AtWork) -> dict[str, Any]:
    supervisor, publisher, timeline = at_work.supervisor, at_work.publisher, at_work.timeline
    run, newest, volume = supervisor.run, publisher.newest, at_work.keeper.volume
    status, keys, off = supervisor.status, supervisor.configuration.keys, at_work.keeper.clock_off
    oldest = at_work.keeper.stored_from
    if oldest is None and publisher.first is not None:  # a new channel, before the next pass of retention
        oldest = publisher.first.start
    upcoming = keys.upcoming if keys else None
    if upcoming is not None and upcoming.since <= timeline.now():
        upcoming = None
    return {
        "revision": supervisor.revision,
        "run": run.shown_number if run else None,
        "kid": run.spool.setup.kid if run else None,
        "mode": run.mode if run else "encode",
        "mode_reason": supervisor.mode_reason,
        "last_segment_time": _time(newest.end if newest else None),
        "stored_from": _time(oldest),
        "restarts": supervisor.restarts,
        "source": {
            "state": status.state if status else "slate",
            "since": _time(status.since if status else None),
            "message": status.message if status else "the source is not opened yet",
            "faults": status.faults if status else {},
        },
        "next_key": {"kid": upcoming.key.kid, "from": _time(upcoming.since)} if upcoming else None,
        "clock": {
            "ahead_seconds": timeline.ahead / 1000,
            "steps": timeline.steps,
            "off_seconds": None if off is None else off / 1000,
        },
        "volume": {
            "free_bytes": volume.free,
            "total_bytes": volume.total,
            "short": volume.short,
            "evicted": volume.evicted,
            "late_seconds": publisher.late / 1000,
        },
        "waiting_for": supervisor.waiting_for,
        "log": [f"[{line.level}] {line.message}" for line in run.encoder.tail] if run else [],
    }


def _stored(stored: Stored) -> dict[str, Any]:
    return {
        "from": _time(stored.start),
        "until": _time(stored.end),
        "slots": stored.slots,
        "bytes": stored.size,
        "gaps": [{"start": _time(gap.start), "end": _time(gap.end)} for gap in stored.gaps],
        "keys": [{"kid": key.kid, "from": _time(key.start), "until": _time(key.end)} for key in stored.keys],
    }


def _time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
