"""What a channel costs that is copied, and one that is encoded, side by side for the same time.

Run: python tests/bench/copying.py   (half a minute; per cent of one core, so ratios hold on any machine)
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg

sys.path.insert(0, str(Path(__file__).parents[1]))

from telstar_simlive.channel import ChannelSpec
from telstar_simlive.content_keys import ContentKey
from telstar_simlive.copying.command import LIST_FILE, copy_command, copy_list
from telstar_simlive.copying.eligibility import Position, plan_copy
from telstar_simlive.copying.examine import ShapeCache, examine
from telstar_simlive.process import Redactor
from telstar_simlive.setup import Setup

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SECONDS = 20
_ENCODING = ("-c:v", "libx264", "-preset", "ultrafast", "-threads", "2", "-g", "100", "-keyint_min", "100")
_RATES = ("-sc_threshold", "0", "-bf", "0", "-b:v", "2500k", "-maxrate", "2500k", "-bufsize", "1250k")
_SOUND = ("-c:a", "aac", "-b:a", "128k", "-ac", "2")


def make(path: Path) -> None:
    """A file of 60 s, 1280x720."""
    sources = ("-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25", "-f", "lavfi", "-i", "sine=r=48000")
    command = [FFMPEG, "-v", "error", "-y", *sources, "-t", "60", *_ENCODING, *_RATES, *_SOUND]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(path)], check=True)


def spec_of(path: Path) -> ChannelSpec:
    """A channel of one rendition that plays the file."""
    return ChannelSpec.model_validate(
        {
            "displayName": "Bench",
            "source": {"playlist": {"items": [path.as_uri()]}},
            "renditions": [{"name": "720p", "width": 1280, "height": 720, "videoBitrate": "2500k"}],
            "overlay": {"clock": False, "name": False},
        }
    )


def encode_command(copying: list[str], path: Path) -> list[str]:
    """The same run with the file decoded and encoded again, in the one process."""
    loop = ("-re", "-stream_loop", "-1", "-i", str(path), "-map", "0:v:0", "-map", "0:a:0")
    output = copying[copying.index("-output_ts_offset") :]
    return [FFMPEG, "-v", "error", "-nostdin", "-y", *loop, *_ENCODING, *_RATES, *_SOUND, *output]


def cost(command: list[str], folder: Path) -> tuple[float, int]:
    """CPU seconds that a command takes while it runs for SECONDS, and its greatest memory in KiB."""
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(SECONDS)
    process.kill()
    _, _, used = _wait(process)
    return used.ru_utime + used.ru_stime, used.ru_maxrss


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, int, resource.struct_rusage]:
    return os.wait4(process.pid, 0)


async def main() -> None:
    """Print one line a mode."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make(folder / "a.mp4")
        spec = spec_of(folder / "a.mp4")
        began = time.perf_counter()
        plan = plan_copy(spec, await examine(FFMPEG, spec, Redactor({}), ShapeCache()))
        print(f"examined 60 s of 720p in {time.perf_counter() - began:.2f} s")
        key = ContentKey(kid="0" * 32, key="1" * 32)
        setup = Setup(spec.renditions, 25, 128_000, spec.overlay, False, 4000, key)
        copying = copy_command(FFMPEG, setup, int(time.time()))
        costs = {}
        for mode, command in (("encode", encode_command(copying, folder / "a.mp4")), ("copy", copying)):
            run = folder / mode
            for track in setup.tracks:
                (run / track).mkdir(parents=True)
            (run / LIST_FILE).write_text(copy_list(plan, Position(0, 0), 1000))
            costs[mode] = asyncio.create_task(asyncio.to_thread(cost, command, run))
        for mode, task in costs.items():
            cpu, memory = await task
            print(f"{mode:7} {100 * cpu / SECONDS:6.2f} % of a core, {memory / 1024:.0f} MiB")
        ratio = (await costs["encode"])[0] / (await costs["copy"])[0]
        print(f"ratio   {ratio:6.1f}")


if __name__ == "__main__":
    asyncio.run(main())
