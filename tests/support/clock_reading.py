"""Reading the clock that SimLive burns into the picture."""

import re
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageOps

CLOCK = re.compile(r"(\d{4})-(\d\d)-(\d\d)\s+(\d\d):(\d\d):(\d\d)")


def read_clock(picture: Path) -> datetime:
    """The UTC time in a screenshot; AssertionError with what was read where there is none.

    Uses Tesseract (Debian: tesseract-ocr) on the picture enlarged and in grey, in both polarities.
    """
    with Image.open(picture) as image:
        grey = ImageOps.grayscale(image)
        large = grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.LANCZOS)
    read = ""
    for candidate in (large, ImageOps.invert(large), large.point(lambda level: 255 if level > 200 else 0)):
        read += recognise(candidate)
        if found := CLOCK.search(read):
            year, month, day, hour, minute, second = map(int, found.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    raise AssertionError(f"no clock in {picture}; Tesseract read {read!r}")


def recognise(image: Image.Image) -> str:
    """What Tesseract reads, sparse text in any order."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        image.save(path)
        done = subprocess.run(
            ["tesseract", str(path), "-", "--psm", "11"], capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 0, f"tesseract: {done.stderr} (Debian: apt-get install tesseract-ocr)"
    return done.stdout + "\n"
