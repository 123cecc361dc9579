"""Policies in JSON. What is left out is not said, and then a programme is as its channel has it."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from telstar_api.entitlement.rights import Setting
from telstar_api.policies.countries import COUNTRIES, Country

OLDEST = 21


def _in_order(countries: list[str]) -> list[str]:
    return sorted(set(countries))


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("too early or too late to be a time in UTC") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Countries = Annotated[list[Country], AfterValidator(_in_order)]


class Switches(BaseModel):
    """Each right: on, off, or as it is without this."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    live: Setting = Setting.INHERITED
    start_over: Setting = Field(Setting.INHERITED, alias="start-over")
    catch_up: Setting = Field(Setting.INHERITED, alias="catch-up")
    record: Setting = Setting.INHERITED


class Policy(BaseModel):
    """What staff say of a channel or a programme."""

    model_config = ConfigDict(extra="forbid")

    rights: Switches = Switches()
    territories: Countries | None = Field(
        None,
        min_length=1,
        max_length=len(COUNTRIES),
        description="ISO 3166-1 alpha-2 codes of where it may be watched; null: anywhere",
    )
    age: int | None = Field(None, ge=0, le=OLDEST, description="for this age and older; null: not said")


class Maintenance(BaseModel):
    """Work on a channel, for which it is taken off the air."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    start: Moment = Field(alias="from")
    until: Moment

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until <= self.start:
            raise ValueError("until must be later than from")
        return self


class ChannelPolicy(Policy):
    """What staff say of a channel."""

    maintenance: Maintenance | None = Field(None, description="null: none is planned")


class ProgrammePolicy(Policy):
    """What staff say of a programme; what it does not say is as its channel has it."""
