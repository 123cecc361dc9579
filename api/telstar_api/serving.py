"""One process, one event loop, two servers: viewers on one port, the operator with TLS on another."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI

from telstar_api.auth.revocation import Revocations
from telstar_api.auth.tokens import AccessTokens
from telstar_api.auth.verified import VerifiedTokens
from telstar_api.channels.operator_identity import TokenReviews, review_in_cluster
from telstar_api.channels.resources import Resources, read_in_cluster
from telstar_api.clock import Clock
from telstar_api.context import Context
from telstar_api.database import Database
from telstar_api.drm.service import Licences
from telstar_api.keys.uses import UseLog
from telstar_api.keys.wrapping import KeyWrapping
from telstar_api.main import internal_app, public_app
from telstar_api.notices import Notices
from telstar_api.settings import Settings
from telstar_api.tstv.journals import JournalStore

ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - a pod's servers are for others
GRACE_SECONDS = 20

log = structlog.get_logger()


class Server(uvicorn.Server):
    """Leaves signals to `serve`, which stops both servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: one process has one reaction to a signal."""
        yield


def context_of(settings: Settings) -> Context:
    """The parts these settings describe; connects to nothing yet."""
    database, notices = Database.at(settings.database_url), Notices(settings.database_url)
    tokens = AccessTokens(settings.token_key)
    return Context(
        settings=settings,
        clock=Clock(),
        database=database,
        notices=notices,
        tokens=tokens,
        verified_tokens=VerifiedTokens(tokens),
        revocations=Revocations(notices, database),
        licences=Licences(database, notices),
        wrapping=KeyWrapping(settings.key_encryption_key, settings.former_key_encryption_keys),
        journals=JournalStore(settings.segments_path),
        authenticate_operator=TokenReviews(review_in_cluster),
        read_resource=Resources(read_in_cluster),
        key_uses=UseLog(days=settings.key_uses_days),
    )


async def serve(settings: Settings) -> None:
    """Answer until SIGTERM or SIGINT; requests under way get GRACE_SECONDS to end."""
    context = context_of(settings)
    servers = _servers(settings, context)

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)

    async def run(server: Server) -> None:
        try:
            await server.serve()
        finally:
            stop()

    log.info("serving", ports=[server.config.port for server in servers])
    hearing = asyncio.create_task(context.notices.run())
    hearing.add_done_callback(lambda _: stop())
    try:
        # Uses of keys are stored to the last: the servers have ended by then.
        async with context.key_uses.kept(context.database, context.clock), asyncio.TaskGroup() as group:
            for server in servers:
                group.create_task(run(server))
    finally:
        hearing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await hearing
        await context.database.close()
    log.info("stopped")


def _servers(settings: Settings, context: Context) -> list[Server]:
    public = _server(public_app(context), settings.public_port)
    if not (settings.tls_cert_file and settings.tls_key_file):
        log.warning("no TLS certificate: the internal endpoints are off, no operator can register channels")
        return [public]
    tls = settings.tls_cert_file, settings.tls_key_file
    return [public, _server(internal_app(context), settings.internal_port, tls)]


def _server(app: FastAPI, port: int, tls: tuple[Path, Path] | tuple[None, None] = (None, None)) -> Server:
    config = uvicorn.Config(
        app,
        host=ALL_ADDRESSES,
        port=port,
        ssl_certfile=tls[0],
        ssl_keyfile=tls[1],
        # Access logs would hold session tokens, which stand in manifests' paths.
        access_log=False,
        log_config=None,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config)
