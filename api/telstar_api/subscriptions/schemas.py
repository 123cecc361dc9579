"""Products and subscriptions in JSON."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from telstar_api.entitlement import rights
from telstar_api.entitlement.facts import State
from telstar_api.entitlement.schemas import Price
from telstar_api.subscriptions.timeline import Kind
from telstar_api.text import Line

PaymentMethod = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,200}$")]


class Right(BaseModel):
    """What a product lets one do on a channel."""

    channel: str | None = Field(description="a channel's name; null: every channel")
    mode: rights.Right
    window_days: int | None = Field(description="catch-up only: how far back, in days")


class Limits(BaseModel):
    """How much a product allows; null: any number."""

    streams: int | None = Field(description="at a time")
    devices: int | None = Field(description="within a month")
    height: int | None = Field(description="of the picture, in lines")


class Product(BaseModel):
    """Something one can subscribe to."""

    id: str
    name: str
    description: str
    price: Price
    rights: list[Right]
    add_on_to: list[str] = Field(
        description="products of which one is needed beside it; empty: it stands alone"
    )
    trial_days: int = Field(description="free at first, once a viewer; where anything is ever due")
    grace_days: int = Field(description="how long it goes on unpaid")
    limits: Limits


class Named(BaseModel):
    """A product, by its name."""

    product_id: str
    name: str


class Scheduled(Named):
    """What will begin in a subscription's place."""

    subscription_id: uuid.UUID
    effective_at: datetime


class Subscription(BaseModel):
    """A product the viewer has, and from when until when (null: without end)."""

    id: uuid.UUID
    product_id: str
    name: str
    starts_at: datetime
    ends_at: datetime | None
    state: State
    counts: bool = Field(description="whether it gives rights now; an add-on without its base does not")
    needs: list[str] = Field(description="base products of which one is missing for it to count; else empty")
    price: Price = Field(description="each month, from the next period on")
    trial_ends_at: datetime | None = Field(description="free until then")
    paid_until: datetime | None = Field(description="null: nothing is ever due")
    grace_until: datetime | None = Field(description="counts until then though unpaid")
    cancelled_at: datetime | None
    next: Scheduled | None = Field(description="what will begin in its place")


class NewSubscription(BaseModel):
    """Which product to take, beside what there is or in a subscription's place."""

    product_id: Line
    replaces: uuid.UUID | None = None
    payment_method: PaymentMethod | None = Field(None, description="the payment provider's token of it")


class ChangeRequest(BaseModel):
    """Which product to have instead; the subscription's own: keep it, whatever was scheduled."""

    product_id: Line
    payment_method: PaymentMethod | None = None


class PaymentRequest(BaseModel):
    """With what to pay; null: with the payment method that is known."""

    payment_method: PaymentMethod | None = None


class Preview(Named):
    """What a change would mean."""

    effective_at: datetime
    at_once: bool
    price: Price = Field(description="each month from then on")
    credit: Price = Field(description="for what is left of the present period")
    due_now: Price = Field(description="what is charged at once")
    stops: list[Named] = Field(description="add-ons that count no more from then on")


class PaymentPending(BaseModel):
    """The provider has not said yet whether it is paid; what was wished happens when it is."""

    payment_id: uuid.UUID
    amount: Price
    message: str


class Payment(BaseModel):
    """A charge."""

    id: uuid.UUID
    amount: Price
    credit: Price = Field(description="that was subtracted before, for what was left of a replaced period")
    status: Literal["pending", "settled", "declined"]
    reason: str = Field(description="why it was declined")
    created_at: datetime
    settled_at: datetime | None


class Event(BaseModel):
    """Something that happened to a subscription."""

    kind: Kind
    at: datetime
    sets: dict[str, Any] = Field(description="what changed: columns of the subscription and their new values")
    notes: dict[str, Any]
    payment_id: uuid.UUID | None


class SubscriptionHistory(Subscription):
    """A subscription with all that happened to it, oldest first."""

    events: list[Event]


class Received(BaseModel):
    """What became of a webhook event."""

    outcome: Literal["applied", "ignored", "duplicate"]


class Overview(BaseModel):
    """Everything of one viewer's, for support: subscriptions, oldest first, and payments, newest first."""

    user_id: uuid.UUID
    subscriptions: list[SubscriptionHistory]
    payments: list[Payment]


Explanation = Annotated[Line, StringConstraints(min_length=3, max_length=320)]


class SupportCancellation(BaseModel):
    """Cancel for a viewer: to the end of what is paid for, or `at_once`. The reason is audited."""

    reason: Explanation
    at_once: bool = False


class Extension(BaseModel):
    """Give days that are not charged. The reason is audited."""

    reason: Explanation
    days: int = Field(ge=1, le=366)
