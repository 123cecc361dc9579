"""A channel's folder, made by hand or by the real SimLive with the real FFmpeg."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from support.waiting import wait_until
from telstar_simlive.journal import JournalReader, JournalWriter, Slot, TrackPart

KID = "0123456789abcdef0123456789abcdef"
KEY = "00112233445566778899aabbccddeeff"
DAY = 1795305600_000
"""A midnight, UTC, in milliseconds since the epoch: 2026-11-22."""


def slot(sequence: int, start: int, run: int = 1, duration: int = 4000) -> Slot:
    """A slot of two tracks."""
    parts = {"720p": TrackPart(duration, 1_000_000 + sequence), "audio": TrackPart(duration + 11, 64_000)}
    return Slot(sequence, run, start, duration, parts)


@pytest.fixture
def make_slot() -> Callable[..., Slot]:
    return slot


@pytest.fixture
def filled(tmp_path: Path) -> Callable[..., Path]:
    """A channel's folder whose journal holds slots of 4 s, one after another."""

    def fill(count: int, start: int = DAY, run: int = 1, step: int = 4000) -> Path:
        writer = JournalWriter(tmp_path)
        first = writer.last.sequence + 1 if writer.last else 1
        for index in range(count):
            writer.append(slot(first + index, start + index * step, run + (index if step > 4000 else 0)))
        return tmp_path

    return fill


def channel_file(source: dict[str, Any], **spec: Any) -> str:
    """channel.json of a small channel with slots of 2 s."""
    renditions = [
        {"name": "180p", "width": 320, "height": 180, "videoBitrate": "400k"},
        {"name": "90p", "width": 160, "height": 90, "videoBitrate": "100k"},
    ]
    defaults = {"displayName": "Test: 'one' %{two}", "number": 1, "segmentDuration": "2s", "retention": "1h"}
    content = {**defaults, "source": source, "renditions": renditions, **spec}
    revision = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
    return json.dumps({"name": "test", "revision": revision, "spec": content})


class SimLive:
    """`telstar-simlive run` on a folder of its own."""

    def __init__(self, folder: Path, source: dict[str, Any], **spec: Any) -> None:
        self.segments, self.folder, self._source, self._spec = folder / "segments", folder, source, spec
        self.segments.mkdir()
        self.set_keys(kid=KID, key=KEY)
        self.configure()
        self.log_file = folder / "log"
        self.settings: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def replace(self, name: str, content: str) -> None:
        """Writes a file of its configuration at once, as the kubelet does."""
        new = self.folder / f".{name}.new"
        new.write_text(content)
        new.replace(self.folder / name)

    def configure(self, source: dict[str, Any] | None = None, **spec: Any) -> str:
        """Changes its channel.json; the revision."""
        self._source, self._spec = source or self._source, self._spec | spec
        content = channel_file(self._source, **self._spec)
        self.replace("channel.json", content)
        revision: str = json.loads(content)["revision"]
        return revision

    def set_keys(self, **files: str) -> None:
        """Lays its key files out as the kubelet does: all at once, by a link."""
        keys = self.folder / "keys"
        keys.mkdir(exist_ok=True)
        version = Path(tempfile.mkdtemp(prefix="..v", dir=keys))
        for name, content in files.items():
            (version / name.replace("_", "-")).write_text(content)
        (keys / "..new").symlink_to(version.name)
        (keys / "..new").replace(keys / "..data")

    def start(self) -> None:
        """Starts it on a free port."""
        environment = os.environ | {
            "TELSTAR_SIMLIVE_CHANNEL_FILE": str(self.folder / "channel.json"),
            "TELSTAR_SIMLIVE_KEY_DIRECTORY": str(self.folder / "keys"),
            "TELSTAR_SIMLIVE_SEGMENTS_PATH": str(self.segments),
            "TELSTAR_SIMLIVE_SPOOL_PATH": str(self.folder / "spool"),
            "TELSTAR_SIMLIVE_HTTP_PORT": "0",
            **self.settings,
        }
        with self.log_file.open("ab") as log:
            command = [sys.executable, "-m", "telstar_simlive", "run"]
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def log(self) -> list[dict[str, Any]]:
        """The lines of its log; each must be JSON."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of one event."""
        return [line for line in self.log() if line["event"] == event]

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        assert self._process is not None
        return self._process.pid

    def signal(self, number: signal.Signals) -> int:
        """Sends a signal and waits for the end; the exit code."""
        self.tell(number)
        return self.wait()

    def end(self) -> None:
        """Ends it whatever state it is in."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(20)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of its health server's answer."""
        started = wait_until("the health server", lambda: self.logged("listening"), 20)
        (port,) = (address[1] for address in started[-1]["addresses"] if address[0] == "0.0.0.0")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def status(self) -> dict[str, Any]:
        """What /status says."""
        code, body = self.get("/status")
        assert code == 200, body
        answer: dict[str, Any] = json.loads(body)
        return answer

    def slots(self) -> list[Slot]:
        """The journal's slots so far."""
        return list(JournalReader(self.segments))

    def ffmpeg(self) -> int:
        """The process id of the newest encoder."""
        return int(self.logged("run started")[-1]["encoder"])

    def tell(self, number: int) -> None:
        """Sends a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, seconds: float = 30) -> int:
        """Waits for its end; the exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def wait_for_slots(self, count: int, run: int, seconds: float = 60) -> list[Slot]:
        """Waits until a run has published so many slots."""

        def published() -> list[Slot] | None:
            assert self._process is not None
            assert self._process.poll() is None, f"SimLive ended: {self.log()[-3:]}"
            slots = [one for one in self.slots() if one.run == run]
            return slots if len(slots) >= count else None

        return wait_until(f"{count} slots of run {run}", published, seconds)


@pytest.fixture(scope="module")
def make_simlive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., SimLive]]:
    made: list[SimLive] = []

    def make(source: dict[str, Any], **spec: Any) -> SimLive:
        made.append(SimLive(tmp_path_factory.mktemp("simlive"), source, **spec))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture(scope="session")
def ffmpeg() -> Callable[..., None]:
    """Runs FFmpeg, for making media."""

    def run(*arguments: str | Path) -> None:
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
        subprocess.run(command, check=True, timeout=120)

    return run
