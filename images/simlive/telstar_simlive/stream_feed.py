"""A live feed: srt, rtmp, udp, rtp or http(s)."""

from urllib.parse import urlsplit

from telstar_simlive.channel import Channel
from telstar_simlive.feed import PipeFeed, Tools
from telstar_simlive.source import stream_command


def shown(url: str) -> str:
    """A URL without what may be secret in it: user, password, path and parameters of a live feed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{parts.port}' if parts.port else ''}"


class StreamFeed(PipeFeed):
    """Connects until there is a feed, and plays it until it ends. Each end is the end of a run."""

    def __init__(self, channel: Channel, tools: Tools) -> None:
        super().__init__(channel, tools)
        stream = channel.spec.source.stream
        assert stream is not None
        self._url = stream.url
        self._name = shown(stream.url)

    async def play(self) -> None:
        """Connects again and again, then plays."""
        spec, tools, failures = self._channel.spec, self._tools, 0
        self.message = f"waiting for the feed {self._name}"
        command = stream_command(tools.ffmpeg, self._url, spec, tools.threads)
        player = await self.engage(command)
        while not await player.begins():
            await self.dismiss(player)
            failures += 1
            fault = player.process.fault()
            self.faults[self._name], self.message = fault, f"waiting for the feed {self._name}: {fault}"
            await self.pause(failures)
            player = await self.engage(command)
        self.faults.clear()
        self.message = f"playing the feed {self._name}"
        self._log.info("feed connected", feed=self._name)
        await self.relay(player)
        self.fail(f"the feed {self._name} ended: {player.process.fault()}")
