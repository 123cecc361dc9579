"""A test pattern at work."""

import asyncio

from telstar_simlive.channel import TestPattern
from telstar_simlive.playout.buffer import file_depth
from telstar_simlive.playout.commands import pattern_command
from telstar_simlive.playout.form import Form
from telstar_simlive.playout.player import Limits
from telstar_simlive.playout.selection import retry_delay
from telstar_simlive.playout.work import SinglePlayerWork
from telstar_simlive.process import Redactor

_LIMITS = Limits(first=15, between=5)
_LONGEST_DELAY = 30.0


class PatternWork(SinglePlayerWork):
    """Plays the pattern; there is nothing about it that could fail but its process."""

    def __init__(
        self, ffmpeg: str, threads: int, redactor: Redactor, form: Form, pattern: TestPattern
    ) -> None:
        super().__init__(ffmpeg, threads, redactor, form)
        self._pattern = pattern

    async def play(self) -> None:
        """Plays, and starts the player again when it has ended."""
        command, failures = pattern_command(self._ffmpeg, self._pattern, self._form), 0
        while True:
            self.message = "a test pattern"
            player = await self.start_player(command, file_depth(self._form))
            try:
                fault = await player.watch(_LIMITS) or "it ended"
            finally:
                await player.end()
            self.failed = not player.buffer.count
            failures = failures + 1 if self.failed else 1
            self.faults["test pattern"] = self.message = f"the test pattern broke off: {fault}"
            self._log.error("test pattern broke off", reason=fault)
            await asyncio.sleep(retry_delay(failures, _LONGEST_DELAY))
