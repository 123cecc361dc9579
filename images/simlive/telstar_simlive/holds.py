"""What Recordings hold of a channel: `holds.json`, beside channel.json.

    {"holds": [{"start": "2026-11-22T18:00:00Z", "end": "2026-11-22T19:30:00Z"}]}

Times are RFC 3339, or whole milliseconds since the epoch. Without the file nothing is held.
"""

from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from telstar_simlive.journal import Span, Spans
from telstar_simlive.journal.spans import union

HOLDS_FILE = "holds.json"


class HoldsError(Exception):
    """What is held cannot be known, so nothing may be deleted: the message says why."""


class Hold(BaseModel):
    """A time that is held, from `start` to before `end`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    start: AwareDatetime
    end: AwareDatetime

    @property
    def span(self) -> Span:
        """In milliseconds."""
        return Span(_milliseconds(self.start), _milliseconds(self.end))


class _Holds(BaseModel):
    holds: list[Hold]


def read_holds(path: Path) -> Spans:
    """The times that are held; none where there is no such file.

    Raises:
        HoldsError: it cannot be read.
    """
    try:
        return union(hold.span for hold in _Holds.model_validate_json(path.read_bytes()).holds)
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:
        raise HoldsError(f"{path} cannot be read, so nothing is deleted: {error}") from error


def _milliseconds(moment: AwareDatetime) -> int:
    return round(moment.timestamp() * 1000)
