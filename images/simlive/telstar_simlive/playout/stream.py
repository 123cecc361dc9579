"""A live feed at work: srt, rtmp, udp, rtp or http(s)."""

import asyncio
from urllib.parse import urlsplit

from telstar_simlive.channel import Stream
from telstar_simlive.playout.buffer import file_depth, live_depth
from telstar_simlive.playout.commands import shown, stream_command
from telstar_simlive.playout.form import Form
from telstar_simlive.playout.player import Limits, Player
from telstar_simlive.playout.selection import retry_delay
from telstar_simlive.playout.work import SinglePlayerWork
from telstar_simlive.process import Redactor

_LIMITS = Limits(first=15, between=2, one_sided=2)
_LONGEST_DELAY = 5.0
_SETTLED = 3  # seconds of frames after which a connection counts as good


class StreamWork(SinglePlayerWork):
    """Connects until there is a feed, plays it until it ends or stalls, and connects again."""

    def __init__(self, ffmpeg: str, threads: int, redactor: Redactor, form: Form, stream: Stream) -> None:
        super().__init__(ffmpeg, threads, redactor.plus({stream.url: shown(stream.url)}), form)
        self._url, self._name = stream.url, shown(stream.url)
        # What is fetched comes in bursts (HLS above all), and waits at the sender for us to take it.
        is_fetched = urlsplit(stream.url).scheme in ("http", "https")
        self._depth = (file_depth if is_fetched else live_depth)(form)

    async def play(self) -> None:
        """Connects and plays, for ever."""
        command = stream_command(self._ffmpeg, self._url, self._form, self._threads)
        failures = 0
        self.message = f"waiting for the feed {self._name}"
        while True:
            player = await self.start_player(command, self._depth)
            noting = asyncio.create_task(self._note_connection(player))
            try:
                fault = await player.watch(_LIMITS) or "it ended"
            finally:
                noting.cancel()
                await player.end()
            self.failed = not player.buffer.count
            settled = player.buffer.count >= _SETTLED * self._form.frame_rate
            failures = 1 if settled else failures + 1
            if failures == 1 or self.faults.get(self._name) != fault:
                self._log.error(
                    "feed lost" if player.buffer.count else "no feed", feed=self._name, reason=fault
                )
            self.faults[self._name], self.message = fault, f"waiting for the feed {self._name}: {fault}"
            await asyncio.sleep(retry_delay(failures, _LONGEST_DELAY))

    async def _note_connection(self, player: Player) -> None:
        while not player.buffer.count:
            await asyncio.sleep(0.1)
        self.faults.clear()
        self.message = f"playing the feed {self._name}"
        self._log.info("feed connected", feed=self._name)
