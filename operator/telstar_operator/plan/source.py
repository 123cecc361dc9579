"""Whether the channel plays what it shall: the condition SourceHealthy, from what SimLive says."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from telstar_operator.plan.conditions import Verdict, kept, no, unknown, yes
from telstar_operator.plan.facts import NotAsked, Observed, Silent
from telstar_operator.plan.pods import container_status, is_ready, present_pod
from telstar_operator.plan.simlive import SaidSource
from telstar_operator.resources import Channel, Manifest

SILENCE = timedelta(seconds=60)
"""How long what SimLive said last stands while its pod streams and does not answer."""
FAULTS_TOLD = 5
"""How many faults a message lists; a playlist may have hundreds."""
USER = re.compile(r"://[^/\s@]*@")
QUERY = re.compile(r"(\w+://[^\s?]*)\?[^\s,;:]*")


def decide_source(channel: Channel, observed: Observed, now: datetime) -> Verdict:
    """SourceHealthy: SimLive's own word, or what it said before as far as that still stands."""
    if channel.spec.state == "Stopped":
        return unknown("Stopped", "the channel does not run")
    pod = present_pod(observed.pods)
    if pod is None or not container_status(pod).get("state", {}).get("running"):
        return unknown("NotObserved", "no SimLive pod runs that could be asked")
    if isinstance(observed.simlive, Silent):
        silence = unknown("NotObserved", f"SimLive does not say what it plays: {observed.simlive.why}")
        return (silent_for_moments(pod, observed.simlive, now) and known_before(channel)) or silence
    if isinstance(observed.simlive, NotAsked) or observed.simlive.revision is None:
        return not_told_yet(channel)
    return judge(channel, observed.simlive.source)


def silent_for_moments(pod: Manifest, silence: Silent, now: datetime) -> bool:
    """Whether a pod that streams has missed an answer or two, which says nothing of what it plays."""
    return is_ready(pod) and silence.since is not None and now - silence.since < SILENCE


def not_told_yet(channel: Channel) -> Verdict:
    """Before SimLive's first word to this operator, or its first segment.

    That all was well stands only where the channel streamed already, as when the operator starts anew: a pod
    that has just begun must say so itself, or Ready would be true before anybody knew what is played.
    """
    before = known_before(channel)
    streaming = channel.status.condition("Streaming")
    if before is not None and (not before.holds or (streaming is not None and streaming.holds)):
        return before
    return unknown("NotObserved", "SimLive has not begun to play yet")


def known_before(channel: Channel) -> Verdict | None:
    """The verdict that was written before, None where nothing was known."""
    before = kept(channel.status.conditions, ("SourceHealthy",)).get("SourceHealthy")
    return before if before is not None and before.status != "Unknown" else None


def judge(channel: Channel, said: SaidSource) -> Verdict:
    """What is on the air."""
    message = presentable(said.message)
    if said.state == "preferred":
        return preferred(channel, message, said.faults)
    if said.state.startswith("backup"):
        words = message or f"{said.state} is on the air"
        return no(
            "OnBackup",
            f"{words}, because spec.source gives nothing{because(said.faults)}; look at its sender",
        )
    if said.state == "ended":
        return no(
            "PlaylistEnded",
            "the playlist has been played to its end: set spec.source.playlist.loop to true, or give another "
            "source",
        )
    return no(
        "NoSignal",
        f"a slate is on the air, because no source gives anything{because(said.faults)}; look at the sources "
        "or add to spec.backupSources",
    )


def preferred(channel: Channel, message: str, faults: Mapping[str, str]) -> Verdict:
    """The preferred source plays, maybe not all of it."""
    words = message or "spec.source is on the air"
    playlist = channel.spec.source.playlist
    left_out = {item: why for item, why in faults.items() if playlist and item in playlist.items}
    if left_out:
        return yes(
            "ItemsLeftOut",
            f"{words}; left out, because they cannot be played{because(left_out)}; put these items right or "
            "remove them",
        )
    return yes("SourcePlaying", f"{words}; cannot be played{because(faults)}" if faults else words)


def because(faults: Mapping[str, str]) -> str:
    """The faults as the end of a sentence; in one order, so that a message does not change by itself."""
    if not faults:
        return ""
    told = [f"{presentable(place)} ({presentable(why)})" for place, why in sorted(faults.items())]
    more = f" and {len(told) - FAULTS_TOLD} more" if len(told) > FAULTS_TOLD else ""
    return ": " + ", ".join(told[:FAULTS_TOLD]) + more


def presentable(text: str) -> str:
    """Without what an address may hold of passwords: the user before the host, and the query."""
    return QUERY.sub(r"\1", USER.sub("://", text))
