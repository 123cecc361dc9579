"""One process, one event loop, two servers: viewers on one port, the operator with TLS on another."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Iterator
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
from telstar_api.mail.outbox import DemoOutbox
from telstar_api.mail.port import Mail
from telstar_api.mail.smtp import SmtpMail, SmtpServer
from telstar_api.main import internal_app, public_app
from telstar_api.notices import Notices
from telstar_api.settings import Settings
from telstar_api.subscriptions import billing
from telstar_api.subscriptions.payments import DemoPayments, Payments, StripePayments
from telstar_api.tstv.journals import JournalStore

ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - a pod's servers are for others
GRACE_SECONDS = 20
PAYMENTS: dict[str, Payments | None] = {"none": None, "demo": DemoPayments(), "stripe": StripePayments()}

log = structlog.get_logger()


class Server(uvicorn.Server):
    """Leaves signals to `serve`, which stops both servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: one process has one reaction to a signal."""
        yield


def context_of(settings: Settings) -> Context:
    """The parts these settings describe; connects to nothing yet."""
    database, notices, clock = Database.at(settings.database_url), Notices(settings.database_url), Clock()
    tokens = AccessTokens(settings.token_key, settings.verifying_keys)
    return Context(
        settings=settings,
        clock=clock,
        database=database,
        notices=notices,
        tokens=tokens,
        verified_tokens=VerifiedTokens(tokens),
        revocations=Revocations(notices, database),
        licences=Licences(database, notices, settings.warm_facts),
        wrapping=KeyWrapping(settings.key_encryption_key, settings.former_key_encryption_keys),
        journals=JournalStore(settings.segments_path),
        authenticate_operator=TokenReviews(review_in_cluster),
        read_resource=Resources(read_in_cluster),
        key_uses=UseLog(days=settings.key_uses_days),
        mail=_mail(settings, database, clock),
        payments=PAYMENTS[settings.billing],
    )


def _mail(settings: Settings, database: Database, clock: Clock) -> Mail | None:
    if settings.smtp_url is not None:
        return SmtpMail(SmtpServer.at(settings.smtp_url.get_secret_value()), settings.mail_from)
    return DemoOutbox(database, clock) if settings.demo else None


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
    async with _beside(context, stop), asyncio.TaskGroup() as group:
        for server in servers:
            group.create_task(run(server))
    log.info("stopped")


@contextlib.asynccontextmanager
async def _beside(context: Context, stop: Callable[[], None]) -> AsyncIterator[None]:
    """What goes on beside answering, and a little longer; where any of it ends by itself, so do the servers.

    Uses of keys are stored to the last.
    """
    tasks = [asyncio.create_task(context.notices.run())]
    if context.payments is not None:
        tasks.append(
            asyncio.create_task(billing.keep_billing(context.database, context.payments, context.clock))
        )
    for task in tasks:
        task.add_done_callback(lambda _: stop())
    try:
        async with context.key_uses.kept(context.database, context.clock):
            yield
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        await context.database.close()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


def _servers(settings: Settings, context: Context) -> list[Server]:
    public = _server(public_app(context), settings.public_port, proxies=settings.trusted_proxies)
    if not (settings.tls_cert_file and settings.tls_key_file):
        log.warning("no TLS certificate: the internal endpoints are off, no operator can register channels")
        return [public]
    tls = settings.tls_cert_file, settings.tls_key_file
    return [public, _server(internal_app(context), settings.internal_port, tls)]


def _server(
    app: FastAPI,
    port: int,
    tls: tuple[Path, Path] | tuple[None, None] = (None, None),
    proxies: str = "",
) -> Server:
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
        # From these peers alone X-Forwarded-For and X-Forwarded-Proto are believed.
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies.replace(" ", ""),
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config)
