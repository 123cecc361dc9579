"""A small television world in Postgres, the API in front of it, and a clock to turn."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from telstar_api import models
from telstar_api.auth.tokens import Role, Viewer
from telstar_api.channels.conditions import Condition
from telstar_api.channels.resources import Resource, ResourceUnknown
from telstar_api.channels.stored import Holdings, Span
from telstar_api.clock import Clock
from telstar_api.context import Context
from telstar_api.mail.port import MailNotSent, Message
from telstar_api.problems import Unavailable
from telstar_api.subscriptions.billing import Bill, bill
from telstar_api.subscriptions.payments import Payments

from support.documented import Documented

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SIGN_INS = uuid.UUID("0f6f7d5e-53a9-4a5c-9a1d-2f0f8a3c1e77")
OPERATOR = "system:serviceaccount:telstar:telstar-operator"


class SetClock(Clock):
    """Stands at NOON until it is turned."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        """The time it was set to."""
        return self.time

    def turn(self, by: timedelta) -> None:
        """Move on (or back)."""
        self.time += by


@dataclass
class KnownJournals:
    """What is stored, as a test says: channel → stretches that do not overlap."""

    spans: dict[str, list[Span]] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)

    async def coverage(self, channel: str) -> Span | None:
        """From the first stretch's start to the last one's end."""
        self._readable(channel)
        spans = self.spans.get(channel)
        return Span(spans[0].start, spans[-1].end) if spans else None

    async def stored(self, channel: str, spans: Sequence[Span]) -> list[float]:
        """The part of each span that the stretches cover."""
        self._readable(channel)
        return [self._part(span, self.spans.get(channel, [])) for span in spans]

    async def holdings(self, channel: str, span: Span) -> Holdings:
        """The part of the span that the stretches cover, and the gaps between them; under no keys."""
        self._readable(channel)
        spans, gaps, reached = self.spans.get(channel, []), [], span.start
        for stored in [*spans, Span(span.end, span.end)]:
            if min(stored.start, span.end) > reached:
                gaps.append(Span(reached, min(stored.start, span.end)))
            reached = max(reached, stored.end)
        return Holdings(self._part(span, spans), tuple(gaps), frozenset())

    def _readable(self, channel: str) -> None:
        if channel in self.damaged:
            raise Unavailable(f"What is stored of {channel} cannot be read just now.")

    def _part(self, wanted: Span, stored: list[Span]) -> float:
        length = wanted.end - wanted.start
        covered = [min(wanted.end, span.end) - max(wanted.start, span.start) for span in stored]
        return sum((max(part, timedelta(0)) for part in covered), timedelta(0)) / length if length else 0.0


@dataclass
class KnownResources:
    """Channel resources as a test says; `fault`: why Kubernetes cannot be asked."""

    resources: dict[str, Resource] = field(default_factory=dict)
    fault: str | None = None

    async def __call__(self, name: str) -> Resource | None:
        """The channel's resource."""
        if self.fault is not None:
            raise ResourceUnknown(self.fault)
        return self.resources.get(name)

    def ready(self, name: str, status: str = "True", reason: str = "Ready", message: str = "") -> None:
        """Let the resource's condition Ready say this."""
        self.resources[name] = Resource((Condition("Ready", status, reason, message, NOON),), restarts=0)


@dataclass
class KeptMail:
    """Mail that goes nowhere: what would have been sent."""

    sent: list[Message] = field(default_factory=list)
    fails: bool = False

    async def send(self, message: Message) -> None:
        """Keep it, or fail."""
        if self.fails:
            raise MailNotSent("no route to host")
        self.sent.append(message)


