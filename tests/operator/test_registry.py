"""The registry's client, against the endpoints of docs/architecture.md over TLS."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.registry import TOKEN, FakeRegistry
from telstar_operator import registry as client
from telstar_operator.cluster import RefusedError
from telstar_operator.keys import make_key
from telstar_operator.manifests.config_map import Programme
from telstar_operator.plan.facts import RegistryView
from telstar_operator.registry import AwayError, KeyConflictError, Registry

RECORD = {"display_name": "News", "number": 1}


async def test_a_channels_life(registry: Registry, fake_registry: FakeRegistry) -> None:
    assert await registry.view("news") == RegistryView()
    await registry.register("news", RECORD)
    first, second = make_key(), make_key()
    for key in (first, second, first):
        await registry.put_key("news", key)
    fake_registry.last_segment_time = "2026-11-22T18:24:04Z"
    time = datetime(2026, 11, 22, 18, 24, 4, tzinfo=UTC)
    known = {**RECORD, "own": True}
    assert await registry.view("news") == RegistryView(known, (first.kid, second.kid), time, time)
    fake_registry.incarnation += 1
    assert (await registry.view("news")).registration == {**RECORD, "own": False}
    assert {(key.kid, key.key) for key in await registry.keys("news")} == {
        (key.kid, key.key) for key in (first, second)
    }
    await registry.deregister("news", "retain")
    assert await registry.view("news") == RegistryView(None, (first.kid, second.kid), time, time)
    await registry.deregister("news", "delete")
    assert await registry.keys("news") == []


async def test_keys_come_in_the_order_in_which_they_come_into_force(registry: Registry) -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    later, sooner = make_key(noon + timedelta(hours=1)), make_key(noon)
    for key in (later, sooner):
        await registry.put_key("news", key)
    assert await registry.keys("news") == [sooner, later]


async def test_the_schedule_of_a_time(registry: Registry, fake_registry: FakeRegistry) -> None:
    fake_registry.programmes["news"] = [
        {"start": "2026-11-22T17:00:00Z", "end": "2026-11-22T18:00:00Z", "title": "Before"},
        {"start": "2026-11-22T18:00:00Z", "end": "2026-11-22T19:00:00Z", "title": "Abendschau"},
    ]
    six = datetime(2026, 11, 22, 18, tzinfo=UTC)
    found = await registry.programmes("news", six, six + timedelta(hours=6))
    assert found == (Programme(six, six + timedelta(hours=1), "Abendschau"),)


async def test_a_taken_kid_is_a_conflict(registry: Registry) -> None:
    key = make_key()
    await registry.put_key("news", key)
    with pytest.raises(KeyConflictError):
        await registry.put_key("sports", key)


async def test_a_refusal_comes_in_the_apis_words(registry: Registry, fake_registry: FakeRegistry) -> None:
    fake_registry.refusal = "Number 1 is taken."
    with pytest.raises(RefusedError, match=r"Number 1 is taken\."):
        await registry.register("news", RECORD)


async def test_the_token_is_read_every_time(registry: Registry, token_file: Path) -> None:
    token_file.write_text("expired")
    with pytest.raises(AwayError, match=r"401 The token is not valid\."):
        await registry.view("news")
    token_file.write_text(TOKEN)
    registry._away_until = 0.0
    await registry.view("news")


async def test_an_api_that_is_away_is_not_asked_again_at_once(
    registry: Registry,
    fake_registry: FakeRegistry,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await fake_registry.stop()
    with pytest.raises(AwayError, match="cannot be asked: ConnectError"):
        await registry.view("news")
    await fake_registry.start(*certificate)
    with pytest.raises(AwayError, match="ConnectError"):
        await registry.view("news")
    assert fake_registry.requests == []
    monkeypatch.setattr(client.time, "monotonic", lambda: registry._away_until)
    await registry.view("news")
    assert fake_registry.requests == ["GET /internal/v1/channels/news"]


async def test_trouble_with_one_channel_is_not_the_others(
    registry: Registry, fake_registry: FakeRegistry
) -> None:
    fake_registry.broken.add("news")
    with pytest.raises(AwayError, match=r"500 Something broke\."):
        await registry.view("news")
    assert await registry.view("sports") == RegistryView()


async def test_another_authoritys_certificate_is_not_trusted(
    fake_registry: FakeRegistry, token_file: Path
) -> None:
    async with Registry(f"https://127.0.0.1:{fake_registry.port}", None, token_file) as stranger:
        with pytest.raises(AwayError, match="certificate verify failed"):
            await stranger.put_key("news", make_key())
    assert fake_registry.requests == []


async def test_no_key_is_in_the_words_of_an_error(registry: Registry, fake_registry: FakeRegistry) -> None:
    key = make_key()
    await registry.put_key("news", key)
    with pytest.raises(KeyConflictError) as conflict:
        await registry.put_key("sports", key)
    await fake_registry.stop()
    with pytest.raises(AwayError) as away:
        await registry.put_key("news", key)
    assert key.key not in f"{conflict.value}{away.value}"
