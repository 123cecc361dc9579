"""A run that is copied keeps the wall clock's pace, from the moment it was to start at."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from telstar_simlive.content_keys import ContentKey
from telstar_simlive.copying import LIST_FILE, Position, copy_command, copy_list, held
from telstar_simlive.encoder import segment_name
from telstar_simlive.process import Process, Redactor
from telstar_simlive.setup import Setup

Make = Callable[..., Any]
LEAD = 1.5


async def test_a_run_started_ahead_begins_at_its_second(
    make_file: Make, spec_of: Make, plan_for: Make, setup_for: Make, tmp_path: Path
) -> None:
    spec = spec_of(make_file("paced.mp4", 4, "-bf", "2"))
    plan = await plan_for(spec)
    setup: Setup = setup_for(spec, ContentKey(kid="0" * 32, key="1" * 32))
    for track in setup.tracks:
        (tmp_path / track).mkdir()
    (tmp_path / LIST_FILE).write_text(copy_list(plan, Position(0, 1), 100))
    start = int(time.time() + LEAD) + 1
    command = copy_command(imageio_ffmpeg.get_ffmpeg_exe(), setup, start)
    process = await Process.start(held(command, start - time.time()), "copier", Redactor({}), folder=tmp_path)
    try:
        whole = [await _when(tmp_path / "90p" / segment_name(index)) - start for index in range(3)]
    finally:
        await process.end(2)
    # Never before its time; how long after depends on what else the machine does.
    for index, moment in enumerate(whole):
        assert 2 * (index + 1) - 0.1 <= moment < 2 * (index + 1) + 3, whole
    print("whole after", [round(moment, 2) for moment in whole])


async def _when(path: Path) -> float:
    async with asyncio.timeout(30):
        while not path.exists():
            await asyncio.sleep(0.02)
    return time.time()
