"""Sign-in through a provider in JSON."""

from pydantic import BaseModel, Field


class Departure(BaseModel):
    """Where the browser is to go."""

    authorization_url: str


class Return(BaseModel):
    """What the provider sent the browser back with (RFC 6749 §4.1.2; `iss`: RFC 9207)."""

    state: str = Field(max_length=128, repr=False)
    code: str = Field(max_length=4096, repr=False)
    iss: str | None = Field(None, max_length=2048)
