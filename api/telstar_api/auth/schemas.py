"""Sign-in in JSON."""

import uuid
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from telstar_api.auth.tokens import Role
from telstar_api.subscriptions.schemas import Subscription
from telstar_api.text import Line


class Tokens(BaseModel):
    """What signing in or refreshing gives (RFC 6749 §5.1)."""

    access_token: str
    refresh_token: str = Field(description="good once: each use answers the next one")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - not a password
    expires_in: int = Field(description="seconds the access token lasts")


class Account(BaseModel):
    """The signed-in account."""

    id: uuid.UUID
    email: str
    role: Role
    subscriptions: list[Subscription] = Field(description="those in force now")


class SignIn(BaseModel):
    """One device that is signed in."""

    id: uuid.UUID
    created_at: datetime
    last_used_at: datetime = Field(description="when it last got new tokens: a quarter of an hour may pass")
    user_agent: str = Field(description="what its browser calls itself")
    network: str | None = Field(description="where it was last used from, roughly: an IPv4 /24 or IPv6 /48")
    present: bool = Field(description="whether it is the one that asks")


class TokenRequest(BaseModel):
    """A form: `grant_type=password` with username and password, or `grant_type=refresh_token`."""

    grant_type: Literal["password", "refresh_token"] = "password"
    username: Line = Field("", description="the account's email address")
    password: str = Field("", max_length=1024, repr=False)
    refresh_token: str | None = Field(None, max_length=128, repr=False)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.grant_type == "password" and not (self.username and self.password):
            raise ValueError("grant_type password needs username and password")
        if (self.grant_type == "refresh_token") != (self.refresh_token is not None):
            raise ValueError("refresh_token goes with grant_type refresh_token, and only with that")
        return self


class RevocationRequest(BaseModel):
    """A form with the refresh token to end."""

    token: str = Field(max_length=128, repr=False)
