"""A channel with real, encrypted segments and many keys: encoded ahead, stored as each slot's time comes."""

import secrets
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg
from telstar_simlive.journal import AudioTrack, VideoTrack, init_path, segment_path

from support.tape import Tape, write

SLOT = 2000  # milliseconds
FRAME_RATE = 25
VIDEO = VideoTrack(
    name="180p", codecs="avc1.64000d", width=320, height=180, frame_rate=FRAME_RATE, bandwidth=400_000
)
AUDIO = AudioTrack(name="audio", codecs="mp4a.40.2", channels=2, sample_rate=48000, bandwidth=80_000)


@dataclass(frozen=True)
class Key:
    """A content key: hexadecimal digits, and since when it is in force (milliseconds since the epoch)."""

    valid_from: int
    kid: str = field(default_factory=lambda: secrets.token_hex(16))
    key: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass
class RotatingChannel:
    """A channel whose key changes every `period` milliseconds, without a gap.

    `start` is a whole second in milliseconds since the epoch, `period` a multiple of SLOT.
    """

    folder: Path
    start: int
    period: int
    periods: int
    keys: list[Key] = field(init=False)
    tape: Tape = field(init=False)
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.keys = [Key(self.start + number * self.period) for number in range(self.periods)]
        self.tape = Tape(start=self.start, slot=SLOT)

    @property
    def end(self) -> int:
        """Where the last slot ends."""
        return self.start + self.periods * self.period

    def encode(self) -> None:
        """Every run's segments, in a small part of the time they last."""
        for number, key in enumerate(self.keys, start=1):
            self.tape.record(self.period // SLOT, tracks=(VIDEO, AUDIO), kid=key.kid, lag=300)
            spool = self.folder / ".spool" / str(number)
            for track in ("180p", "audio"):
                (spool / track).mkdir(parents=True)
            subprocess.run(_command(key, self.period), cwd=spool, check=True, timeout=120)
            self._take(spool, number)
        shutil.rmtree(self.folder / ".spool")

    def _take(self, spool: Path, run: int) -> None:
        """Give the segments the names that the volume wants."""
        for index, track in enumerate(("180p", "audio")):
            _move(spool / track / f"init_{index}.mp4", self.folder / init_path(track, run))
            for position, slot in enumerate(slot for slot in self.tape.slots if slot.run == run):
                name = segment_path(track, slot.start, run, slot.sequence)
                _move(spool / track / f"{position:06}.m4s", self.folder / name)

    def broadcast(self) -> threading.Thread:
        """Journal each slot when it is due, until the last one or `stop`."""

        def run() -> None:
            while not self.ended.wait(0.2):
                now = time.time_ns() // 1_000_000
                write(self.tape, self.folder, until=now)
                if now > self.end + 1000:
                    return

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Store no more."""
        self.ended.set()


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def _command(key: Key, milliseconds: int) -> list[str]:
    group = str(FRAME_RATE * SLOT // 1000)
    encryption = f"encryption_scheme=cenc-aes-ctr:encryption_key={key.key}:encryption_kid={key.kid}"
    return [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
        *("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate={FRAME_RATE}"),
        *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"),
        *("-t", str(milliseconds / 1000), "-map", "0:v", "-map", "1:a"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-pix_fmt", "yuv420p"),
        *("-profile:v", "high", "-g", group, "-keyint_min", group, "-sc_threshold", "0", "-bf", "0"),
        *("-c:a", "aac", "-b:a", "64k", "-ac", "2"),
        *("-output_ts_offset", str(key.valid_from // 1000), "-f", "hls", "-hls_time", str(SLOT // 1000)),
        *("-hls_segment_type", "fmp4", "-hls_segment_options", f"movflags=+frag_discont:{encryption}"),
        *("-hls_flags", "independent_segments", "-hls_list_size", "0", "-start_number", "0"),
        *("-hls_segment_filename", "%v/%06d.m4s", "-hls_fmp4_init_filename", "init.mp4"),
        *("-var_stream_map", "v:0,name:180p a:0,name:audio", "%v/index.m3u8"),
    ]
