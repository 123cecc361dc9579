"""docs/diagnosis.md says what is so: its example is an answer of the API, its table has every check."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from support.api_world import NOON, World
from telstar_api import models
from telstar_api.entitlement.rules import RULES

PAGE = (Path(__file__).parents[3] / "docs/diagnosis.md").read_text()
LONG_AGO = NOON - timedelta(days=90)


async def everything_is_wrong_with_cinema(world: World) -> models.User:
    """The example's world: a channel off the air, to which `basic@example.com` has not subscribed."""
    live = ("live", None)
    await world.product("basic", ("news", *live), price="4.99")
    (await world.product("film-club", ("cinema", *live), price="7.99")).name = "Film Club"
    await world.product("premium", (None, *live), price="14.99")
    await world.channel("cinema")
    await world.key("cinema", timedelta(hours=-1))
    world.cluster.ready("cinema", "False", "NoSegments", "SimLive waits for the feed srt://feed:9000.")
    viewer = await world.viewer("basic")
    viewer.email, viewer.created_at = "basic@example.com", LONG_AGO
    await world.session.flush()
    return await world.viewer(role="support")


async def test_the_example_is_an_answer_of_the_api(world: World) -> None:
    staff = await everything_is_wrong_with_cinema(world)
    world.clock.turn(timedelta(minutes=2))
    query = {"user": "basic@example.com", "channel": "cinema"}
    found = (await world.as_(staff).get("/api/v1/diagnosis", params=query)).json()
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.S)
    by_code = {check["code"]: check for check in found["checks"]}
    viewer_id = by_code["account-inactive"]["facts"]["user_id"]
    example = json.loads(re.sub(r'(?<="user_id": ")[0-9a-f-]{36}', viewer_id, shown))
    assert example["checks"] == [by_code[check["code"]] for check in example["checks"]]
    assert example["verdict"] == found["verdict"]
    assert example["remedies"] == found["remedies"]
    failed = [check["code"] for check in found["checks"] if not check["passed"]]
    assert failed == [check["code"] for check in example["checks"] if not check["passed"]]


@pytest.mark.parametrize("mode", ["live", "catch-up"])
async def test_the_table_has_every_check_in_order(world: World, mode: str) -> None:
    staff = await everything_is_wrong_with_cinema(world)
    programme = await world.programme("cinema", timedelta(hours=-1))
    query = {"channel": "cinema", "mode": mode, "programme_id": str(programme.id)}
    found = (await world.as_(staff).get("/api/v1/diagnosis", params=query)).json()
    rules = {rule.code for rule in RULES} - {"account-inactive"}
    codes = [check["code"] for check in found["checks"] if check["code"] not in rules]
    assert codes == re.findall(r"^\| `([a-z-]+-[a-z-]+)` \|", PAGE.partition("## The checks")[2], re.M)
