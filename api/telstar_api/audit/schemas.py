"""The audit log in JSON."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from telstar_api.text import Line

BIGGEST_PAGE = 200
BIGGEST_ID = 2**63 - 1


class Record(BaseModel):
    """One thing that somebody did."""

    id: int
    at: datetime
    actor: str = Field(description="an account's id, or operator, system or anybody")
    action: str = Field(description="a stable name, its room first: `auth.sign-in`")
    subject: str = Field(description="the id of what it was done to")
    address: str | None = Field(description="the client's address")
    facts: dict[str, JsonValue]


class Page(BaseModel):
    """Records, newest first."""

    records: list[Record]
    next_before: int | None = Field(description="`before` of the next page; null where this is the last")


class Query(BaseModel):
    """Which records: all that agree with everything given."""

    actor: Line | None = None
    subject: Line | None = None
    action: Line | None = Field(None, description="the whole name, or a room with its full stop: `auth.`")
    since: AwareDatetime | None = Field(None, description="not before this moment")
    until: AwareDatetime | None = Field(None, description="before this moment")
    before: int | None = Field(None, ge=1, le=BIGGEST_ID, description="`next_before` of the page before")
    limit: int = Field(50, ge=1, le=BIGGEST_PAGE)
