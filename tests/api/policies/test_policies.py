"""What staff say of channels and programmes, and that it counts at once."""

import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
from support.api_world import World
from telstar_api import models

NOTHING: dict[str, Any] = {
    "rights": {
        "live": "inherited",
        "start-over": "inherited",
        "catch-up": "inherited",
        "record": "inherited",
    },
    "territories": None,
    "age": None,
}
WHOLE = {
    "rights": {"live": "enabled", "start-over": "disabled", "catch-up": "inherited", "record": "disabled"},
    "territories": ["AT", "DE"],
    "age": 16,
}
CHANNEL = "/api/v1/admin/channels/news/policy"


async def staff(world: World, role: str = "operator") -> httpx.AsyncClient:
    return world.as_(await world.viewer(role=role))


async def news(world: World) -> models.ScheduleEntry:
    """A channel, a product with all of it, and what is on."""
    await world.channel("news")
    await world.product("all", (None, "live", None), (None, "start-over", None), (None, "catch-up", 7))
    return await world.programme("news", timedelta(minutes=-10))


async def path(world: World, kind: str) -> str:
    programme = await news(world)
    return CHANNEL if kind == "channel" else f"/api/v1/admin/programmes/{programme.id}/policy"


@pytest.mark.parametrize("kind", ["channel", "programme"])
async def test_a_policy_is_read_as_it_was_set_and_set_as_a_whole(world: World, kind: str) -> None:
    url, client = await path(world, kind), await staff(world)
    more = {"maintenance": None} if kind == "channel" else {}
    assert (await client.get(url)).json() == NOTHING | more
    assert (await client.put(url, json=WHOLE)).json() == WHOLE | more
    assert (await client.get(url)).json() == WHOLE | more
    partly = {"age": 12, "rights": {"live": "disabled"}}
    answer = (await client.put(url, json=partly)).json()
    expected = NOTHING | {"age": 12, "rights": NOTHING["rights"] | {"live": "disabled"}} | more
    assert answer == expected
    assert (await client.get(url)).json() == expected
    assert (await client.put(url, json={})).json() == NOTHING | more
    assert (await client.get(url)).json() == NOTHING | more


async def test_maintenance_has_times_with_an_offset(world: World) -> None:
    await news(world)
    client = await staff(world)
    work = {"from": "2026-11-22T14:00:00+01:00", "until": "2026-11-22T15:00:00Z"}
    assert (await client.put(CHANNEL, json={"maintenance": work})).status_code == 200
    assert (await client.get(CHANNEL)).json()["maintenance"] == {
        "from": "2026-11-22T13:00:00Z",
        "until": "2026-11-22T15:00:00Z",
    }


@pytest.mark.parametrize("kind", ["channel", "programme"])
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"rights": {"live": "on"}}, "body/rights/live"),
        ({"rights": {"pause": "disabled"}}, "body/rights/pause"),
        ({"territories": ["DE", "UK"]}, "body/territories/1"),
        ({"territories": ["de"]}, "body/territories/0"),
        ({"territories": []}, "body/territories"),
        ({"territories": "DE"}, "body/territories"),
        ({"age": 22}, "body/age"),
        ({"age": -1}, "body/age"),
        ({"ages": 16}, "body/ages"),
    ],
)
async def test_what_cannot_be_said_is_named(
    world: World, kind: str, body: dict[str, Any], pointer: str
) -> None:
    url, client = await path(world, kind), await staff(world)
    answer = await client.put(url, json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("work", "pointer"),
    [
        ({"from": "2026-11-22T14:00:00", "until": "2026-11-22T15:00:00Z"}, "body/maintenance/from"),
        ({"from": "2026-11-22T14:00:00Z", "until": "2026-11-22T14:00:00Z"}, "body/maintenance"),
        ({"from": "2026-11-22T14:00:00Z"}, "body/maintenance/until"),
        ({"until": "tomorrow", "from": "2026-11-22T14:00:00Z"}, "body/maintenance/until"),
    ],
)
async def test_maintenance_that_cannot_be_is_named(world: World, work: dict[str, str], pointer: str) -> None:
    await news(world)
    answer = await (await staff(world)).put(CHANNEL, json={"maintenance": work})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_only_a_channel_is_maintained(world: World) -> None:
    url = await path(world, "programme")
    answer = await (await staff(world)).put(url, json={"maintenance": None})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["body/maintenance"]


@pytest.mark.parametrize("url", [CHANNEL, f"/api/v1/admin/programmes/{uuid.UUID(int=1)}/policy"])
async def test_there_must_be_such_a_thing(world: World, url: str) -> None:
    client = await staff(world)
    assert (await client.get(url)).status_code == 404
    assert (await client.put(url, json={})).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("subscriber", 403), ("support", 403), ("operator", 200), ("admin", 200)]
)
@pytest.mark.parametrize("kind", ["channel", "programme"])
async def test_operators_and_admins_set_policies(world: World, kind: str, role: str, status: int) -> None:
    url, client = await path(world, kind), await staff(world, role)
    assert (await client.get(url)).status_code == status
    assert (await client.put(url, json={})).status_code == status
    assert (await world.as_(None).put(url, json={})).status_code == 401


