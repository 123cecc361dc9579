"""Parental control in JSON."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

Pin = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,6}$")]
OLDEST = 21


class ParentalControl(BaseModel):
    """What an account shows without its PIN."""

    age_limit: int | None = Field(
        description="what is rated for viewers older than this takes the PIN; null: nothing does"
    )
    has_pin: bool


class NewParentalControl(BaseModel):
    """How it is to be, with the account's password: it is the password's holder who decides."""

    password: str = Field(max_length=1024, repr=False)
    age_limit: int | None = Field(
        ge=0, le=OLDEST, description="null switches parental control off and forgets the PIN"
    )
    pin: Pin | None = Field(
        None, repr=False, description="a new PIN of 4 to 6 digits; without one, the account's stays"
    )
