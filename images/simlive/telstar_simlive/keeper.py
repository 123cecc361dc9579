"""Retention at work: a pass a minute beside the supervisor."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from telstar_simlive.channel import ConfigurationError, load_channel
from telstar_simlive.journal import JournalError, JournalReader
from telstar_simlive.metrics import Metrics
from telstar_simlive.retention import LIMIT, expire

_PERIOD = 60.0


class Keeper:
    """Keeps a channel's folder to its retention. `stored_from` is where the stored time began (ms)."""

    def __init__(
        self, channel_path: Path, channel_file: Path, metrics: Metrics, clock: Callable[[], int]
    ) -> None:
        self._path, self._file, self._metrics, self._clock = channel_path, channel_file, metrics, clock
        self._reader = JournalReader(channel_path)
        self._log = structlog.get_logger()
        self.stored_from = self._reader.stored_from

    async def keep(self) -> None:
        """Passes, until cancelled. A pass that fails is logged and tried again a minute later."""
        while True:
            try:
                deleted = await asyncio.to_thread(self._pass)
            except (JournalError, OSError, ConfigurationError) as error:
                self._log.error("retention failed", reason=str(error))
                deleted = 0
            # More may be due after a full bite: go on soon, but let the encoder have the disk between.
            await asyncio.sleep(1 if deleted == LIMIT else _PERIOD)

    def _pass(self) -> int:
        """Reads channel.json anew: a changed retention restarts nothing."""
        retention = load_channel(self._file).spec.retention * 1000
        self._reader.refresh()
        deleted = expire(self._path, self._reader, self._clock(), retention)
        self._reader.refresh()
        self.stored_from = self._reader.stored_from
        self._metrics.deleted.inc(deleted)
        if deleted:
            self._log.info("retention", deleted=deleted, stored_from=self.stored_from)
        return deleted
