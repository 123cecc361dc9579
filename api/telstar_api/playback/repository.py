"""Playback sessions in Postgres, and in one statement all that a decision about a viewer depends on."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import models
from telstar_api.database import Database, driver_connection, one_value
from telstar_api.entitlement import repository as entitlement
from telstar_api.entitlement.facts import Account
from telstar_api.models import TstvSession
from telstar_api.playback.sessions import DEVICE_DAYS, SILENCE
from telstar_api.playback.viewing import Taker, Viewing
from telstar_api.rows import as_row

# How far ahead the programmes are looked up that a channel will show.
AHEAD = timedelta(minutes=10)

# `watched` are the sessions in question: the viewer's open ones, and one asked for by its token, however it
# stands. Programmes on air: the one that began last, as it alone counts, and those that begin soon.
_VIEWING = """
WITH viewer AS (SELECT {viewer} AS id),
open_sessions AS (
    SELECT session.* FROM tstv_sessions session, viewer
    WHERE session.user_id = viewer.id AND session.ended_at IS NULL AND session.last_seen_at >= %(heard_since)s
),
watched AS (SELECT * FROM open_sessions {or_asked}),
watched_channels AS (SELECT DISTINCT channel AS name FROM watched)
SELECT jsonb_build_object(
    'account', (
        SELECT jsonb_build_object(
            'active', active, 'age_limit', age_limit, 'has_pin', pin_hash IS NOT NULL, 'id', users.id)
        FROM users, viewer WHERE users.id = viewer.id),
    'signed_in', (
        SELECT jsonb_agg(sign_ins.id) FROM sign_ins, viewer
        WHERE user_id = viewer.id AND ended_at IS NULL),
    'subscriptions', (
        SELECT jsonb_agg(to_jsonb(taken) ORDER BY starts_at, taken.id) FROM user_subscriptions taken, viewer
        WHERE user_id = viewer.id),
    'products', (
        SELECT jsonb_agg(to_jsonb(product) || jsonb_build_object('entitlements', (
            SELECT jsonb_agg(to_jsonb(entitlement)) FROM product_entitlements entitlement
            WHERE entitlement.product_id = product.id)))
        FROM products product, viewer
        WHERE product.id IN (SELECT product_id FROM user_subscriptions WHERE user_id = viewer.id)),
    'sessions', (SELECT jsonb_agg(to_jsonb(item) - 'token_hash') FROM open_sessions item),
    'channels', (
        SELECT jsonb_agg(to_jsonb(registered) || jsonb_build_object('policy', to_jsonb(policy)))
        FROM channels registered LEFT JOIN channel_policies policy ON policy.channel = registered.name
        WHERE registered.name IN (SELECT name FROM watched_channels)),
    'programmes', (
        SELECT jsonb_agg(to_jsonb(entry)) FROM schedule_entries entry
        WHERE entry.id IN (SELECT programme_id FROM watched)),
    'on_air', (
        SELECT jsonb_agg(to_jsonb(entry)) FROM watched_channels, LATERAL (
            (SELECT * FROM schedule_entries
             WHERE channel = watched_channels.name AND starts_at <= %(now)s AND ends_at > %(now)s
             ORDER BY starts_at DESC, id LIMIT 1)
            UNION ALL
            (SELECT * FROM schedule_entries
             WHERE channel = watched_channels.name AND starts_at > %(now)s AND starts_at < %(ahead)s)
        ) entry)
    {more}
)
"""
_DEVICES = """, 'devices', (
        SELECT jsonb_agg(DISTINCT session.sign_in)
        FROM tstv_sessions session JOIN sign_ins ON sign_ins.id = session.sign_in, viewer
        WHERE session.user_id = viewer.id AND sign_ins.ended_at IS NULL
          AND session.last_seen_at > %(devices_since)s)
"""
_ASKED = """, 'asked', (
        SELECT to_jsonb(session) - 'token_hash' || jsonb_build_object('taker', (
            SELECT jsonb_build_object('id', taker.id, 'device', taker.device)
            FROM tstv_sessions taker WHERE taker.id = session.taken_over_by))
        FROM tstv_sessions session WHERE token_hash = %(token_hash)s)
"""
_KEYS = """, 'keys', (
        SELECT jsonb_agg(jsonb_build_object('asked', to_jsonb(asked), 'following', to_jsonb(following)))
        FROM drm_keys asked LEFT JOIN LATERAL (
            SELECT * FROM drm_keys later
            WHERE later.channel = asked.channel
              AND (later.valid_from, later.kid) > (asked.valid_from, asked.kid)
            ORDER BY later.valid_from, later.kid LIMIT 1
        ) following ON true
        WHERE asked.kid = ANY(%(kids)s))
