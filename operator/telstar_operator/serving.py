"""Liveness, metrics, and what the keeper must know, over HTTP."""

import time
from collections.abc import Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from telstar_operator.api_time import ApiTime
from telstar_operator.handlers.departing import Leaving
from telstar_operator.progress import Progress
from telstar_operator.resources import ChannelSpec, seconds, written
from telstar_operator.store import Store

RETENTION = ChannelSpec.model_fields["retention"].default


def application(
    progress: Progress, store: Store, leaving: Mapping[str, Leaving], clock: ApiTime
) -> web.Application:
    """GET /healthz: 200, or 503 with what does not move any more. GET /metrics: Prometheus text.

    GET /time: the Kubernetes API server's; 503 before it is known. GET /retention: how long every Channel's
    segments are kept, in seconds, with that time; 503 before all are known.
    GET /leaving: deleted Channels that are not seen off yet, and what each waits for.
    """

    async def healthz(_: web.Request) -> web.Response:
        complaint = progress.complaint(time.monotonic())
        return web.Response(text=complaint or "ok", status=503 if complaint else 200)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def retention(_: web.Request) -> web.Response:
        now = clock.now(time.monotonic())
        if not store.complete or now is None:
            return web.Response(text="the Channels have not been listed yet; ask again", status=503)
        return web.json_response({"now": written(now), "channels": retentions(store)})

    async def the_time(_: web.Request) -> web.Response:
        now = clock.now(time.monotonic())
        if now is None:
            return web.Response(text="the API server has not answered yet; ask again", status=503)
        return web.json_response({"now": written(now)})

    async def departing(_: web.Request) -> web.Response:
        return web.json_response({"channels": departures(leaving)})

    app = web.Application()
    app.add_routes(
        [
            web.get("/healthz", healthz),
            web.get("/metrics", metrics),
            web.get("/retention", retention),
            web.get("/leaving", departing),
            web.get("/time", the_time),
        ]
    )
    return app


def departures(leaving: Mapping[str, Leaving]) -> list[dict[str, str | None]]:
    """[{"name", "uid", "reclaim_policy", "reason", "message"}], by name."""
    return [
        {
            "name": name,
            "uid": one.former.uid,
            "reclaim_policy": one.former.policy,
            "reason": one.awaits.reason,
            "message": one.awaits.message,
        }
        for name, one in sorted(leaving.items())
    ]


def retentions(store: Store) -> dict[str, dict[str, int]]:
    """{"retention_seconds": …} by name of every Channel that there is, those on their way out included."""
    told = {}
    for name in store.names("Channel"):
        spec = (store.get("Channel", name) or {}).get("spec") or {}
        told[name] = {"retention_seconds": seconds(spec.get("retention") or RETENTION)}
    return told


async def serve(
    progress: Progress, store: Store, leaving: Mapping[str, Leaving], clock: ApiTime, port: int
) -> web.AppRunner:
    """Listen on all addresses; the runner is the caller's to clean up."""
    runner = web.AppRunner(application(progress, store, leaving, clock), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, None, port).start()
    return runner
