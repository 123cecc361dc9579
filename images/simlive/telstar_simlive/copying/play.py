"""Starts a run that is copied, in its folder of the spool."""

import asyncio
from pathlib import Path

from telstar_simlive.copying.command import LIST_FILE, copy_command, copy_list, held
from telstar_simlive.copying.eligibility import CopyPlan, Position
from telstar_simlive.process import Process, Redactor
from telstar_simlive.setup import Setup


async def play(
    ffmpeg: str,
    folder: Path,
    setup: Setup,
    plan: CopyPlan,
    position: Position,
    slots: int,
    start: int,
    now: int,
    redactor: Redactor,
) -> Process:
    """Starts FFmpeg so that it plays from `start` on; until then it only waits, and uses no CPU.

    Args:
        ffmpeg: path of the binary
        folder: the run's folder, which has a folder for each track
        setup: what the run is made with
        plan: what is played
        position: from where
        slots: for how many slots, at most `run_slots`; then FFmpeg ends by itself, with exit code 0
        start: the run's start in milliseconds since the epoch, a whole second
        now: the present moment of the same clock
        redactor: for what FFmpeg says

    Raises:
        OSError: it cannot be started.
    """
    await asyncio.to_thread(
        (folder / LIST_FILE).write_text, copy_list(plan, position, slots), encoding="utf-8"
    )
    command = held(copy_command(ffmpeg, setup, start // 1000), (start - now) / 1000)
    return await Process.start(command, "copier", redactor, folder=folder)
