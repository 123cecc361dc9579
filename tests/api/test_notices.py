"""LISTEN/NOTIFY: what is heard, when it may be relied on, and what happens when the line is cut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url
from support.replicas import until
from telstar_api.notices import APPLICATION_NAME, FRESH_FOR, Notices

CHANNEL = "telstar_test"


class Part:
    """Somebody who listens, and writes down what happens."""

    def __init__(self, url: str, monotonic: Any = None) -> None:
        self.events: list[str] = []
        self.fresh_on_contact: list[bool] = []
        self.notices = Notices(url, monotonic) if monotonic else Notices(url)
        self.notices.subscribe(CHANNEL, self.heard, lambda: self.events.append("lost"), self.contact)

    def heard(self, payload: str) -> None:
        if payload == "gibberish":
            raise ValueError("this cannot be understood")
        self.events.append(payload)

    async def contact(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.fresh_on_contact.append(self.notices.fresh())
        cursor = await connection.execute("SELECT 'loaded'")
        self.events += [row[0] for row in await cursor.fetchall()]


@contextlib.asynccontextmanager
async def hearing(part: Part) -> AsyncIterator[None]:
    task = asyncio.create_task(part.notices.run())
    try:
        await until("contact", part.notices.fresh)
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def writer(empty_database: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    url = make_url(empty_database).set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        yield connection


async def notify(writer: psycopg.AsyncConnection[Any], *payloads: str) -> None:
    for payload in payloads:
        await writer.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


async def cut(writer: psycopg.AsyncConnection[Any]) -> None:
    found = await writer.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = %s AND datname = current_database()",
        [APPLICATION_NAME],
    )
    assert len(await found.fetchall()) == 1


async def test_notices_are_heard_in_order_once_all_is_loaded(
    empty_database: str, writer: psycopg.AsyncConnection[Any]
) -> None:
    part = Part(empty_database)
    async with hearing(part):
        await notify(writer, *map(str, range(50)))
        await until("the last notice", lambda: part.events[-1:] == ["49"])
    assert part.events == ["loaded", *map(str, range(50)), "lost"]
    assert part.fresh_on_contact == [False]


async def test_another_channel_is_not_heard(
    empty_database: str, writer: psycopg.AsyncConnection[Any]
) -> None:
    part = Part(empty_database)
    async with hearing(part):
        await writer.execute("NOTIFY telstar_other, 'x'")
        await notify(writer, "mine")
        await until("mine", lambda: "mine" in part.events)
    assert part.events == ["loaded", "mine", "lost"]


async def test_several_parts_hear_the_same_channel(
    empty_database: str, writer: psycopg.AsyncConnection[Any]
) -> None:
    part, also = Part(empty_database), []
    part.notices.subscribe(CHANNEL, also.append, lambda: None)
    async with hearing(part):
        await notify(writer, "for all")
        await until("both", lambda: also == ["for all"] and "for all" in part.events)


async def test_what_was_proven_is_fresh_for_a_moment_only(empty_database: str) -> None:
    time = [100.0]
    part = Part(empty_database, lambda: time[0])
    assert not part.notices.fresh()
    async with hearing(part):
        pass  # ended: nothing is fresh any more, however short ago
    assert not part.notices.fresh()
    async with hearing(part):
        assert part.notices.fresh(100 + FRESH_FOR)
        assert not part.notices.fresh(100.01 + FRESH_FOR)


async def test_a_connection_that_is_cut_is_told_and_made_again(
    empty_database: str, writer: psycopg.AsyncConnection[Any]
) -> None:
    part = Part(empty_database)
    async with hearing(part):
        await notify(writer, "before")
        await until("the notice", lambda: "before" in part.events)
        await cut(writer)
        await until("contact again", lambda: part.events.count("loaded") == 2 and part.notices.fresh())
        await notify(writer, "after")
        await until("the notice", lambda: "after" in part.events)
    assert part.events == ["loaded", "before", "lost", "loaded", "after", "lost"]
    assert part.fresh_on_contact == [False, False]


async def test_while_the_server_hangs_nothing_is_fresh(
    empty_database: str, writer: psycopg.AsyncConnection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Part(empty_database)
    async with hearing(part):
        answering = asyncio.Event()
        execute = psycopg.AsyncConnection.execute

        async def hanging(self: Any, *arguments: Any, **named: Any) -> Any:
            await answering.wait()
            return await execute(self, *arguments, **named)

        monkeypatch.setattr(psycopg.AsyncConnection, "execute", hanging)
        await until("freshness to end", lambda: not part.notices.fresh())
        answering.set()
        await until("freshness to return", part.notices.fresh)
    assert part.events.count("loaded") == 1, "the connection was not lost for that"


async def test_what_cannot_be_understood_is_met_as_a_lost_connection(
    empty_database: str, writer: psycopg.AsyncConnection[Any]
) -> None:
    part = Part(empty_database)
    async with hearing(part):
        await notify(writer, "gibberish")
        await until("contact again", lambda: part.events == ["loaded", "lost", "loaded"])


async def test_a_database_that_is_not_there_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    part = Part("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    task = asyncio.create_task(part.notices.run())
    await until("two tries", lambda: len(part.events) >= 2)
    assert set(part.events) == {"lost"}
    assert not part.notices.fresh()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