async def codes(world: World, user: models.User, right: str) -> list[str]:
    """Why the viewer may not, by the guide."""
    guide = (await world.as_(user).get("/api/v1/guide")).json()
    (programme,) = guide["channels"][0]["programmes"]
    return [reason["code"] for reason in programme["actions"][right]["reasons"]]


async def test_what_is_said_counts_at_once(world: World) -> None:
    programme = await news(world)
    viewer, client = await world.viewer("all"), await staff(world)
    of_programme = f"/api/v1/admin/programmes/{programme.id}/policy"
    assert await codes(world, viewer, "start-over") == []
    await client.put(CHANNEL, json={"rights": {"start-over": "disabled"}})
    assert await codes(world, viewer, "start-over") == ["right-disabled"]
    await client.put(of_programme, json={"rights": {"start-over": "enabled"}, "territories": ["DE"]})
    assert await codes(world, viewer, "start-over") == ["outside-territory"]
    await client.put(of_programme, json={"rights": {"start-over": "enabled"}})
    assert await codes(world, viewer, "start-over") == []
    work = {"from": "2026-11-22T12:00:00Z", "until": "2026-11-22T13:00:00Z"}
    await client.put(CHANNEL, json={"maintenance": work})
    assert await codes(world, viewer, "live") == ["under-maintenance"]
    world.clock.turn(timedelta(hours=-1))
    assert "under-maintenance" not in await codes(world, viewer, "live")


async def test_a_schedule_that_is_written_again_keeps_what_is_said(world: World) -> None:
    """Also a channel that is registered anew keeps its policy."""
    await news(world)
    client = await staff(world)
    await client.put(CHANNEL, json=WHOLE)
    registration = {
        "display_name": "News",
        "number": 2,
        "state": "Stopped",
        "segment_seconds": 4,
        "retention_seconds": 3600,
        "drm_enabled": True,
    }
    operator = world.as_operator()
    assert (await operator.put("/internal/v1/channels/news", json=registration)).is_success
    assert (await client.get(CHANNEL)).json() == WHOLE | {"maintenance": None}


async def recorded(world: World, subject: object) -> list[dict[str, Any]]:
    """What support reads in the audit log, newest first."""
    answer = await (await staff(world, "support")).get(
        "/api/v1/admin/audit", params={"subject": str(subject)}
    )
    assert answer.status_code == 200, answer.text
    records: list[dict[str, Any]] = answer.json()["records"]
    return records


@pytest.mark.parametrize("kind", ["channel", "programme"])
async def test_who_changed_what_is_in_the_audit_log(world: World, kind: str) -> None:
    url = await path(world, kind)
    operator = await world.viewer(role="operator")
    client = world.as_(operator)
    for body in ({"age": 12, "rights": {"live": "disabled"}}, {"age": 16, "rights": {"live": "disabled"}}):
        for _ in range(2):  # the second time nothing changes, and nothing is written down
            assert (await client.put(url, json=body)).status_code == 200
    later, first = await recorded(world, url.split("/")[-2])
    assert {item["action"] for item in (later, first)} == {f"policies.{kind}-changed"}
    assert {item["actor"] for item in (later, first)} == {str(operator.id)}
    assert {item["address"] for item in (later, first)} == {"127.0.0.1"}
    assert first["facts"] == {
        "age": {"before": None, "after": 12},
        "rights.live": {"before": "inherited", "after": "disabled"},
    }
    assert later["facts"] == {"age": {"before": 12, "after": 16}}


async def test_maintenance_that_is_planned_and_called_off_is_in_the_audit_log(world: World) -> None:
    await news(world)
    client = await staff(world)
    work = {"from": "2026-11-22T14:00:00+01:00", "until": "2026-11-22T15:00:00Z"}
    same = {"from": "2026-11-22T13:00:00Z", "until": "2026-11-22T15:00:00Z"}
    for body in ({"maintenance": work}, {"maintenance": same}, {}):
        assert (await client.put(CHANNEL, json=body)).status_code == 200
    called_off, planned = [item["facts"]["maintenance"] for item in await recorded(world, "news")]
    assert planned == {"before": None, "after": same}
    assert called_off == {"before": same, "after": None}


async def test_maintenance_at_the_end_of_time_is_refused(world: World) -> None:
    await news(world)
    work = {"from": "2026-11-22T14:00:00Z", "until": "9999-12-31T23:00:00-12:00"}
    answer = await (await staff(world)).put(CHANNEL, json={"maintenance": work})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "body/maintenance/until")


async def test_a_policy_that_is_refused_leaves_no_record(world: World) -> None:
    await news(world)
    assert (await (await staff(world)).put(CHANNEL, json={"age": 99})).status_code == 422
    assert (await (await staff(world, "support")).put(CHANNEL, json={"age": 12})).status_code == 403
    assert await recorded(world, "news") == []
