"""The audit log: what is written stays, and support reads it page by page."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from support.api_world import NOON, World
from telstar_api import audit, models
from telstar_api.audit.service import SecretInFacts
from telstar_api.auth.tokens import Role


async def records(world: World, **query: Any) -> dict[str, Any]:
    support = world.as_(await world.viewer(role="support"))
    answer = await support.get("/api/v1/admin/audit", params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def recorded(world: World, *actions: str, actor: uuid.UUID | str = audit.SYSTEM) -> None:
    for minute, action in enumerate(actions):
        at = NOON + timedelta(minutes=minute)
        audit.record(world.session, action, at=at, actor=actor, subject="thing", facts={"minute": minute})
        await world.session.flush()


async def test_records_are_read_newest_first(world: World) -> None:
    actor = uuid.uuid4()
    audit.record(
        world.session,
        "keys.import",
        at=NOON,
        actor=actor,
        subject="news",
        address="192.0.2.7",
        facts={"keys": 3},
    )
    await world.session.flush()
    await recorded(world, "subscriptions.cancel")
    newest, oldest = (await records(world))["records"]
    assert newest["action"] == "subscriptions.cancel"
    assert {name: oldest[name] for name in oldest if name != "id"} == {
        "at": "2026-11-22T12:00:00Z",
        "actor": str(actor),
        "action": "keys.import",
        "subject": "news",
        "address": "192.0.2.7",
        "facts": {"keys": 3},
    }


async def test_pages_follow_each_other_without_loss_or_repetition(world: World) -> None:
    await recorded(world, *(f"test.{number}" for number in range(7)))
    seen, before = [], {}
    while True:
        page = await records(world, limit=3, **before)
        seen += [record["action"] for record in page["records"]]
        if page["next_before"] is None:
            break
        before = {"before": page["next_before"]}
    assert seen == [f"test.{number}" for number in reversed(range(7))]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"action": "auth.sign-in"}, ["auth.sign-in"]),
        ({"action": "auth."}, ["auth.sign-out", "auth.sign-in"]),
        ({"action": "auth"}, []),
        ({"action": "a%."}, []),
        ({"actor": "nobody"}, []),
        ({"actor": "system", "subject": "thing", "action": "keys.use"}, ["keys.use"]),
        ({"since": "2026-11-22T12:01:00Z", "until": "2026-11-22T12:02:00Z"}, ["auth.sign-out"]),
    ],
)
async def test_records_are_found(world: World, query: dict[str, str], expected: list[str]) -> None:
    await recorded(world, "auth.sign-in", "auth.sign-out", "keys.use")
    assert [record["action"] for record in (await records(world, **query))["records"]] == expected


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "before=0", "since=yesterday", "actor=%00"])
async def test_a_query_that_makes_no_sense_is_told_so(world: World, query: str) -> None:
    admin = world.as_(await world.viewer(role="admin"))
    assert (await admin.get(f"/api/v1/admin/audit?{query}")).status_code == 422


@pytest.mark.parametrize("role", ["subscriber", "operator"])
async def test_others_do_not_read_it(world: World, role: Role) -> None:
    answer = await world.as_(await world.viewer(role=role)).get("/api/v1/admin/audit")
    assert answer.status_code == 403
    assert (await world.as_(None).get("/api/v1/admin/audit")).status_code == 401


@pytest.mark.parametrize(
    "statement",
    [
        update(models.AuditRecord).values(actor="nobody"),
        delete(models.AuditRecord),
        text("TRUNCATE audit_log"),
    ],
)
async def test_what_is_written_stays(world: World, statement: Any) -> None:
    await recorded(world, "test.it")
    with pytest.raises(DBAPIError, match="only ever added to"):
        await world.session.execute(statement)


@pytest.mark.parametrize("name", ["password", "refresh_token", "client_secret", "Cookie"])
async def test_secrets_are_no_facts(world: World, name: str) -> None:
    with pytest.raises(SecretInFacts, match=name):
        audit.record(world.session, "a.b", at=NOON, actor="system", subject="x", facts={name: "x"})
