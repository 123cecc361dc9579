"""How decisions look in JSON."""

from pydantic import BaseModel, Field


class Reason(BaseModel):
    """Why something is refused."""

    code: str = Field(description="stable, one for each rule", examples=["not-subscribed"])
    message: str = Field(description="a sentence for the viewer")


class Action(BaseModel):
    """Whether the viewer may do something, and every reason why not."""

    allowed: bool
    reasons: list[Reason]


class Price(BaseModel):
    """What a product costs each month."""

    amount: str = Field(description="decimal number", pattern=r"^\d+\.\d{2}$", examples=["9.99"])
    currency: str = Field(description="ISO 4217", pattern=r"^[A-Z]{3}$", examples=["EUR"])


class Base(BaseModel):
    """A product that an add-on needs beside it."""

    product_id: str
    name: str


class Offer(BaseModel):
    """A product that would turn the refusal into a yes."""

    product_id: str
    name: str
    price: Price = Field(description="of all that has to be taken")
    base: Base | None = Field(None, description="to be taken first, where the product is an add-on to it")
