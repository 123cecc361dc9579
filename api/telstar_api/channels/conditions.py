"""What the operator says of a channel in its resource. Values only, for who reads it and who judges it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the resource (docs/operator.md): `status` is True, False or Unknown."""

    type: str
    status: str
    reason: str
    message: str
    since: datetime | None
