"""`telstar-operator`: settings and registration, nothing else."""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import kopf
import structlog
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration
from pydantic import ValidationError

from telstar_operator.cluster import Cluster
from telstar_operator.handlers import watching
from telstar_operator.handlers.departing import Departing
from telstar_operator.handlers.listing import keep_listing, list_at_start
from telstar_operator.handlers.looking import Looks
from telstar_operator.handlers.reconciling import Reconciler, utc_now
from telstar_operator.handlers.worker import Workers
from telstar_operator.progress import Progress
from telstar_operator.registry import Registry
from telstar_operator.serving import serve
from telstar_operator.settings import Settings
from telstar_operator.simlive import SimLive
from telstar_operator.store import Store


def configure_logging() -> None:
    """JSON lines; libraries only from warnings on, since their finer logs show bodies and URLs."""
    logging.basicConfig(format="%(message)s", stream=sys.stdout, level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


async def client_configuration() -> Configuration:
    """The pod's own account in a cluster, else the kubeconfig."""
    configuration = Configuration()
    configuration.connection_pool_maxsize = 50
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        config.load_incluster_config(configuration)
    else:
        await config.load_kube_config(client_configuration=configuration)
    return configuration


def kopf_registry(
    store: Store, workers: Workers, stop: Callable[..., Awaitable[None]]
) -> kopf.OperatorRegistry:
    """Kopf's handlers: how to sign in, what to watch, and what to stop before it ends."""
    registry = kopf.OperatorRegistry()
    in_cluster = bool(os.environ.get("KUBERNETES_SERVICE_HOST"))

    sign_in = kopf.login_with_service_account if in_cluster else kopf.login_with_kubeconfig
    kopf.on.login(registry=registry)(sign_in)
    kopf.on.cleanup(registry=registry)(stop)
    watching.register(registry, store, workers)
    return registry


async def operate(settings: Settings) -> None:
    """Run until a signal ends kopf."""
    progress = Progress(listed_at=time.monotonic())
    store = Store()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(ApiClient(await client_configuration()))
        api = await stack.enter_async_context(
            Registry(settings.registry_url, settings.registry_ca_file, settings.registry_token_file)
        )
        simlive = SimLive()
        stack.push_async_callback(simlive.close)
        cluster = Cluster(client, settings.namespace)

        def wake(channel: str) -> None:
            workers.wake(channel)

        looks = Looks(simlive.ask, wake)
        departing = Departing(
            store, cluster, api, settings.runtime, settings.namespace, settings.instance, utc_now
        )
        reconciler = Reconciler(store, cluster, api, departing, settings.instance, looks)
        workers = Workers(reconciler.reconcile, progress)
        runner = await serve(progress, store, departing.leaving, cluster.time, settings.http_port)
        stack.push_async_callback(runner.cleanup)
        await list_at_start(store, cluster, workers)
        tasks = [
            asyncio.create_task(keep_listing(store, cluster, api, workers, progress), name="listing"),
            asyncio.create_task(looks.keep_looking(), name="looking"),
        ]

        async def stop(**_: Any) -> None:
            for task in tasks:
                task.cancel()
            await looks.stop()
            await workers.stop()

        kopf_settings = kopf.OperatorSettings()
        watching.configure(kopf_settings)
        structlog.get_logger().info("started", namespace=settings.namespace)
        await kopf.operator(
            registry=kopf_registry(store, workers, stop),
            settings=kopf_settings,
            namespaces=[settings.namespace],
            standalone=True,
        )


def main() -> None:
    """Entry point; ends at once, saying which settings are wrong, where they are."""
    configure_logging()
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(
            "\n".join(f"TELSTAR_OPERATOR_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        )
    asyncio.run(operate(settings))
