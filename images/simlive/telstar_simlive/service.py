"""`telstar-simlive run`: one channel from start to SIGTERM, put together."""

import asyncio
import errno
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import imageio_ffmpeg
import structlog
from aiohttp import web

from telstar_simlive.apart import apart
from telstar_simlive.configuration import ConfigurationWatch
from telstar_simlive.health import AtWork, Health
from telstar_simlive.journal import JournalWriter
from telstar_simlive.keeper import Keeper
from telstar_simlive.lock import Fence, locked
from telstar_simlive.metrics import Metrics
from telstar_simlive.playout import Timeline, Tools
from telstar_simlive.process import Redactor
from telstar_simlive.publisher import Publisher
from telstar_simlive.recovery import Recovered, recover
from telstar_simlive.redaction import hide
from telstar_simlive.second_opinion import SecondOpinion
from telstar_simlive.settings import Settings
from telstar_simlive.spool import empty_spool
from telstar_simlive.stage import Stage
from telstar_simlive.supervisor import Supervisor

_RELEASE = 3.0  # seconds


class Told:
    """How often the process was told to stop; `first` is set from the first time on."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self._listeners: list[Supervisor] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._tell)

    def _tell(self) -> None:
        self.first.set()
        for listener in self._listeners:
            listener.stop()

    def pass_on(self, supervisor: Supervisor) -> None:
        """Tells this supervisor from now on."""
        self._listeners.append(supervisor)


async def run(settings: Settings) -> None:
    """Runs the channel until it is told to stop. Its health can be asked before its folder is free.

    Raises:
        ConfigurationError: the channel or its key cannot be used.
        LockedError: another process holds the folder, and goes on to.
        FencedError: another process has taken it.
        JournalError: what is stored cannot be gone on from.
        OSError: something that is needed is not there.
    """
    watch = ConfigurationWatch(settings.channel_file, settings.key_directory)
    name = watch.current.channel.name
    metrics, told, log = Metrics(name), Told(), structlog.get_logger()
    health = Health(name, settings.segments_path, metrics)
    async with _serving(health, settings.http_port):
        held = ExitStack()
        try:
            taking = asyncio.ensure_future(
                apart(
                    lambda: held.enter_context(locked(settings.segments_path, settings.lock_timeout)), "lock"
                )
            )
            stopping = asyncio.ensure_future(told.first.wait())
            await asyncio.wait((taking, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if taking.done():
                await _broadcast(settings, watch, health, told, metrics, taking.result())
        finally:
            await _release(held)
    log.info("stopped", channel=name)


async def _release(held: ExitStack) -> None:
    """Gives the folder back; where its volume hangs, the kernel does so when this process ends."""
    try:
        async with asyncio.timeout(_RELEASE):
            await apart(held.close, "release")
    except TimeoutError:
        structlog.get_logger().error("folder not given back", reason=f"the volume hangs for {_RELEASE:.0f} s")


@asynccontextmanager
async def _serving(health: Health, port: int) -> AsyncIterator[None]:
    runner = web.AppRunner(health.application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        structlog.get_logger().info("listening", addresses=runner.addresses)
        yield
    finally:
        await runner.cleanup()


async def _recovered(settings: Settings, fence: Fence, metrics: Metrics) -> Recovered:
    """Puts the folder in order, on a full volume too."""
    path = settings.segments_path
    try:
        return await apart(lambda: recover(path, fence), "recovery")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
    keeper = Keeper(path, settings.channel_file, metrics, Timeline().now, fence.check)
    await apart(keeper.make_room, "room")
    return await apart(lambda: recover(path, fence), "recovery")


async def _broadcast(
    settings: Settings, watch: ConfigurationWatch, health: Health, told: Told, metrics: Metrics, fence: Fence
) -> None:
    """The channel at work in its folder."""
    log, path = structlog.get_logger(), settings.segments_path
    health.waiting_for = f"the channel's folder {path} to be put in order"
    empty_spool(settings.spool_path)
    recovered = await _recovered(settings, fence, metrics)
    log.info("recovered", **recovered._asdict())
    writer = await apart(lambda: JournalWriter(path, fence.check), "journal")
    timeline = Timeline(not_before=writer.last.end if writer.last else 0)
    opinion = SecondOpinion(settings.time_url) if settings.time_url else None
    keeper = await apart(
        lambda: Keeper(path, settings.channel_file, metrics, timeline.now, fence.check, opinion=opinion),
        "keeper",
    )
    publisher = Publisher(path, fence, writer, timeline.now, keeper.make_room, settings.spool_limit, metrics)
    redactor, ffmpeg = Redactor({}), imageio_ffmpeg.get_ffmpeg_exe()
    hide(redactor, watch.current)
    tools = Tools(ffmpeg, settings.threads, redactor, settings.font_file)
    spec = watch.current.channel.spec
    stage = Stage(tools, timeline, spec.sources, spec.display_name)
    supervisor = Supervisor(ffmpeg, settings, watch, stage, publisher, keeper, timeline, redactor, metrics)
    health.at_work = AtWork(supervisor, publisher, keeper, timeline)
    told.pass_on(supervisor)
    if told.first.is_set():
        return
    log.info("started", channel=watch.current.channel.name, revision=watch.current.channel.revision)
    keeping, supervising = asyncio.create_task(keeper.keep()), asyncio.create_task(supervisor.supervise())
    try:
        await asyncio.wait((keeping, supervising), return_when=asyncio.FIRST_COMPLETED)
    finally:
        keeping.cancel()
        if keeping.done():  # only a fence ends it: nothing more may be written
            supervising.cancel()
        await asyncio.wait((keeping, supervising))
    for task in (supervising, keeping):
        if not task.cancelled():
            task.result()
