"""Each cell has a world of its own, undone at its end; the segment volume is written once."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from support.api_world import NOON, World
from support.cells import TERRITORY_HEADER, Arranged, Cell, arrange, write_volume
from telstar_api.tstv.journals import JournalStore


@pytest.fixture(scope="session")
def volume(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The segment volume of all cells."""
    path = tmp_path_factory.mktemp("segments")
    write_volume(path)
    return path


@pytest.fixture
def arranged(
    world: World, connection: AsyncConnection, volume: Path, applications: tuple[FastAPI, FastAPI]
) -> Arranged:
    """Makes a combination real for the time of a block."""
    journals = JournalStore(volume, refresh_seconds=0)
    settings = world.context.settings.model_copy(update={"territory_header": TERRITORY_HEADER})
    context = replace(world.context, journals=journals, settings=settings)
    for app in applications:
        app.state.context = context

    @asynccontextmanager
    async def made(values: Mapping[str, str]) -> AsyncIterator[Cell]:
        world.clock.time = NOON
        async with connection.begin_nested() as savepoint:
            async with AsyncSession(
                connection, join_transaction_mode="create_savepoint", expire_on_commit=False
            ) as session:
                yield await arrange(replace(world, session=session, context=context), values)
            await savepoint.rollback()

    return made