@dataclass
class World:
    """Makes rows, and clients who are somebody."""

    session: AsyncSession
    context: Context
    clock: SetClock
    journals: KnownJournals
    public: FastAPI
    internal: FastAPI
    cluster: KnownResources

    async def viewer(
        self, *products: str, active: bool = True, role: Role = "subscriber", password_hash: str = "-"
    ) -> models.User:
        """An account that has had the products since long ago, signed in where it is active."""
        email = f"{uuid.uuid4().hex[:8]}@example.com"
        user = models.User(
            id=uuid.uuid4(), email=email, password_hash=password_hash, role=role, active=active
        )
        self.session.add(user)
        await self.session.flush()
        self.session.add(
            models.SignIn(id=sign_in_of(user.id), user_id=user.id, created_at=NOON, last_used_at=NOON)
        )
        await self.session.flush()
        for product in products:
            await self.subscription(user, product)
        return user

    async def subscription(
        self,
        user: models.User,
        product: str,
        starts: datetime = NOON - timedelta(days=90),
        ends: datetime | None = None,
    ) -> None:
        """A product that somebody has."""
        self.session.add(
            models.UserSubscription(user_id=user.id, product_id=product, starts_at=starts, ends_at=ends)
        )
        await self.session.flush()

    async def product(
        self,
        product: str,
        *rights: tuple[str | None, str, int | None],
        price: str = "9.99",
        on_sale: bool = True,
    ) -> models.Product:
        """A product with rights (channel or None for all, right, window in days)."""
        row = models.Product(
            id=product, name=product.title(), price=Decimal(price), currency="EUR", on_sale=on_sale
        )
        row.entitlements = [
            models.ProductEntitlement(channel=channel, right=right, window_days=days)
            for channel, right, days in rights
        ]
        self.session.add(row)
        await self.session.flush()
        return row

    async def channel(
        self, name: str, number: int = 1, state: str = "Running", stored: timedelta | None = timedelta(days=7)
    ) -> models.Channel:
        """A channel whose stored segments reach up to a few seconds before now."""
        row = models.Channel(
            name=name,
            display_name=name.title(),
            number=number,
            state=state,
            segment_seconds=4,
            retention_seconds=604800,
            drm_enabled=True,
            registered_at=NOON,
        )
        self.session.add(row)
        await self.session.flush()
        if stored is not None:
            self.journals.spans[name] = [Span(NOON - stored, NOON - timedelta(seconds=4))]
        return row

    async def programme(
        self, channel: str, start: timedelta, length: timedelta = timedelta(minutes=30), title: str = "News"
    ) -> models.ScheduleEntry:
        """A programme that starts so long after NOON (before it, when negative)."""
        begin = NOON + start
        row = models.ScheduleEntry(
            id=uuid.uuid4(), channel=channel, starts_at=begin, ends_at=begin + length, title=title
        )
        self.session.add(row)
        await self.session.flush()
        return row

    async def key(self, channel: str, start: timedelta = timedelta(0)) -> tuple[str, bytes]:
        """A content key of a channel, in force so long after NOON: (KID in hexadecimal, key)."""
        kid, key = secrets.token_hex(16), secrets.token_bytes(16)
        wrapped = self.context.wrapping.wrap(key)
        self.session.add(
            models.DrmKey(
                kid=kid,
                channel=channel,
                wrapped_key=wrapped,
                registered_at=self.clock.now(),
                valid_from=NOON + start,
            )
        )
        await self.session.flush()
        return kid, key

    async def sign_in(self, user: models.User) -> uuid.UUID:
        """Another device that signed in."""
        sign_in = models.SignIn(id=uuid.uuid4(), user_id=user.id, created_at=NOON, last_used_at=NOON)
        self.session.add(sign_in)
        await self.session.flush()
        return sign_in.id

    async def watches(
        self,
        user: models.User,
        channel: str,
        mode: str = "live",
        programme: models.ScheduleEntry | None = None,
        sign_in: uuid.UUID | None = None,
    ) -> models.TstvSession:
        """A playback session that is open, whether or not it might be begun."""
        row = models.TstvSession(
            id=uuid.uuid4(),
            user_id=user.id,
            sign_in=sign_in or sign_in_of(user.id),
            channel=channel,
            mode=mode,
            programme_id=programme.id if programme else None,
            token_hash=secrets.token_bytes(32),
            device="Firefox on Linux",
            created_at=self.clock.now(),
            last_seen_at=self.clock.now(),
        )
        self.session.add(row)
        await self.session.flush()
        return row

    def as_(self, user: models.User | None, sign_in: uuid.UUID | None = None) -> httpx.AsyncClient:
        """The API as somebody, or as nobody; every answer is held against the OpenAPI document."""
        token = None
        if user is not None:
            viewer = Viewer(user.id, cast("Role", user.role), sign_in or sign_in_of(user.id))
            token = self.context.tokens.issue(viewer, self.clock.now())
        return client(self.public, token)

    def charge_with(self, payments: Payments | None) -> None:
        """From now on payments go through this; None: nothing is ever due."""
        self.context = replace(self.context, payments=payments)
        self.public.state.context = self.context

    async def pass_time(self, by: timedelta) -> Bill:
        """Turn the clock, and do one round of billing if anything is ever due."""
        self.clock.turn(by)
        payments = self.context.payments
        return await bill(self.context.database, payments, self.clock) if payments else Bill()

    def as_operator(self, account: str | None = OPERATOR, uid: str = "of the account") -> httpx.AsyncClient:
        """The internal endpoints as a ServiceAccount; tests' tokens are the account's name and uid."""
        return client(self.internal, account and f"{account}#{uid}")


def sign_in_of(user_id: uuid.UUID) -> uuid.UUID:
    """The sign-in that tokens from `World.as_` name: one an account, always the same."""
    return uuid.uuid5(SIGN_INS, str(user_id))


def client(
    app: FastAPI, token: str | None = None, address: str = "127.0.0.1", **options: Any
) -> httpx.AsyncClient:
    """An HTTP client that speaks to the application directly, from an address."""
    return httpx.AsyncClient(
        **options,
        transport=httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 40000)),
        base_url="http://telstar.test",
        headers={"Authorization": f"Bearer {token}"} if token else {},
        event_hooks={"response": [_documented(app).check]},
    )


def _documented(app: FastAPI) -> Documented:
    """The application's document, read once."""
    if not hasattr(app.state, "documented"):
        app.state.documented = Documented(app.openapi())
    found: Documented = app.state.documented
    return found
