"""Every error is a problem document (RFC 9457)."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import text
from support.api_world import World
from telstar_api import main, problems
from telstar_api.body_limit import MAX_BODY_BYTES
from telstar_api.context import Context
from telstar_api.database import Database, ReadSession, WriteSession
from telstar_api.entitlement.schemas import Offer, Price, Reason

PROBLEM = "application/problem+json"


async def answer(world: World, method: str, path: str, **request: object) -> httpx.Response:
    return await world.as_(await world.viewer()).request(method, path, **request)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/channels/", 404),
        ("PATCH", "/api/v1/channels", 405),
        ("GET", "/api/v1/drm/license", 405),
    ],
)
async def test_what_is_not_there_is_a_problem(world: World, method: str, path: str, status: int) -> None:
    found = await answer(world, method, path)
    assert (found.status_code, found.headers["content-type"]) == (status, PROBLEM)
    assert found.json()["status"] == status
    assert found.json()["title"] in {"Not Found", "Method Not Allowed"}


async def test_a_405_says_what_is_allowed(world: World) -> None:
    assert (await answer(world, "PATCH", "/api/v1/channels")).headers["allow"] == "GET"


async def test_an_invalid_request_names_each_input_at_fault(world: World) -> None:
    found = await answer(world, "POST", "/api/v1/subscriptions", json={"product_id": 3})
    assert (found.status_code, found.headers["content-type"]) == (422, PROBLEM)
    assert found.json()["errors"] == [
        {"pointer": "body/product_id", "detail": "Input should be a valid string"}
    ]
    assert found.json()["detail"] == "body/product_id: Input should be a valid string"


async def test_broken_json_is_a_problem(world: World) -> None:
    headers = {"Content-Type": "application/json"}
    found = await answer(world, "POST", "/api/v1/subscriptions", content=b"{", headers=headers)
    assert (found.status_code, found.headers["content-type"]) == (422, PROBLEM)


@pytest.mark.parametrize("path", ["/api/v1/subscriptions", "/api/v1/drm/license"])
async def test_a_body_beyond_any_need_is_refused(world: World, path: str) -> None:
    headers = {"Content-Type": "application/json"}
    found = await answer(world, "POST", path, content=b"x" * (MAX_BODY_BYTES + 1), headers=headers)
    assert (found.status_code, found.headers["content-type"]) == (413, PROBLEM)

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1024 + 1):
            yield b"x" * 1024

    found = await answer(world, "POST", path, content=unannounced(), headers=headers)
    assert (found.status_code, found.headers["content-type"]) == (413, PROBLEM)


class Body(BaseModel):
    secret: int


def application(context: Context) -> FastAPI:
    """An application with endpoints that go wrong."""
    app = main.public_app(context)

    @app.get("/explode")
    async def explode() -> None:
        raise RuntimeError("the password is hunter2")

    @app.get("/refuse")
    async def refuse() -> None:
        raise problems.Refused(
            [Reason(code="a", message="First."), Reason(code="b", message="Second.")],
            [Offer(product_id="p", name="P", price=Price(amount="1.00", currency="EUR"))],
        )

    @app.get("/write-while-reading")
    async def write_while_reading(session: ReadSession) -> None:
        await session.execute(text("DELETE FROM users"))

    @app.get("/write-and-fail")
    async def write_and_fail(session: WriteSession) -> None:
        await session.execute(
            text("INSERT INTO products (id, name, price, currency) VALUES ('x', 'X', 1, 'EUR')")
        )
        raise problems.Conflict("no")

    return app


async def get(app: FastAPI, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://telstar.test") as client:
        return await client.get(path)


async def test_the_unexpected_tells_the_log_and_not_the_caller(world: World) -> None:
    found = await get(application(world.context), "/explode")
    assert (found.status_code, found.headers["content-type"]) == (500, PROBLEM)
    assert "hunter2" not in found.text


async def test_a_refusal_carries_reasons_and_offers(world: World) -> None:
    found = await get(application(world.context), "/refuse")
    assert found.status_code == 403
    assert found.json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "First. Second.",
        "reasons": [{"code": "a", "message": "First."}, {"code": "b", "message": "Second."}],
        "offers": [
            {
                "product_id": "p",
                "name": "P",
                "price": {"amount": "1.00", "currency": "EUR"},
                "base": None,
            }
        ],
    }


async def test_a_reading_session_cannot_write(world: World, migrated_database: str) -> None:
    database = Database.at(migrated_database)
    found = await get(
        application(Context(**{**vars(world.context), "database": database})), "/write-while-reading"
    )
    await database.close()
    assert found.status_code == 500


async def test_what_a_failed_request_wrote_is_undone(world: World) -> None:
    assert (await get(application(world.context), "/write-and-fail")).status_code == 409
    assert await world.session.scalar(text("SELECT count(*) FROM products")) == 0


async def test_without_a_database_the_answer_is_to_try_again(world: World) -> None:
    database = Database.at("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    app = main.public_app(Context(**{**vars(world.context), "database": database}))
    found = await get(app, "/readyz")
    assert (found.status_code, found.headers["content-type"]) == (503, PROBLEM)
    headers = world.as_(await world.viewer()).headers
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://telstar.test", headers=headers
    ) as client:
        assert (await client.get("/api/v1/channels")).status_code == 503
    await database.close()
