"""The FFmpeg command that copies a playlist's files into a channel's segments, and the list that it plays.

Like the encoder's, it runs in a run's folder of the spool, where the list lies too. What was measured:

- `concat` with an explicit `inpoint` and `duration` puts every item exactly where it belongs, for as many
  items as the list has: whole seconds have no rounding error in any time scale. `auto_convert 0` leaves the
  samples as they are; it would write SPS and PPS before each IDR picture.
- `-copyts`: else FFmpeg moves all to begin at 0, where B-frames make decoding begin before.
- `negative_cts_offsets`: tfdt is then the *presentation* time of a segment's first picture also with B-frames
  (as CMAF has it), so it is the slot's start exactly.
- Files have an AAC frame more or less than their picture lasts, and frames of 1024 samples do not fit whole
  seconds. Left alone, each join would make the sound overlap or pause. `_SOUND_CLOCK` counts the frames as
  1024 samples each and, when a join has made the sound late by more than half a frame, leaves one out; where
  sound is missing by more than a frame, it goes on at its proper time. So sound is never off by more than a
  frame, however many items are played. (Priming frames at an item's begin are left out by the same rule.)
- FFmpeg reads at the pace of the clock (`-re`), half as fast again while it is behind (a slow server).
- An item that cannot be opened ends the list: FFmpeg says so as an error, and exits with code 0 all the same.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from telstar_simlive.copying.eligibility import CopyPlan, Position, Stretch
from telstar_simlive.copying.shape import AUDIO_FRAME, HTTP_OPTIONS, input_name
from telstar_simlive.encoder import output_options
from telstar_simlive.setup import Setup

LIST_FILE = "items.ffconcat"
LONGEST_LIST = 20_000
"""Lines of items in a run's list: FFmpeg holds them all (41 MB with 20,000)."""
LONGEST_RUN = 7 * 24 * 3600
"""Seconds that a run's list lasts at most; the next run begins where it ends."""
_QUIET = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning")
_PACE = ("-re", "-readrate_initial_burst", "0.001", "-readrate_catchup", "1.5")
_PROTOCOLS = "file,http,https,tcp,tls,crypto"
# Where the last frame began; before the first, a frame before the run's start.
_LAST = f"if(N,PREV_OUTPTS,-{AUDIO_FRAME})"
_SOUND_CLOCK = (
    f"setts=ts='st(0,{_LAST});st(1,PTS-ld(0));if(lt(ld(1),{AUDIO_FRAME // 2}),ld(0),"
    f"if(lte(ld(1),{2 * AUDIO_FRAME}),ld(0)+{AUDIO_FRAME},PTS))'"
    f":duration='if(lt(PTS-{_LAST},{AUDIO_FRAME // 2}),0,{AUDIO_FRAME})'"
    ",noise=drop='not(d)'"
)


def run_slots(plan: CopyPlan, position: Position) -> int:
    """For how many slots from a position a run's list can be made; fewer where the playlist ends before."""
    slots = lines = 0
    for stretch in plan.stretches(position, LONGEST_RUN // plan.segment):
        slots, lines = slots + stretch.until - stretch.first, lines + 1
        if lines == LONGEST_LIST:
            break
    return slots


def copy_list(plan: CopyPlan, position: Position, slots: int) -> str:
    """The content of `LIST_FILE`: what is played in the next slots (at most `run_slots`) from a position."""
    entries = (_entry(plan, stretch) for stretch in plan.stretches(position, slots))
    return "\n".join(["ffconcat version 1.0", *(line for entry in entries for line in entry), ""])


def _entry(plan: CopyPlan, stretch: Stretch) -> Iterable[str]:
    item, segment = plan.items[stretch.item], plan.segment
    quoted = input_name(item).replace("'", r"'\''")
    yield f"file '{quoted}'"
    if urlsplit(item).scheme in ("http", "https"):
        yield from (f"option {name} {value}" for name, value in HTTP_OPTIONS)
    yield f"inpoint {stretch.first * segment}"
    yield f"outpoint {stretch.until * segment}"
    yield f"duration {(stretch.until - stretch.first) * segment}"


def copy_command(ffmpeg: str, setup: Setup, start: int, paced: bool = True) -> list[str]:
    """The command of one run, in whose folder `LIST_FILE` lies.

    Args:
        ffmpeg: path of the binary
        setup: what the run is made with: of it, tracks, segment and key
        start: the run's start in whole seconds since the epoch. FFmpeg plays as soon as it is started, so
            start it then (see `held`)
        paced: at the pace of the wall clock, otherwise as fast as can be
    """
    return [
        *(ffmpeg, *_QUIET, "-y", *(_PACE if paced else ()), "-copyts"),
        *("-protocol_whitelist", _PROTOCOLS),
        *("-f", "concat", "-safe", "0", "-auto_convert", "0", "-i", LIST_FILE),
        *("-map", "0:v:0", "-map", "0:a:0", "-c", "copy", "-bsf:a", _SOUND_CLOCK),
        *output_options(setup, start, "+frag_discont+negative_cts_offsets"),
    ]


def held(command: list[str], seconds: float) -> list[str]:
    """A command that does nothing for so long, then is the given one, with the same process id."""
    return ["sh", "-c", 'sleep "$0" && exec "$@"', f"{max(seconds, 0):.3f}", *command]
