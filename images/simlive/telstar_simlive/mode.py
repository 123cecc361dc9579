"""Whether the next run encodes or copies: pure decisions."""

from dataclasses import dataclass, replace

from telstar_simlive.channel import ChannelSpec
from telstar_simlive.content_keys import ContentKeys
from telstar_simlive.copying.eligibility import CopyPlan, Refusal
from telstar_simlive.setup import Setup, setup_of

_SHORTEST_PAUSE, _LONGEST_PAUSE = 60, 3600


@dataclass(frozen=True)
class Wanted:
    """What makes a run; another is another run. `plan` is what it copies, None where it encodes."""

    setup: Setup
    plan: CopyPlan | None = None


def wanted_at(
    spec: ChannelSpec,
    keys: ContentKeys | None,
    moment: int,
    decision: CopyPlan | Refusal | None,
    newest: Wanted | None,
) -> Wanted | None:
    """What a run is to be made with that begins at a moment (milliseconds); None while its key is missing.

    Args:
        spec: the channel's
        keys: its keys
        moment: when the run begins
        decision: the examiner's; None while the files are examined, or not trusted
        newest: what the newest run is made with; None without one, and then the channel begins encoded
    """
    setup = setup_of(spec, keys, moment)
    if setup is None:
        return None
    plan = None
    if newest is not None and isinstance(decision, CopyPlan):
        plan = decision
    elif newest is not None and decision is None and replace(newest.setup, key=setup.key) == setup:
        plan = newest.plan  # as long as nothing is known against it
    return Wanted(setup, plan if plan is not None and plays(plan, spec) else None)


def plays(plan: CopyPlan, spec: ChannelSpec) -> bool:
    """Whether a plan is of the playlist that the channel has."""
    playlist = spec.source.playlist
    return playlist is not None and (plan.items, plan.loop) == (playlist.items, playlist.loop)


def pause_after(faults: int) -> int:
    """For how many seconds a channel is encoded after so many faults of copied runs: 60 … 3600.

    A server that breaks off again and again would otherwise make a gap every minute.
    """
    return min(_SHORTEST_PAUSE * 2 ** min(faults - 1, 10), _LONGEST_PAUSE) if faults else 0
