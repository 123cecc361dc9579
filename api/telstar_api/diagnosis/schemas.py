"""The diagnosis in JSON."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from telstar_api.entitlement.rules import Who


class Verdict(BaseModel):
    """Whether it may be watched, by the very functions that playback asks."""

    model_config = ConfigDict(from_attributes=True)

    allowed: bool
    message: str = Field(description="one sentence, with the first cause that matters")


class Check(BaseModel):
    """One thing that was looked at, from the account to the player."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(
        description="stable; of a rule of entitlement, its reason's", examples=["not-subscribed"]
    )
    passed: bool
    message: str
    facts: dict[str, Any] = Field(
        description="what it saw; `known: false` where it could not be looked at, which then did not pass"
    )


class Remedy(BaseModel):
    """What would help, and who can do it."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)

    message: str
    who: Who = Field(description="who can do it; `time`: it passes by itself")
    code: str | None = Field(None, description="the failed check that it is for; null for products")
    product_id: str | None = Field(None, description="a product that would turn the no into a yes")
    base_product_id: str | None = Field(None, description="to be taken first, where that is an add-on")


class Diagnosis(BaseModel):
    """Why something can be watched, or not: the verdict, every check in order, and what would help."""

    model_config = ConfigDict(from_attributes=True)

    verdict: Verdict
    checks: list[Check]
    remedies: list[Remedy]
