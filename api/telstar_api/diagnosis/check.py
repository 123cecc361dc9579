"""What one check of a diagnosis says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from telstar_api.entitlement.rules import Who


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and the facts it saw.

    `known` is false where it could not be looked at: then it did not pass, and is nobody's trouble either.
    `fix` says what would put right what failed, and `who` can.
    """

    code: str
    passed: bool
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)
    fix: str = ""
    who: Who = Who.OPERATOR
    known: bool = True
    of_rights: bool = False


def unknown(code: str, message: str, facts: Mapping[str, object] | None = None) -> Check:
    """A check that could not be made."""
    return Check(code, False, message, {"known": False, **(facts or {})}, known=False)
