"""The commands: `telstar-simlive run` and `telstar-simlive purge`."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys

import imageio_ffmpeg
import structlog
from aiohttp import web
from pydantic import ValidationError

from telstar_simlive.channel import Channel, ConfigurationError, ContentKey, load_channel, load_key
from telstar_simlive.feed import Feed, PatternFeed, Tools
from telstar_simlive.health import Health
from telstar_simlive.journal import JournalError
from telstar_simlive.keeper import Keeper
from telstar_simlive.lock import LockedError, locked
from telstar_simlive.metrics import Metrics
from telstar_simlive.playlist_feed import PlaylistFeed, item_name
from telstar_simlive.process import Redactor
from telstar_simlive.purge import purge
from telstar_simlive.recovery import recover
from telstar_simlive.settings import Settings
from telstar_simlive.stream_feed import StreamFeed, shown
from telstar_simlive.supervisor import Supervisor, wall_clock


def main() -> int:
    """The entry point; exit code 1 for what another start may mend, 2 for what a person must mend."""
    arguments = _parser().parse_args()
    _log_as_json()
    log = structlog.get_logger()
    try:
        settings = Settings()
        if arguments.command == "purge":
            removed = purge(settings.segments_path, settings.lock_timeout)
            log.info("channel folder emptied", path=str(settings.segments_path), removed=removed)
        else:
            channel = load_channel(settings.channel_file)
            key = load_key(settings.key_directory) if channel.spec.drm.enabled else None
            with locked(settings.segments_path, settings.lock_timeout):
                asyncio.run(run(settings, channel, key))
    except (ConfigurationError, ValidationError) as error:
        log.critical("cannot start", reason=str(error))
        return 2
    except (LockedError, JournalError, OSError) as error:
        log.critical("failed", reason=str(error))
        return 1
    return 0


async def run(settings: Settings, channel: Channel, key: ContentKey | None) -> None:
    """Runs the channel until SIGTERM or SIGINT; the caller holds the lock of its folder."""
    log = structlog.get_logger()
    recovered = await asyncio.to_thread(recover, settings.segments_path)
    log.info("recovered", **recovered._asdict())
    metrics = Metrics(channel.name)
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    feed = feed_of(channel, Tools(ffmpeg, settings.threads, redactor_of(channel)))
    supervisor = Supervisor(ffmpeg, settings, channel, key, feed, metrics)
    keeper = Keeper(settings.segments_path, settings.channel_file, metrics, wall_clock)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, supervisor.stop)
    runner = web.AppRunner(Health(channel, supervisor, feed, keeper, metrics).application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=settings.http_port).start()
    keeping = asyncio.create_task(keeper.keep())
    log.info("started", channel=channel.name, addresses=runner.addresses)
    try:
        await supervisor.supervise()
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await runner.cleanup()
    log.info("stopped", channel=channel.name)


def feed_of(channel: Channel, tools: Tools) -> Feed:
    """The feed of the channel's source."""
    source = channel.spec.source
    if source.playlist is not None:
        return PlaylistFeed(channel, tools)
    if source.stream is not None:
        return StreamFeed(channel, tools)
    return PatternFeed(channel)


def redactor_of(channel: Channel) -> Redactor:
    """What FFmpeg must not say of the channel's source: user names, passwords, stream keys."""
    source = channel.spec.source
    if source.playlist is not None:
        return Redactor({item: item_name(item) for item in source.playlist.items})
    return Redactor({source.stream.url: shown(source.stream.url)} if source.stream else {})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="telstar-simlive", description="One live channel.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="encode the channel that channel.json describes, until told to stop")
    commands.add_parser("purge", help="empty the channel's folder")
    return parser


def _log_as_json() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


if __name__ == "__main__":
    sys.exit(main())
