"""A run that is copied keeps the wall clock's pace, from the moment it was to start at."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from telstar_simlive.content_keys import ContentKey
from telstar_simlive.copying import Position, play
from telstar_simlive.encoder import segment_name
from telstar_simlive.process import Redactor
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
    start, now = int(time.time() + LEAD) + 1, time.time_ns() // 1_000_000
    ffmpeg, position = imageio_ffmpeg.get_ffmpeg_exe(), Position(0, 1)
    process = await play(ffmpeg, tmp_path, setup, plan, position, 100, start * 1000, now, Redactor({}))
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


async def test_it_ends_by_itself_where_its_list_does(
    make_file: Make, spec_of: Make, plan_for: Make, setup_for: Make, tmp_path: Path
) -> None:
    spec = spec_of(make_file("ends.mp4", 4))
    setup: Setup = setup_for(spec, None)
    for track in setup.tracks:
        (tmp_path / track).mkdir()
    now = time.time_ns() // 1_000_000
    ffmpeg, plan = imageio_ffmpeg.get_ffmpeg_exe(), await plan_for(spec)
    process = await play(ffmpeg, tmp_path, setup, plan, Position(0, 1), 1, now, now, Redactor({}))
    async with asyncio.timeout(30):
        assert await process.wait() == 0
    assert (tmp_path / "90p" / segment_name(0)).exists()
    assert not (tmp_path / "90p" / segment_name(1)).exists()
