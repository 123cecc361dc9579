"""A sign-in that ended, or an account that changed, on one replica is refused on every other."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from support.api_world import World
from support.replicas import LIMIT, Replica, cut_listeners, replica, signed_in, until
from telstar_api.auth.revocation import REMEMBERED, Revocation, Revoked
from telstar_api.auth.tokens import Viewer


@pytest.fixture
async def replicas(world: World, migrated_database: str) -> AsyncIterator[tuple[Replica, Replica]]:
    """Two API processes before one database."""
    async with (
        replica(world.context, migrated_database) as one,
        replica(world.context, migrated_database) as other,
    ):
        await one.hears()
        await other.hears()
        yield one, other


def knows_only_what_it_hears(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the database says yes to all when asked, as it is where a busy machine proves late."""

    async def ask(viewer: Viewer) -> str | None:
        return None

    monkeypatch.setattr(replica.context.revocations, "_ask", ask)


async def refused(replica: Replica, token: str) -> str:
    """Wait until the replica refuses the token; answers with which words."""
    async with asyncio.timeout(LIMIT):
        while True:
            answer = await replica.using(token).get("/api/v1/products")
            if answer.status_code == 401:
                return str(answer.json()["detail"])
            assert answer.status_code == 200, answer.text
            await asyncio.sleep(0.02)


async def write(replica: Replica, statement: str, **values: Any) -> None:
    """As anybody with a database connection might, psql included."""
    async with replica.context.database.writing.begin() as session:
        await session.execute(text(statement), values)


async def test_ended_on_one_refused_on_the_other(
    replicas: tuple[Replica, Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = replicas
    _, token = await signed_in(one)
    _, bystander = await signed_in(one)
    knows_only_what_it_hears(other, monkeypatch)
    assert (await other.using(token).get("/api/v1/products")).status_code == 200
    assert (await one.using(token).delete("/api/v1/auth/sign-ins")).status_code == 204
    assert await refused(other, token) == "This sign-in has ended: sign in again."
    assert (await other.using(bystander).get("/api/v1/products")).status_code == 200


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE users SET role = 'support' WHERE id = :id", "The account's role has changed"),
        ("UPDATE users SET active = false WHERE id = :id", "This sign-in has ended"),
        ("DELETE FROM users WHERE id = :id", "This sign-in has ended"),
        ("DELETE FROM sign_ins WHERE user_id = :id", "This sign-in has ended"),
    ],
)
@pytest.mark.parametrize("heard", [True, False], ids=["heard", "asked"])
async def test_whoever_writes_is_minded(
    world: World,
    migrated_database: str,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
    reason: str,
    heard: bool,
) -> None:
    async with replica(world.context, migrated_database) as api:
        await api.hears()
        viewer, token = await signed_in(api)
        if heard:
            knows_only_what_it_hears(api, monkeypatch)
        else:
            monkeypatch.setattr(api.context.notices, "fresh", lambda: False)
        assert (await api.using(token).get("/api/v1/products")).status_code == 200
        await write(api, statement, id=viewer.id)
        assert (await refused(api, token)).startswith(reason)


async def test_a_reactivated_account_signs_in_anew(replicas: tuple[Replica, Replica]) -> None:
    one, _ = replicas
    viewer, token = await signed_in(one)
    for active in (False, True):
        await write(one, "UPDATE users SET active = :active WHERE id = :id", active=active, id=viewer.id)
    assert await refused(one, token) == "This sign-in has ended: sign in again."


