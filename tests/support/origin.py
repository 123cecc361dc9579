"""Page, API and segments at one address, as the edge puts them together, in this process."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from telstar_api.serving import Server

from support.waiting import wait_until


def joined(api: ASGIApp, segments: Path, page: Path) -> ASGIApp:
    """One application of the three."""
    stored, assets = StaticFiles(directory=segments), StaticFiles(directory=page)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "/")
        if scope["type"] == "lifespan" or path.startswith("/api/"):
            await api(scope, receive, send)
        elif path.startswith("/hls/"):
            await stored({**scope, "path": path.removeprefix("/hls")}, receive, send)
        elif (page / path[1:]).is_file():
            await assets(scope, receive, send)
        else:
            await FileResponse(page / "index.html")(scope, receive, send)

    return application


@contextmanager
def served(application: ASGIApp) -> Iterator[str]:
    """The address at which it listens, until the end."""
    server = Server(uvicorn.Config(application, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        wait_until("the server to listen", lambda: server.started, 20)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
