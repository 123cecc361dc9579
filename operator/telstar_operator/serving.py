"""Liveness and metrics over HTTP."""

import time

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from telstar_operator.progress import Progress


def application(progress: Progress) -> web.Application:
    """GET /healthz: 200, or 503 with what does not move any more. GET /metrics: Prometheus text."""

    async def healthz(_: web.Request) -> web.Response:
        complaint = progress.complaint(time.monotonic())
        return web.Response(text=complaint or "ok", status=503 if complaint else 200)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/metrics", metrics)])
    return app


async def serve(progress: Progress, port: int) -> web.AppRunner:
    """Listen on all addresses; the runner is the caller's to clean up."""
    runner = web.AppRunner(application(progress), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, None, port).start()
    return runner
