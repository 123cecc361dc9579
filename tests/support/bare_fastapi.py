"""What licences are measured against: FastAPI, SQLAlchemy, psycopg, one SELECT. Arguments: URL PORT."""

import sys
from collections.abc import AsyncIterator
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from telstar_api import models

sessions = async_sessionmaker(create_async_engine(sys.argv[1], pool_size=16), expire_on_commit=False)
app = FastAPI()


class Channel(BaseModel):
    """What is answered."""

    name: str
    display_name: str


async def _session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


@app.get("/one-select")
async def one_select(session: Annotated[AsyncSession, Depends(_session)]) -> Channel:
    """One row."""
    statement = select(models.Channel.name, models.Channel.display_name).where(models.Channel.name == "news")
    row = (await session.execute(statement)).one()
    return Channel(name=row.name, display_name=row.display_name)


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(sys.argv[2]), loop="uvloop", log_level="error", access_log=False
    )
