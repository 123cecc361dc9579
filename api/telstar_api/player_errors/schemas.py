"""What players report, in JSON."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from telstar_api.entitlement.rights import Mode
from telstar_api.text import Line

MOST_AT_ONCE = 10


class PlayerError(BaseModel):
    """Something that went wrong in a player."""

    code: Line = Field(
        min_length=1, max_length=64, description="stable, as the player names it", examples=["fragLoadError"]
    )
    message: str = Field("", max_length=2000, description="for people; tokens in it are not kept")
    at: AwareDatetime = Field(description="when, by the player's clock")
    fatal: bool = Field(description="whether the player stopped for it")


class PlayerReport(BaseModel):
    """What a player says of itself with a heartbeat; all of it may be left out."""

    position: AwareDatetime | None = Field(None, description="the time of the picture that is shown")
    state: Literal["playing", "paused", "buffering", "ended", "error"] | None = None
    errors: list[PlayerError] = Field([], max_length=MOST_AT_ONCE, description="since the last heartbeat")


class ErrorsWithoutSession(BaseModel):
    """Errors of a player that has no session: playback was refused, or the browser cannot play at all."""

    channel: Line | None = Field(None, description="the channel's name, where one was to be played")
    mode: Mode | None = None
    errors: list[PlayerError] = Field(min_length=1, max_length=MOST_AT_ONCE)
