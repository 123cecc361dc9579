"""Playouts, reels and senders for the tests of the playout."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.playing import OnAir, Senders, descriptors, make_clip, until


@pytest.fixture
async def on_air() -> AsyncIterator[Callable[..., OnAir]]:
    """Playouts that are closed, to the last thread and descriptor, when the test ends."""
    made: list[OnAir] = []
    threads, held = {thread.name for thread in threading.enumerate()}, descriptors()

    def make(**options: Any) -> OnAir:
        made.append(OnAir(**options))
        return made[-1]

    yield make
    for one in made:
        await one.playout.close()
    ours = ("player", "switcher")
    await until(
        "the threads to end",
        lambda: not [one for one in threading.enumerate() if one.name in ours and one.name not in threads],
        5,
    )
    await until("the descriptors to be closed", lambda: descriptors() <= held + 2, 5)


@pytest.fixture(scope="session")
def reels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """one: 50 frames, clip 40 · two: 25 frames, clip 80, silent · three: 5 frames, clip 120."""
    folder = tmp_path_factory.mktemp("reels")
    make_clip(folder / "a one.mkv", 50, 40)
    make_clip(folder / "two.mkv", 25, 80, sound=False)
    make_clip(folder / "three.mkv", 5, 120)
    make_clip(folder / "long.mkv", 500, 160)
    return folder


@pytest.fixture
def senders() -> Iterator[Senders]:
    made = Senders()
    yield made
    made.stop_all()
