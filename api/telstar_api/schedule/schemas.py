"""The guide in JSON."""

import uuid
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from telstar_api.entitlement.schemas import Action


class ProgrammeActions(BaseModel):
    """What the viewer may do with a programme."""

    model_config = ConfigDict(populate_by_name=True)

    live: Action
    start_over: Action = Field(alias="start-over")
    catch_up: Action = Field(alias="catch-up")
    record: Action


class Programme(BaseModel):
    """One programme, from `start` until `end` (exclusive)."""

    id: uuid.UUID
    title: str
    description: str
    category: str
    start: datetime
    end: datetime
    stored: float | None = Field(
        description="how much of what has been broadcast of it is stored, 0 to 1; null before it starts",
        ge=0,
        le=1,
    )
    actions: ProgrammeActions


class GuideChannel(BaseModel):
    """A channel's programmes in the guide's range, in order."""

    name: str
    display_name: str
    number: int
    programmes: list[Programme]


class Guide(BaseModel):
    """All channels by number, each with what overlaps the range."""

    channels: list[GuideChannel]


class Title(BaseModel):
    """What a channel's overlay calls the time from `start` until `end` (exclusive)."""

    start: datetime
    end: datetime
    title: str


class Titles(BaseModel):
    """A channel's programmes by start."""

    programmes: list[Title]
