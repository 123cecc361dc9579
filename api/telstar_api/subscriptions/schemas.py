"""Products and subscriptions in JSON."""

import uuid
from datetime import datetime

from pydantic import BaseModel, Field

from telstar_api.entitlement import rights
from telstar_api.entitlement.schemas import Price
from telstar_api.text import Line


class Right(BaseModel):
    """What a product lets one do on a channel."""

    channel: str | None = Field(description="a channel's name; null: every channel")
    mode: rights.Right
    window_days: int | None = Field(description="catch-up only: how far back, in days")


class Product(BaseModel):
    """Something one can subscribe to."""

    id: str
    name: str
    description: str
    price: Price
    rights: list[Right]


class Subscription(BaseModel):
    """A product the viewer has, and from when until when (null: without end)."""

    id: uuid.UUID
    product_id: str
    name: str
    starts_at: datetime
    ends_at: datetime | None


class NewSubscription(BaseModel):
    """Which product to take."""

    product_id: Line
