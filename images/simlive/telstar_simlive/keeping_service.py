"""The process of `telstar-simlive keep`: asks, passes over the volume, and answers /healthz and /metrics."""

import asyncio
import signal
import time
from pathlib import Path

import aiohttp
import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics, generate_latest
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from telstar_simlive.keeping import Retention, Volume
from telstar_simlive.second_opinion import DIFFERS, believed, milliseconds
from telstar_simlive.volume import measure

_PREFIX = "telstar_keeper_"
_STUCK = 1800  # seconds without any progress: one bite on the slowest of volumes takes a fraction of it
_PATIENCE = aiohttp.ClientTimeout(total=10)


class KeepSettings(BaseSettings):
    """Where the volume is, whom to ask and how often (seconds), and the port; prefix TELSTAR_SIMLIVE_."""

    model_config = SettingsConfigDict(env_prefix="TELSTAR_SIMLIVE_", frozen=True)

    segments_path: Path = Path("/segments")
    retention_url: str = "http://telstar-operator:8080/retention"
    keep_period: float = Field(default=60, gt=0)
    http_port: int = Field(default=8080, ge=0, le=65535)


class OperatorUnavailable(Exception):  # noqa: N818 - it is no fault of this process
    """The operator cannot be asked, so nothing may be deleted."""


class KeepMetrics:
    """What Prometheus may ask."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.deleted = self._gauge("segments_deleted", "Segments deleted since the start.")
        self.removed = self._gauge("folders_removed", "Folders of former channels removed since the start.")
        self.faults = self._gauge("faulty_folders", "Folders that the last pass could not keep.")
        self.last_pass = self._gauge("last_pass_timestamp_seconds", "When a pass was last completed.")
        self.free = self._gauge("volume_free_bytes", "Free on the segment volume.")
        self.total = self._gauge("volume_total_bytes", "Size of the segment volume.")
        self.clock_off = self._gauge(
            "clock_off_seconds", "How far this clock is ahead of the Kubernetes API server's."
        )
        self.unanswered = Counter(
            f"{_PREFIX}unanswered", "Times that the operator could not be asked.", registry=self.registry
        )

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"{_PREFIX}{name}", text, registry=self.registry)


class KeepService:
    """Passes over the volume, until cancelled."""

    def __init__(self, settings: KeepSettings) -> None:
        self._settings, self.volume, self.metrics = settings, Volume(settings.segments_path), KeepMetrics()
        self._log = structlog.get_logger()

    async def keep(self) -> None:
        """A pass a minute. Where the operator cannot be asked, nothing is deleted."""
        async with aiohttp.ClientSession(timeout=_PATIENCE) as session:
            while True:
                try:
                    await self._pass(await self._ask(session))
                except OperatorUnavailable as error:
                    self.metrics.unanswered.inc()
                    self._log.error("nothing is deleted", reason=str(error))
                except OSError as error:
                    self._log.error("the volume cannot be read", reason=str(error))
                self.volume.progress = time.monotonic()
                await asyncio.sleep(self._settings.keep_period)

    async def _ask(self, session: aiohttp.ClientSession) -> Retention:
        url = self._settings.retention_url
        try:
            async with session.get(url, raise_for_status=True) as answer:
                return Retention.model_validate_json(await answer.read())
        except (aiohttp.ClientError, TimeoutError, ValidationError) as error:
            raise OperatorUnavailable(f"{url} cannot be asked: {error or type(error).__name__}") from error

    async def _pass(self, retention: Retention) -> None:
        own, other = time.time_ns() // 1_000_000, milliseconds(retention.now)
        self.metrics.clock_off.set((own - other) / 1000)
        if own - other > DIFFERS:
            self._log.error("this clock is ahead of the API server's", seconds=(own - other) / 1000)
        faults = await asyncio.to_thread(self.volume.keep, retention, believed(own, other))
        for name, reason in faults.items():
            self._log.error("folder not kept", folder=name, reason=reason)
        free, total = await asyncio.to_thread(measure, self._settings.segments_path)
        self.metrics.faults.set(len(faults))
        self.metrics.deleted.set(self.volume.deleted)
        self.metrics.removed.set(self.volume.removed)
        self.metrics.free.set(free)
        self.metrics.total.set(total)
        self.metrics.last_pass.set_to_current_time()

    async def healthz(self, _: web.Request) -> web.Response:
        """200 while it makes progress; that the operator is away is no reason to be restarted."""
        silence = time.monotonic() - self.volume.progress
        if silence > _STUCK:
            return web.Response(status=503, text=f"no progress for {silence:.0f} s: is the volume stuck?\n")
        return web.Response(text="ok\n")

    async def render(self, _: web.Request) -> web.Response:
        """Prometheus' text format."""
        body = generate_latest(self.metrics.registry)
        return web.Response(body=body, content_type="text/plain", charset="utf-8")


async def keep(settings: KeepSettings) -> None:
    """Keeps the volume until SIGTERM or SIGINT; a pass ends after its present bite.

    Raises:
        OSError: the port cannot be had.
    """
    service, log = KeepService(settings), structlog.get_logger()
    application = web.Application()
    application.router.add_get("/healthz", service.healthz)
    application.router.add_get("/metrics", service.render)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=settings.http_port).start()
    keeping = asyncio.create_task(service.keep())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, keeping.cancel)
    log.info("keeping", path=str(settings.segments_path), addresses=runner.addresses)
    try:
        await keeping
    except asyncio.CancelledError:
        log.info("stopped")
    finally:
        service.volume.stopping = True
        await runner.cleanup()
