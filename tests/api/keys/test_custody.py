"""Keys that cannot be opened: told by readiness, metrics and log, before a viewer meets them."""

import secrets
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from support.api_world import NOON, World, client
from telstar_api import models
from telstar_api.context import Context
from telstar_api.keys.custody import FRESH, Custody
from telstar_api.keys.wrapping import KeyEncryptionKey, KeyWrapping
from telstar_api.main import public_app

LOST = secrets.token_bytes(32)
LOST_ID = KeyEncryptionKey(LOST).id


async def key_under(world: World, kek: bytes, channel: str = "news", named: bool = True) -> str:
    kid, key = secrets.token_hex(16), secrets.token_bytes(16)
    wrapped = KeyEncryptionKey(kek).wrap(key) if named else aes_key_wrap(kek, key)
    row = models.DrmKey(kid=kid, channel=channel, wrapped_key=wrapped, registered_at=NOON, valid_from=NOON)
    row.kek_id = KeyEncryptionKey(kek).id if named else None
    world.session.add(row)
    await world.session.flush()
    return kid


async def get(world: World, path: str, context: Context | None = None) -> httpx.Response:
    return await client(public_app(context or replace(world.context, custody=Custody()))).get(path)


@pytest.mark.parametrize("named", [True, False])
async def test_a_channel_whose_keys_cannot_be_opened_makes_the_api_not_ready(
    world: World, named: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.channel("news")
    await world.key("news")
    assert (await get(world, "/readyz")).status_code == 200
    await key_under(world, LOST, named=named)
    answer = await get(world, "/readyz")
    assert answer.status_code == 503
    detail = answer.json()["detail"]
    assert (f"{LOST_ID if named else 'unknown'} (1 keys)") in detail
    assert "FORMER_KEY_ENCRYPTION_KEYS_PATH" in detail
    said = capsys.readouterr().out
    assert "stored keys cannot be opened" in said
    assert LOST.hex() not in said


async def test_with_the_former_key_encryption_key_it_is_ready(world: World) -> None:
    await world.channel("news")
    await key_under(world, LOST)
    wrapping = KeyWrapping(world.context.settings.key_encryption_key, [LOST])
    context = replace(world.context, wrapping=wrapping, custody=Custody())
    assert (await get(world, "/readyz", context)).status_code == 200


async def test_keys_of_channels_that_are_gone_are_told_and_stop_nobody(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await key_under(world, LOST, channel="deleted")
    assert (await get(world, "/readyz")).status_code == 200
    assert f"{LOST_ID} (1 keys)" in capsys.readouterr().out
    metrics = (await get(world, "/metrics")).text
    assert f'telstar_api_keys{{kek="{LOST_ID}"}} 1.0' in metrics
    assert "telstar_api_keys_unopened 1.0" in metrics


async def test_metrics_count_keys_by_key_encryption_key(world: World) -> None:
    await key_under(world, world.context.settings.key_encryption_key, named=False)
    for _ in range(2):
        await key_under(world, world.context.settings.key_encryption_key)
    metrics = (await get(world, "/metrics")).text
    assert f'telstar_api_keys{{kek="{world.context.wrapping.current_id}"}} 2.0' in metrics
    assert 'telstar_api_keys{kek="unknown"} 1.0' in metrics
    assert "telstar_api_keys_unopened 0.0" in metrics


async def test_it_is_looked_at_anew_after_a_while_and_told_once(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    context = replace(world.context, custody=Custody())
    await world.channel("news")
    assert (await get(world, "/readyz", context)).status_code == 200
    await key_under(world, LOST)
    assert (await get(world, "/readyz", context)).status_code == 200
    for _ in range(3):
        world.clock.turn(FRESH + timedelta(seconds=1))
        assert (await get(world, "/readyz", context)).status_code == 503
    assert capsys.readouterr().out.count("stored keys cannot be opened") == 1


async def test_a_request_that_needs_such_a_key_is_told_to_try_again(world: World) -> None:
    kid = await key_under(world, LOST)
    answer = await world.as_operator().get("/internal/v1/channels/news/keys")
    assert answer.status_code == 503
    again = await world.as_operator().put(f"/internal/v1/channels/news/keys/{kid}", json={"key": "0" * 32})
    assert again.status_code == 409
    assert LOST_ID in again.json()["detail"]


async def test_a_key_is_known_again_after_the_key_encryption_key_changed(world: World) -> None:
    """Wrapped under two key-encryption keys, one key looks like two."""
    path, body = f"/internal/v1/channels/news/keys/{'a' * 32}", {"key": "b" * 32}
    assert (await world.as_operator().put(path, json=body)).status_code == 204
    wrapping = KeyWrapping(LOST, [world.context.settings.key_encryption_key])
    world.internal.state.context = replace(world.context, wrapping=wrapping)
    assert (await world.as_operator().put(path, json=body)).status_code == 204
    assert (await world.as_operator().put(path, json={"key": "c" * 32})).status_code == 409
