"""Keys over HTTP: who may see and import them, and that no answer has a key in it."""

import base64
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from support.api_world import NOON, World
from telstar_api import models
from telstar_api.auth.tokens import Role
from telstar_api.keys.cpix import Cpix
from telstar_api.keys.exchange import GivenKey
from telstar_api.keys.periods import periods

PATH = "/api/v1/admin/keys/news"
HOUR = timedelta(hours=1)
ENTITY = b"<!DOCTYPE a [<!ENTITY e '1'>]><a>&e;</a>"
KEYS = {"a" * 32: bytes.fromhex("c" * 32), "b" * 32: bytes.fromhex("d" * 32)}
STARTS = {"a" * 32: NOON - HOUR, "b" * 32: NOON + HOUR}


def document(keys: dict[str, bytes] = KEYS) -> bytes:
    given = [GivenKey(each.kid, keys[each.kid], each) for each in periods(STARTS.items())]
    return Cpix().write("news", given, ())


async def post(world: World, content: bytes, role: Role = "admin", path: str = PATH) -> httpx.Response:
    return await world.as_(await world.viewer(role=role)).post(path, content=content)


async def test_an_admin_imports_a_document_and_sees_its_periods(world: World) -> None:
    admin = await world.viewer(role="admin")
    answer = await world.as_(admin).post(PATH, content=document())
    assert answer.status_code == 200
    assert answer.json() == {"new": sorted(KEYS), "known": []}
    assert (await world.as_(admin).post(PATH, content=document())).json() == {
        "new": [],
        "known": sorted(KEYS),
    }
    listed = (await world.as_(admin).get(PATH)).json()["periods"]
    kek = world.context.wrapping.current_id
    more = {"registered_at": "2026-11-22T12:00:00Z", "key_encryption_key": kek, "can_be_opened": True}
    first, second = "2026-11-22T11:00:00Z", "2026-11-22T13:00:00Z"
    assert listed == [
        {"kid": "a" * 32, "index": 1, "start": first, "end": second, "in_force": True, **more},
        {"kid": "b" * 32, "index": 2, "start": second, "end": None, "in_force": False, **more},
    ]
    restored = (await world.as_operator().get("/internal/v1/channels/news/keys")).json()["keys"]
    assert {key["kid"]: bytes.fromhex(key["key"]) for key in restored} == KEYS
    records = await world.session.scalars(
        select(models.AuditRecord).where(models.AuditRecord.subject == "news")
    )
    assert [(each.action, each.actor) for each in records] == [("keys.import", str(admin.id))] * 2


@pytest.mark.parametrize(
    ("role", "reads", "imports"),
    [("subscriber", 403, 403), ("support", 403, 403), ("operator", 200, 403), ("admin", 200, 200)],
)
async def test_who_may_do_what(world: World, role: Role, reads: int, imports: int) -> None:
    user = await world.viewer(role=role)
    assert (await world.as_(user).get(PATH)).status_code == reads
    assert (await world.as_(user).post(PATH, content=document())).status_code == imports
    assert len((await world.session.scalars(select(models.DrmKey))).all()) == (2 if imports == 200 else 0)


async def test_nobody_may_do_nothing(world: World) -> None:
    assert (await world.as_(None).get(PATH)).status_code == 401
    assert (await world.as_(None).post(PATH, content=document())).status_code == 401


@pytest.mark.parametrize("content", [b"", b"<", b"{}", ENTITY, b"\xff\xfe<"])
async def test_what_is_no_document_is_told_so(world: World, content: bytes) -> None:
    answer = await post(world, content)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("No key was taken: ")


async def test_a_conflict_takes_nothing_and_shows_no_key(world: World) -> None:
    await post(world, document())
    other = KEYS | {"b" * 32: bytes.fromhex("e" * 32)}
    answer = await post(world, document(other))
    assert answer.status_code == 409
    assert "b" * 32 in answer.json()["detail"]
    for key in [*KEYS.values(), *other.values()]:
        assert key.hex() not in answer.text
        assert base64.b64encode(key).decode() not in answer.text


async def test_a_channel_s_name_must_be_one(world: World) -> None:
    assert (await post(world, document(), path="/api/v1/admin/keys/News")).status_code == 422


async def test_a_document_that_is_too_large_is_refused_whole(world: World) -> None:
    assert (await post(world, document() + b" " * 70_000)).status_code == 413
