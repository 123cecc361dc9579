"""What is to be seen and heard in a channel's stored slots that are in clear."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image
from telstar_simlive.journal import Slot, init_path, segment_path


def clear_media(segments: Path, slots: list[Slot], track: str) -> bytes:
    """Init segment and segments of slots of one run."""
    init = segments / init_path(track, slots[0].run)
    parts = (segments / segment_path(track, slot.start, slot.run, slot.sequence) for slot in slots)
    return init.read_bytes() + b"".join(path.read_bytes() for path in parts)


def decoded(media: bytes, *output: str) -> bytes:
    """What FFmpeg decodes of it, with a complaint about any error."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-v", "error", "-xerror", "-f", "mp4", "-i", "-"),
        *output,
        "-",
    ]
    return subprocess.run(command, input=media, capture_output=True, check=True, timeout=60).stdout


def pictures(media: bytes) -> np.ndarray:
    """Mean red, green and blue of each frame."""
    raw = decoded(media, "-vf", "scale=8:8:flags=area", "-f", "rawvideo", "-pix_fmt", "rgb24")
    return np.frombuffer(raw, np.uint8).reshape(-1, 64, 3).mean(axis=1)


def loudness(media: bytes) -> np.ndarray:
    """Root mean square of the sound of each 40 ms, of 1 at most."""
    raw = decoded(media, "-f", "s16le", "-ac", "1", "-ar", "48000")
    samples = np.frombuffer(raw, np.int16).astype(float) / 32768
    whole = len(samples) // 1920 * 1920
    return np.sqrt((samples[:whole].reshape(-1, 1920) ** 2).mean(axis=1))


def still(media: bytes, folder: Path, filters: str) -> Image.Image:
    """The first picture after filters, three times as large; what is nearly white becomes black on white."""
    path = folder / "still.png"
    path.write_bytes(decoded(media, "-vf", filters, "-frames:v", "1", "-f", "image2pipe", "-c:v", "png"))
    with Image.open(path) as image:
        large = image.convert("L").resize((image.width * 3, image.height * 3), Image.Resampling.LANCZOS)
        return large.point(lambda level: 0 if level > 200 else 255)
