"""Playouts at work, received as an encoder would; and media whose every frame can be told apart."""

import asyncio
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import imageio_ffmpeg
from telstar_simlive.channel import Source
from telstar_simlive.playout import EncoderInput, Form, Place, Playout, Timeline, Tools
from telstar_simlive.process import Redactor

FORM = Form(64, 48, 25)
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf")
PIXELS = FORM.width * FORM.height


class Shown(NamedTuple):
    """A frame as received: its clip (the blue difference at its centre), its place in the clip (luma), and
    whether there was sound.
    """

    clip: int
    luma: int
    loud: bool


class Receiver:
    """Reads what an encoder would, as fast as it comes, unless told to pause."""

    def __init__(self, encoder: EncoderInput) -> None:
        self.form = encoder.form
        self.pictures: list[bytes] = []
        self.sound = bytearray()
        self.rest = b""
        self.going = threading.Event()
        self.going.set()
        picture, sound = (os.dup(descriptor) for descriptor in encoder.descriptors)
        encoder.taken()
        self._threads = [
            threading.Thread(target=self._read_pictures, args=(picture,), daemon=True),
            threading.Thread(target=self._read_sound, args=(sound,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _read_pictures(self, descriptor: int) -> None:
        size = self.form.picture_bytes
        with os.fdopen(descriptor, "rb") as source:
            while len(data := source.read(size)) == size:
                self.pictures.append(data)
                self.going.wait()
        self.rest = data

    def _read_sound(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as source:
            while data := source.read(self.form.sound_bytes):
                self.sound += data

    @property
    def over(self) -> bool:
        """Both pipes are at their end."""
        return not any(thread.is_alive() for thread in self._threads)

    def shown(self, start: int = 0) -> list[Shown]:
        """The frames received, of which both parts are there."""
        size, pixels = self.form.sound_bytes, self.form.width * self.form.height
        middle = self.form.height // 4 * (self.form.width // 2) + self.form.width // 4
        count = min(len(self.pictures), len(self.sound) // size)
        frames = []
        for index in range(start, count):
            picture, sound = self.pictures[index], self.sound[index * size : (index + 1) * size]
            samples = struct.unpack(f"<{size // 2}h", sound)
            loud = max(map(abs, samples[size // 4 :])) > 500
            centre = self.form.height // 2 * self.form.width + self.form.width // 2
            frames.append(Shown(picture[pixels + middle], picture[centre], loud))
        return frames


class OnAir:
    """A playout with one receiver after another."""

    def __init__(self, form: Form = FORM, timeline: Timeline | None = None) -> None:
        self.form, self.timeline = form, timeline or Timeline()
        tools = Tools(FFMPEG, 1, Redactor({}), FONT)
        self.playout = Playout(form, tools, self.timeline, "Test: 'one' %{two}")
        self.first = 0

    async def begin(self, *sources: dict[str, Any], place: Place | None = None) -> Receiver:
        """Opens the sources and begins at the next whole second once it is ready."""
        await self.playout.open([Source.model_validate(source) for source in sources], place)
        await until("the playout to be ready", lambda: self.playout.ready, 10)
        return self.attach_at(self.next_second())

    def next_second(self) -> int:
        """The next whole second's first frame."""
        return (self.timeline.now() // 1000 + 1) * self.form.frame_rate

    def attach_at(self, frame: int) -> Receiver:
        """A new receiver from that frame on."""
        encoder = EncoderInput.open(self.form)
        try:
            self.playout.attach(encoder, frame)
        except ValueError:
            encoder.abandon()
            raise
        self.first = frame
        return Receiver(encoder)

    async def frames(self, receiver: Receiver, count: int) -> list[Shown]:
        """Waits for so many frames."""
        seconds = count / self.form.frame_rate + 20
        await until(f"{count} frames", lambda: len(receiver.shown(count - 1)) > 0, seconds)
        return receiver.shown()[:count]


async def until(what: str, look: Callable[[], Any], seconds: float) -> Any:
    """Waits for a truthy answer; raises TimeoutError naming `what`."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := look()):
                await asyncio.sleep(0.05)
            return found
    except TimeoutError:
        raise TimeoutError(f"waited {seconds:g} s for {what}") from None


def descriptors() -> int:
    """How many descriptors this process holds."""
    return len(list(Path("/proc/self/fd").iterdir()))


def run_ffmpeg(*arguments: str | Path) -> None:
    """Makes media."""
    subprocess.run([FFMPEG, "-v", "error", "-y", *map(str, arguments)], check=True, timeout=60)


def numbered(frames: int, clip: int, rate: int = 25, size: str = "64x48") -> str:
    """A picture whose luma is 16 + its number (modulo 200), and whose blue difference is the clip's."""
    return (
        f"color=black:size={size}:rate={rate}:duration={frames / rate},format=yuv420p,"
        f"geq=lum='16+mod(N,200)':cb={clip}:cr=128"
    )


def make_clip(path: Path, frames: int, clip: int, sound: bool = True) -> Path:
    """A lossless clip of numbered frames, with a tone of exactly its length or none."""
    tone = ("-f", "lavfi", "-i", f"sine=440:sample_rate=48000:duration={frames / 25},volume=4")
    inputs = ("-f", "lavfi", "-i", numbered(frames, clip), *(tone if sound else ()))
    run_ffmpeg(*inputs, "-c:v", "ffv1", "-c:a", "pcm_s16le", path)
    return path


def free_port() -> int:
    """A free port of 127.0.0.1, for UDP as for TCP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Senders:
    """Contribution encoders that send without end, until they are stopped."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []

    def send(
        self, url: str, clip: int = 200, sound: bool = True, size: str = "64x48", channels: int = 2
    ) -> Any:
        """Sends a picture of one colour, with a tone, as a transport stream."""
        colour = f"color=black:size={size}:rate=25,format=yuv420p,geq=lum='16+mod(N,200)':cb={clip}:cr=128"
        inputs = ["-re", "-f", "lavfi", "-i", colour]
        if sound:
            inputs += ["-re", "-f", "lavfi", "-i", "sine=440:sample_rate=48000,volume=4"]
        coding = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "12", "-qp", "0"]
        muxing = ["-c:a", "aac", "-ac", str(channels), "-f", "mpegts", "-muxdelay", "0.1"]
        return self.run(*inputs, *coding, *muxing, url)

    def run(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Any FFmpeg."""
        one = subprocess.Popen(
            [FFMPEG, "-v", "error", *arguments], stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        self._started.append(one)
        return one

    def stop(self, one: subprocess.Popen[bytes]) -> None:
        """Kills it, as a lost link would."""
        one.kill()
        one.wait()

    def stop_all(self) -> None:
        """Kills all."""
        for one in self._started:
            self.stop(one)