async def test_a_new_role_goes_with_the_next_token(
    replicas: tuple[Replica, Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = replicas
    viewer, token = await signed_in(one)
    await write(one, "UPDATE users SET role = 'support' WHERE id = :id", id=viewer.id)
    await refused(other, token)
    promoted = other.context.tokens.issue(
        Viewer(viewer.id, "support", viewer.sign_in), other.context.clock.now()
    )
    assert (await other.using(promoted).get("/api/v1/admin/audit")).status_code == 200


async def test_where_the_listener_is_cut_off_the_database_is_asked_then_what_was_missed_is_loaded(
    replicas: tuple[Replica, Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = replicas
    _, token = await signed_in(one)
    _, bystander = await signed_in(one)
    deaf = asyncio.Event()
    connect = other.context.notices._connect

    async def unreachable() -> Any:
        if not deaf.is_set():
            raise OSError("no route to host")
        return await connect()

    monkeypatch.setattr(other.context.notices, "_connect", unreachable)
    assert await cut_listeners(one) == 2
    await until("the cut to be felt", lambda: not other.context.notices.fresh())
    await one.hears()
    assert (await one.using(token).delete("/api/v1/auth/sign-ins")).status_code == 204
    assert (await other.using(token).get("/api/v1/products")).status_code == 401, "at once, as it is asked"
    assert (await other.using(bystander).get("/api/v1/products")).status_code == 200
    deaf.set()
    await other.hears()
    knows_only_what_it_hears(other, monkeypatch)
    await refused(other, token)
    assert (await other.using(bystander).get("/api/v1/products")).status_code == 200


async def test_a_replica_that_starts_later_knows(
    world: World, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with replica(world.context, migrated_database) as early:
        _, token = await signed_in(early)
        assert (await early.using(token).delete("/api/v1/auth/sign-ins")).status_code == 204
        async with replica(world.context, migrated_database) as late:
            await late.hears()
            knows_only_what_it_hears(late, monkeypatch)
            assert await refused(late, token) == "This sign-in has ended: sign in again."


async def test_a_gibberish_notice_does_no_harm(replicas: tuple[Replica, Replica]) -> None:
    one, other = replicas
    _, token = await signed_in(one)
    await write(one, "SELECT pg_notify('telstar_revocations', 'gibberish')")
    assert (await one.using(token).delete("/api/v1/auth/sign-ins")).status_code == 204
    await refused(other, token)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "[]",
        "{}",
        '{"sign_in": 1}',
        '{"sign_in": "x", "account": null}',
        '{"sign_in": null, "account": null}',
    ],
)
def test_only_what_the_trigger_writes_is_understood(payload: str) -> None:
    with pytest.raises(ValueError):
        Revocation.read(payload)


IDS = [uuid.UUID(int=number) for number in range(3)]
EVENTS = st.lists(
    st.tuples(
        st.floats(0, 2 * REMEMBERED.total_seconds()),
        st.one_of(
            st.builds(Revocation, sign_in=st.sampled_from(IDS)),
            st.builds(
                Revocation,
                account=st.sampled_from(IDS),
                role=st.sampled_from([None, "subscriber", "admin"]),
                active=st.booleans(),
            ),
        ),
    ),
    max_size=8,
)


@given(EVENTS)
def test_all_that_a_token_may_outlive_is_remembered(steps: list[tuple[float, Revocation]]) -> None:
    """Against the plain reading: the newest word on a sign-in or account, if it is not too old."""
    revoked, now, log = Revoked(), 0.0, []
    for later, revocation in steps:
        now += later
        log.append((now, revocation))
        revoked.add(revocation, now)
        recent = [entry for at, entry in log if now - at < REMEMBERED.total_seconds()]
        for account, sign_in in ((a, s) for a in IDS for s in IDS):
            of_account = [entry for entry in recent if entry.account == account]
            expected = any(entry.sign_in == sign_in for entry in recent) or bool(
                of_account and not (of_account[-1].active and of_account[-1].role == "subscriber")
            )
            assert (revoked.reason(Viewer(account, "subscriber", sign_in)) is not None) == expected


def test_what_no_token_can_outlive_is_forgotten() -> None:
    revoked = Revoked()
    for number in range(1000):
        revoked.add(Revocation(sign_in=uuid.uuid4(), account=None), number)
        revoked.add(Revocation(account=uuid.uuid4()), number)
    revoked.add(Revocation(sign_in=IDS[0]), 1000 + REMEMBERED.total_seconds())
    assert (len(revoked._sign_ins), len(revoked._accounts)) == (1, 0)


def test_notices_are_json_as_postgres_writes_it() -> None:
    account = uuid.uuid4()
    payload = json.dumps({"sign_in": None, "account": str(account), "role": None, "active": False})
    assert Revocation.read(payload) == Revocation(account=account)
    assert timedelta(minutes=15) < REMEMBERED
