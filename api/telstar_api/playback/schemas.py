"""Playback sessions in JSON."""

import uuid
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from telstar_api.channels.schemas import Hex128
from telstar_api.entitlement.rights import Mode
from telstar_api.parental.schemas import Pin
from telstar_api.text import Line


class NewPlayback(BaseModel):
    """What to play."""

    channel: Line = Field(description="the channel's name")
    mode: Mode
    programme_id: uuid.UUID | None = Field(None, description="which programme to start over or catch up on")
    pin: Pin | None = Field(
        None,
        repr=False,
        description="the account's PIN, where a refusal with `pin-required` has asked for it",
    )
    take_over: list[uuid.UUID] = Field(
        default_factory=list,
        max_length=16,
        description="sessions of the account that end so that this one may begin, as a 409's `conflicts` "
        "names them; all of them, and only if it then may",
    )

    @model_validator(mode="after")
    def _programme_unless_live(self) -> Self:
        if self.mode is Mode.LIVE and self.programme_id is not None:
            raise ValueError("live plays the channel: leave programme_id out")
        if self.mode is not Mode.LIVE and self.programme_id is None:
            raise ValueError(f"{self.mode} needs a programme_id")
        return self


class Playback(BaseModel):
    """A session that has begun."""

    session_id: uuid.UUID
    manifest_url: str = Field(
        description="path of the HLS multivariant playlist; carries the session's token"
    )
    license_url: str = Field(description="path that answers Clear Key licence requests")
    heartbeat_seconds: int = Field(description="how often to send a heartbeat")


class NextKey(BaseModel):
    """The key that a channel will change to."""

    model_config = ConfigDict(populate_by_name=True)

    kid: Hex128
    valid_from: datetime = Field(
        alias="from", description="ask for its licence before, at a moment of your own: not with everybody"
    )


class Heartbeat(BaseModel):
    """What a player should know by the next heartbeat."""

    next_key: NextKey | None = Field(description="null where none is announced, or the window has ended")
