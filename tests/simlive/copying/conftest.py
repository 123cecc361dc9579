"""Files in the right shape, made by the real FFmpeg, and runs that copy them."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from telstar_simlive.boxes import InitSegment, MediaSegment, read_init, read_media
from telstar_simlive.channel import ChannelSpec
from telstar_simlive.content_keys import ContentKey
from telstar_simlive.copying.command import LIST_FILE, copy_command, copy_list
from telstar_simlive.copying.eligibility import CopyPlan, Position, plan_copy
from telstar_simlive.copying.examine import ShapeCache, examine
from telstar_simlive.encoder import init_name, segment_name
from telstar_simlive.process import Redactor
from telstar_simlive.setup import Setup

KEY = ContentKey(kid="0123456789abcdef0123456789abcdef", key="00112233445566778899aabbccddeeff")
START = 1795371840
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SEGMENT = 2


@pytest.fixture(scope="session")
def make_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a file of 160x90 at 25 pictures a second with a group of pictures of 2 s; options come last."""
    folder = tmp_path_factory.mktemp("media")

    def make(
        name: str,
        seconds: float,
        *options: str,
        rate: int = 25,
        size: str = "160x90",
        pattern: str = "testsrc2",
    ) -> Path:
        path, group = folder / name, str(rate * SEGMENT)
        command = [
            *(FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i", f"{pattern}=size={size}:rate={rate}"),
            *("-f", "lavfi", "-i", "aevalsrc=sin(880*PI*t)|sin(440*PI*t):s=48000", "-t", str(seconds)),
            *("-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-bf", "0", "-pix_fmt", "yuv420p"),
            *("-g", group, "-keyint_min", group, "-sc_threshold", "0"),
            *("-b:v", "200k", "-maxrate", "200k", "-bufsize", "100k", "-c:a", "aac", "-b:a", "96k"),
            *(*options, str(path)),
        ]
        subprocess.run(command, check=True, timeout=60)
        return path

    return make


@pytest.fixture(scope="session")
def spec_of() -> Callable[..., ChannelSpec]:
    """The spec of a channel that plays files, in the shape that `make_file` gives them."""

    def spec(*items: Path | str, loop: bool = True, **changes: Any) -> ChannelSpec:
        urls = [item.as_uri() if isinstance(item, Path) else item for item in items]
        rendition = {"name": "90p", "width": 160, "height": 90, "videoBitrate": "200k"}
        fields = {
            "displayName": "Copied",
            "source": {"playlist": {"items": urls, "loop": loop}},
            "renditions": [rendition],
            "overlay": {"clock": False, "name": False, "programme": False},
            "segmentDuration": f"{SEGMENT}s",
        }
        return ChannelSpec.model_validate(fields | changes)

    return spec


@pytest.fixture
def plan_for() -> Callable[..., Any]:
    """Examines a channel's files and decides."""

    async def plan(spec: ChannelSpec, cache: ShapeCache | None = None) -> Any:
        shapes = await examine(FFMPEG, spec, Redactor({}), cache or ShapeCache())
        return plan_copy(spec, shapes)

    return plan


@dataclass
class Copied:
    """What a run wrote: of each track the init segment's file and the segments', in order."""

    folder: Path
    tracks: tuple[str, ...]

    def init_file(self, track: str) -> Path:
        return self.folder / track / init_name(self.tracks.index(track))

    def init(self, track: str) -> InitSegment:
        return read_init(self.init_file(track).read_bytes())

    def files(self, track: str) -> list[Path]:
        names = (segment_name(index) for index in range(1_000_000))
        paths = (self.folder / track / name for name in names)
        found = []
        for path in paths:
            if not path.exists():
                return found
            found.append(path)
        return found

    def media(self, track: str) -> list[MediaSegment]:
        init, read = self.init(track), []
        for path in self.files(track):
            with path.open("rb") as file:
                read.append(read_media(file, init))
        return read


@pytest.fixture
def copied(tmp_path: Path) -> Callable[..., Copied]:
    """Copies slots of a plan from a position, as fast as can be."""

    def run(
        spec: ChannelSpec,
        plan: CopyPlan,
        slots: int,
        position: Position | None = None,
        encrypted: bool = True,
    ) -> Copied:
        setup = _setup(spec, KEY if encrypted else None)
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        for track in setup.tracks:
            (folder / track).mkdir(parents=True)
        (folder / LIST_FILE).write_text(copy_list(plan, position or Position(0, 0), slots))
        command = copy_command(FFMPEG, setup, START, paced=False)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return Copied(folder, setup.tracks)

    return run


@pytest.fixture(scope="session")
def setup_for() -> Callable[[ChannelSpec, ContentKey | None], Setup]:
    """What a run of a channel is made with."""
    return _setup


def _setup(spec: ChannelSpec, key: ContentKey | None) -> Setup:
    return Setup(
        renditions=spec.renditions,
        frame_rate=spec.frame_rate,
        audio_bitrate=spec.audio_bitrate,
        overlay=spec.overlay,
        audio_only=False,
        segment=spec.segment_duration * 1000,
        key=key,
    )
