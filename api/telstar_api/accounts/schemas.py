"""Registration and passwords in JSON."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

# What mail servers everywhere take (RFC 5321 without quoted strings). Letters beyond ASCII would need
# SMTPUTF8 on the whole way, and look like others.
ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)
LONGEST_LOCAL_PART = 64


def _address(text: str) -> str:
    text = text.strip().lower()
    if not ADDRESS.fullmatch(text) or len(text.split("@")[0]) > LONGEST_LOCAL_PART:
        raise ValueError("must be an email address such as name@example.com")
    return text


Address = Annotated[str, StringConstraints(max_length=254), AfterValidator(_address)]
# Its rules are told by `password_rules`; here it is only kept within bounds.
Password = Annotated[str, Field(max_length=1024, repr=False)]
Secret = Annotated[str, Field(max_length=128, repr=False)]


class RegistrationRequest(BaseModel):
    """Who wants an account."""

    email: Address
    password: Password = Field(description="8 characters or more, and none that is commonly used")


class ConfirmationRequest(BaseModel):
    """The secret from the mail, and the password that was chosen: both, so that neither is enough."""

    token: Secret
    password: Password


class PasswordChange(BaseModel):
    """The present password and the next."""

    present_password: Password
    new_password: Password


class ResetRequest(BaseModel):
    """Whose password is forgotten."""

    email: Address


class ResetConfirmation(BaseModel):
    """The secret from the mail, and the next password."""

    token: Secret
    new_password: Password


class Methods(BaseModel):
    """How one can get in here."""

    registration: bool = Field(description="whether one can register and reset passwords: takes mail")
    oidc: str | None = Field(description="the identity provider's host, where there is one")
