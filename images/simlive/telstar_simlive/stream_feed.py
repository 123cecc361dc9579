"""A live feed: srt, rtmp, udp, rtp or http(s)."""

from urllib.parse import urlsplit

from telstar_simlive.channel import Channel
from telstar_simlive.feed import PipeFeed, Tools
from telstar_simlive.source import stream_command

_NO_AUDIO = "Stream specifier 'a:0'"


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
        """Tries with audio first: whether a feed has some is only known once it is connected."""
        audio, failures = True, 0
        while True:
            self.message = f"waiting for the feed {self._name}" + (
                f": {self.faults[self._name]}" if self._name in self.faults else ""
            )
            command = stream_command(
                self._tools.ffmpeg, self._url, audio, self._channel.spec, self._tools.threads
            )
            player = await self.engage(command)
            if await player.begins():
                break
            await self.dismiss(player)
            if audio and any(_NO_AUDIO in line.message for line in player.process.tail):
                audio = False
                continue
            audio, failures = True, failures + 1
            self.faults[self._name] = player.process.last_fault()
            self._log.warning("no feed", feed=self._name, reason=self.faults[self._name])
            await self.pause(failures)
        self.faults.clear()
        self.message = f"playing the feed {self._name}" + ("" if audio else ", which has no audio")
        self._log.info("feed connected", feed=self._name, audio=audio)
        await self.relay(player)
        self.fail(f"the feed {self._name} ended: {player.process.last_fault()}")
