"""`stored.json`: where the stored time begins, and which slots before it are kept none the less.

    {"from":1795371840000,"gone":1795350240000,"kept":[[1795340000000,1795340600000]]}

`kept` is what a Recording held when its time came: slots that start in one of these spans have their files.
All others that start before `gone` are deleted or about to be; between `gone` and `from` the files are still
there, for whoever holds a playlist. `gone` and `kept` may be absent: 0, and none.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from telstar_simlive.journal.records import JournalError
from telstar_simlive.journal.spans import Span, Spans, union
from telstar_simlive.journal.writer import write_atomically

STORED_FILE = "stored.json"


class Stored(NamedTuple):
    """What stored.json says; moments in milliseconds."""

    begin: int = 0
    gone: int = 0
    kept: Spans = ()


def read_stored(channel_path: Path) -> Stored:
    """What the channel's stored.json says; nothing ever went where there is none.

    Raises:
        JournalError: it is damaged.
    """
    path = channel_path / STORED_FILE
    try:
        record = json.loads(path.read_bytes())
        kept = union(Span(int(start), int(end)) for start, end in record.get("kept", ()))
        return Stored(int(record["from"]), int(record.get("gone", 0)), kept)
    except FileNotFoundError:
        return Stored()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise JournalError(f"{path} is damaged ({error!r}); delete it and it is written anew") from error


def write_stored(channel_path: Path, stored: Stored, check: Callable[[], None] = lambda: None) -> None:
    """Writes it, at once or not at all.

    Raises:
        OSError: the volume is full or broken; what it said before stands.
        FencedError: `check` (`Fence.check`) said so.
    """
    record = {"from": stored.begin, "gone": stored.gone, "kept": stored.kept}
    content = json.dumps(record, separators=(",", ":")).encode() + b"\n"
    write_atomically(channel_path / STORED_FILE, content, check)
