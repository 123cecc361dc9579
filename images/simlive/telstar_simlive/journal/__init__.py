"""The segment volume's formats: file names, slots, runs; their one reader and writer.

The formats are those of docs/architecture.md, "The segment volume". This package needs nothing but the
standard library and pydantic, so that the API reads the volume through it. All times are whole
milliseconds since the epoch (UTC), durations whole milliseconds, sizes bytes.
"""

from telstar_simlive.journal.names import (
    DESCRIPTOR_FOLDER,
    JOURNAL_FOLDER,
    RESERVED_NAMES,
    SPOOL_FOLDER,
    SegmentName,
    descriptor_path,
    init_path,
    journal_path,
    parse_init_name,
    parse_segment_name,
    segment_path,
)
from telstar_simlive.journal.reader import JournalReader, read, read_run
from telstar_simlive.journal.rebuild import Rebuilt, rebuild
from telstar_simlive.journal.records import (
    AudioTrack,
    JournalError,
    Run,
    RunTrack,
    Slot,
    TrackPart,
    VideoTrack,
    parse_slot,
)
from telstar_simlive.journal.spans import Span, Spans
from telstar_simlive.journal.stored import Stored, read_stored, write_stored
from telstar_simlive.journal.writer import FencedError, JournalWriter, write_run

__all__ = [
    "DESCRIPTOR_FOLDER",
    "JOURNAL_FOLDER",
    "RESERVED_NAMES",
    "SPOOL_FOLDER",
    "AudioTrack",
    "FencedError",
    "JournalError",
    "JournalReader",
    "JournalWriter",
    "Rebuilt",
    "Run",
    "RunTrack",
    "SegmentName",
    "Slot",
    "Span",
    "Spans",
    "Stored",
    "TrackPart",
    "VideoTrack",
    "descriptor_path",
    "init_path",
    "journal_path",
    "parse_init_name",
    "parse_segment_name",
    "parse_slot",
    "read",
    "read_run",
    "read_stored",
    "rebuild",
    "segment_path",
    "write_run",
    "write_stored",
]
