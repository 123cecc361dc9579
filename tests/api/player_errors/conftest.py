"""A channel on air for these tests."""

from pathlib import Path

import pytest
from support.api_world import World
from support.on_air import OnAir, on_air


@pytest.fixture
async def air(world: World, tmp_path: Path) -> OnAir:
    """The channel `news`, on air for an hour at NOON."""
    return await on_air(world, tmp_path)
