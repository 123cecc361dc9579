"""What is taken away, by whomever, is refused by every API process within a second, warm facts or not."""

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx
import pytest
from sqlalchemy import text
from support import postgres
from support.api_process import ApiProcess, serving, shared_world
from support.api_world import World, sign_in_of
from telstar_api import migrations
from telstar_api.auth.tokens import Role, Viewer
from telstar_api.notices import APPLICATION_NAME

A_SECOND = 1.0
WARM_SECONDS = 120

REVOCATIONS = {
    "subscription ended": "UPDATE user_subscriptions SET ends_at = now() WHERE user_id = :user",
    "subscription deleted": "DELETE FROM user_subscriptions WHERE user_id = :user",
    "right taken out of the product": "DELETE FROM product_entitlements WHERE product_id = :product",
    "session taken over": """UPDATE tstv_sessions SET ended_at = now(), end_reason = 'taken-over',
                             taken_over_by = gen_random_uuid() WHERE user_id = :user""",
    "signed out": "UPDATE sign_ins SET ended_at = now() WHERE user_id = :user",
    "sign-in deleted": "DELETE FROM sign_ins WHERE user_id = :user",
    "account deactivated": "UPDATE users SET active = false WHERE id = :user",
    "account deleted": "DELETE FROM users WHERE id = :user",
    "key removed": "DELETE FROM drm_keys WHERE kid = :kid",
    "channel stopped": "UPDATE channels SET state = 'Stopped' WHERE name = :channel",
    "channel deleted": "DELETE FROM channels WHERE name = :channel",
    "live switched off": "INSERT INTO channel_policies (channel, live) VALUES (:channel, 'disabled')",
    "blackout": """INSERT INTO schedule_entries (id, channel, starts_at, ends_at, title, live)
                   VALUES (gen_random_uuid(), :channel, now(), now() + interval '1 h', 'Cup', 'disabled')""",
    "age rating raised": "INSERT INTO channel_policies (channel, age) VALUES (:channel, 18)",
}

# These end the token itself, 401; the others what it may do, 403.
OF_THE_TOKEN = {"signed out", "sign-in deleted", "account deactivated", "account deleted"}


def refused(revocation: str) -> list[int]:
    """What both processes answer after it."""
    return [401 if revocation in OF_THE_TOKEN else 403] * 2


@pytest.fixture(scope="module")
def shared_database(database_server: str) -> Iterator[str]:
    """A migrated database that both processes use."""
    with postgres.database(database_server) as url:
        migrations.migrate(url)
        yield url


@pytest.fixture(scope="module")
def replicas(
    shared_database: str, secret_files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ApiProcess, ApiProcess]]:
    """Two API processes."""
    settings = {
        "DATABASE_URL": shared_database,
        "SEGMENTS_PATH": str(tmp_path_factory.mktemp("segments")),
        **{name.upper(): str(path) for name, path in secret_files.items()},
    }
    with serving(settings) as one, serving(settings) as other:
        yield one, other


@pytest.fixture
async def shared(shared_database: str, secret_files: dict[str, Path], tmp_path: Path) -> AsyncIterator[World]:
    """Makes rows that both see."""
    async with shared_world(shared_database, secret_files, tmp_path) as world:
        yield world


@dataclass
class Watcher:
    """Somebody who has just been given a key by both processes, the second time from memory."""

    world: World
    clients: tuple[httpx.AsyncClient, ...]
    body: bytes
    names: dict[str, object]

    async def statuses(self) -> list[int]:
        """What each process answers now."""
        answers = [await client.post("/api/v1/drm/license", content=self.body) for client in self.clients]
        return [answer.status_code for answer in answers]

    async def write(self, statement: str) -> None:
        """As anybody with a database connection might."""
        await self.world.session.execute(text(statement), self.names)
        await self.world.session.commit()


async def from_memory(client: httpx.AsyncClient) -> int:
    """How many licences this process has given by facts in memory."""
    lines = (await client.get("/metrics")).text.splitlines()
    name = 'telstar_api_licence_facts_total{source="memory"} '
    return int(float(next(line.removeprefix(name) for line in lines if line.startswith(name))))


@pytest.fixture
async def watcher(shared: World, replicas: tuple[ApiProcess, ApiProcess]) -> AsyncIterator[Watcher]:
    """On a channel, with a product, of the test's own."""
    name = f"ch-{uuid.uuid4().hex[:8]}"
    await shared.channel(name)
    await shared.product(name, (name, "live", None))
    kid, _ = await shared.key(name)
    user = await shared.viewer(name)
    user.age_limit, user.pin_hash = 12, "-"
    session = await shared.watches(user, name)
    await shared.session.flush()
    await shared.session.commit()
    token = shared.context.tokens.issue(
        Viewer(user.id, cast("Role", user.role), sign_in_of(user.id)), shared.clock.now()
    )
    body = json.dumps({"kids": [base64.urlsafe_b64encode(bytes.fromhex(kid)).rstrip(b"=").decode()]})
    headers = {"Authorization": f"Bearer {token}"}
    clients = tuple(httpx.AsyncClient(base_url=item.url, headers=headers) for item in replicas)
    names = {"user": user.id, "product": name, "kid": kid, "channel": name, "session": session.id}
    watcher = Watcher(shared, clients, body.encode(), names)
    for client in clients:
        await warmed(watcher, client)
    yield watcher
    for client in clients:
        await client.aclose()


async def warmed(watcher: Watcher, client: httpx.AsyncClient) -> None:
    """Ask until an answer came from memory: the process hears notices, and its facts are warm."""
    async with asyncio.timeout(WARM_SECONDS):
        before = await from_memory(client)
        while await from_memory(client) == before:
            answer = await client.post("/api/v1/drm/license", content=watcher.body)
            assert answer.status_code == 200, answer.text
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("revocation", REVOCATIONS)
async def test_a_key_is_refused_everywhere_a_second_after_the_right_to_it_is_gone(
    watcher: Watcher, revocation: str
) -> None:
    await watcher.write(REVOCATIONS[revocation])
    await asyncio.sleep(A_SECOND)
    assert await watcher.statuses() == refused(revocation)


@pytest.mark.parametrize(
    "revocation", ["subscription ended", "session taken over", "signed out", "key removed"]
)
async def test_so_it_is_where_the_listeners_connections_are_cut(watcher: Watcher, revocation: str) -> None:
    watcher.names["listener"] = APPLICATION_NAME
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :listener"
    await watcher.write(f"{cut} AND datname = current_database()")
    await watcher.write(REVOCATIONS[revocation])
    await asyncio.sleep(A_SECOND)
    assert await watcher.statuses() == refused(revocation)


async def test_what_is_given_again_is_had_again_at_once(watcher: Watcher) -> None:
    await watcher.write("UPDATE user_subscriptions SET ends_at = now() WHERE user_id = :user")
    await asyncio.sleep(A_SECOND)
    assert await watcher.statuses() == [403, 403]
    await watcher.write("UPDATE user_subscriptions SET ends_at = NULL WHERE user_id = :user")
    assert await watcher.statuses() == [200, 200]


async def test_heartbeats_leave_what_is_warm_warm(watcher: Watcher) -> None:
    await watcher.write("UPDATE tstv_sessions SET last_seen_at = now() WHERE user_id = :user")
    await watcher.write("UPDATE sign_ins SET last_used_at = now() WHERE user_id = :user")
    await asyncio.sleep(A_SECOND)
    for client in watcher.clients:
        before = await from_memory(client)
        assert (await client.post("/api/v1/drm/license", content=watcher.body)).status_code == 200
        assert await from_memory(client) == before + 1