"""
_BY_TOKEN = "(SELECT user_id FROM tstv_sessions WHERE token_hash = %(token_hash)s)"  # noqa: S105 - no password
_OR_BY_TOKEN = "UNION SELECT * FROM tstv_sessions WHERE token_hash = %(token_hash)s"  # noqa: S105

OF_VIEWER = _VIEWING.format(viewer="%(viewer)s::uuid", or_asked="", more=_DEVICES)
OF_TOKEN = _VIEWING.format(viewer=_BY_TOKEN, or_asked=_OR_BY_TOKEN, more=_ASKED)
FOR_LICENCE = _VIEWING.format(viewer="%(viewer)s::uuid", or_asked="", more=_KEYS)


@dataclass(frozen=True, slots=True)
class Found:
    """A session that a token belongs to, however it stands; who took its place, if anybody; its viewer."""

    session: TstvSession
    taker: Taker | None
    viewing: Viewing


@dataclass(frozen=True, slots=True)
class ForLicence:
    """A viewer's facts, and those of the keys asked for that are known, each with the one that follows it.

    Keys are as they came: rows in JSON, which are read once they are given out.
    """

    viewing: Viewing
    keys: Sequence[Mapping[str, Any]]


async def lock(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Let one request at a time count an account's streams and add one; until the transaction's end."""
    statement = select(models.User.id).where(models.User.id == user_id)
    await session.execute(statement.with_for_update(key_share=True))


async def viewing(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> Viewing:
    """A viewer's facts within a transaction, devices included."""
    driver = driver_connection(await (await session.connection()).get_raw_connection())
    return _viewing(await one_value(driver, OF_VIEWER, _parameters(now, viewer=user_id)), now)


async def by_token_hash(database: Database, token_hash: bytes, now: datetime) -> Found | None:
    """The session that a token belongs to, with its viewer's facts."""
    found = await database.ask(OF_TOKEN, _parameters(now, token_hash=token_hash))
    asked = found["asked"]
    if asked is None:
        return None
    taker = asked.pop("taker")
    return Found(
        as_row(TstvSession, asked),
        Taker(uuid.UUID(taker["id"]), taker["device"]) if taker else None,
        _viewing(found, now),
    )


async def for_licence(
    database: Database, user_id: uuid.UUID, kids: Collection[str], now: datetime
) -> ForLicence:
    """A viewer's facts and the keys asked for."""
    found = await database.ask(FOR_LICENCE, _parameters(now, viewer=user_id, kids=list(kids)))
    return ForLicence(_viewing(found, now), found["keys"] or ())


async def of_viewer(session: AsyncSession, session_id: uuid.UUID, user_id: uuid.UUID) -> TstvSession | None:
    """A session, if it is this viewer's."""
    statement = select(TstvSession).where(TstvSession.id == session_id, TstvSession.user_id == user_id)
    return (await session.scalars(statement.with_for_update())).one_or_none()


async def some_of_viewer(
    session: AsyncSession, session_ids: Collection[uuid.UUID], user_id: uuid.UUID
) -> Sequence[TstvSession]:
    """Those of the sessions that are this viewer's."""
    statement = select(TstvSession).where(TstvSession.id.in_(session_ids), TstvSession.user_id == user_id)
    return (await session.scalars(statement.order_by(TstvSession.id).with_for_update())).all()


async def device(session: AsyncSession, session_id: uuid.UUID) -> str | None:
    """What a session plays on."""
    return await session.scalar(select(TstvSession.device).where(TstvSession.id == session_id))


async def titles(session: AsyncSession, programme_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """What these programmes are called, as far as they are still there."""
    entry = models.ScheduleEntry
    rows = await session.execute(select(entry.id, entry.title).where(entry.id.in_(programme_ids)))
    return {row.id: row.title for row in rows}


def _parameters(now: datetime, **more: object) -> dict[str, object]:
    return {
        "now": now,
        "heard_since": now - SILENCE,
        "ahead": now + AHEAD,
        "devices_since": now - DEVICE_DAYS,
        **more,
    }


def _viewing(found: Mapping[str, Any], now: datetime) -> Viewing:
    on_air: dict[str, tuple[models.ScheduleEntry, ...]] = {}
    for entry in map(_entry, found["on_air"] or ()):
        on_air[entry.channel] = (*on_air.get(entry.channel, ()), entry)
    # Where what is on ends, another that is on still may count, which was not looked up.
    ends = [entry.ends_at for entries in on_air.values() for entry in entries if entry.starts_at <= now]
    devices = found.get("devices") or ()
    return Viewing(
        account=_account(found),
        signed_in=frozenset(map(uuid.UUID, found["signed_in"] or ())),
        sessions=tuple(as_row(TstvSession, item) for item in found["sessions"] or ()),
        channels={item["name"]: _channel(item) for item in found["channels"] or ()},
        programmes={entry.id: entry for entry in map(_entry, found["programmes"] or ())},
        on_air=on_air,
        until=min([now + AHEAD, *ends]),
        devices=frozenset(map(uuid.UUID, devices)) if "devices" in found else None,
    )


def _account(found: Mapping[str, Any]) -> Account | None:
    account = found["account"]
    if account is None:
        return None
    products = {}
    for item in found["products"] or ():
        entitlements = [as_row(models.ProductEntitlement, right) for right in item["entitlements"] or ()]
        row = as_row(models.Product, item)
        products[row.id] = entitlement.product(row, entitlements), row.grace_days
    return Account(
        account["active"],
        tuple(
            entitlement.subscription(as_row(models.UserSubscription, item), *products[item["product_id"]])
            for item in found["subscriptions"] or ()
        ),
        account["age_limit"],
        account["has_pin"],
    )


def _channel(item: Mapping[str, Any]) -> models.Channel:
    policy = item["policy"]
    return as_row(
        models.Channel, item, policy=as_row(models.ChannelPolicy, policy) if policy is not None else None
    )


def _entry(item: Mapping[str, Any]) -> models.ScheduleEntry:
    return as_row(models.ScheduleEntry, item)
