"""Liveness, metrics, and what the keeper must know, over HTTP."""

import time

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from telstar_operator.progress import Progress
from telstar_operator.resources import ChannelSpec, seconds
from telstar_operator.store import Store

RETENTION = ChannelSpec.model_fields["retention"].default


def application(progress: Progress, store: Store) -> web.Application:
    """GET /healthz: 200, or 503 with what does not move any more. GET /metrics: Prometheus text.

    GET /retention: how long every Channel's segments are kept, in seconds; 503 before all are known.
    """

    async def healthz(_: web.Request) -> web.Response:
        complaint = progress.complaint(time.monotonic())
        return web.Response(text=complaint or "ok", status=503 if complaint else 200)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def retention(_: web.Request) -> web.Response:
        if not store.complete:
            return web.Response(text="the Channels have not been listed yet; ask again", status=503)
        return web.json_response({"channels": retentions(store)})

    app = web.Application()
    app.add_routes(
        [web.get("/healthz", healthz), web.get("/metrics", metrics), web.get("/retention", retention)]
    )
    return app


def retentions(store: Store) -> dict[str, dict[str, int]]:
    """{"retention_seconds": …} by name of every Channel that there is, those on their way out included."""
    told = {}
    for name in store.names("Channel"):
        spec = (store.get("Channel", name) or {}).get("spec") or {}
        told[name] = {"retention_seconds": seconds(spec.get("retention") or RETENTION)}
    return told


async def serve(progress: Progress, store: Store, port: int) -> web.AppRunner:
    """Listen on all addresses; the runner is the caller's to clean up."""
    runner = web.AppRunner(application(progress, store), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, None, port).start()
    return runner
