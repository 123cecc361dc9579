"""Whether the channel plays what it shall: the condition SourceHealthy, from what SimLive says."""

import re
from collections.abc import Mapping

from telstar_operator.plan.conditions import Verdict, kept, no, unknown, yes
from telstar_operator.plan.facts import NotAsked, Observed, Silent
from telstar_operator.plan.pods import container_status, present_pod
from telstar_operator.plan.simlive import SaidSource
from telstar_operator.resources import Channel

FAULTS_TOLD = 5
"""How many faults a message lists; a playlist may have hundreds."""
USER = re.compile(r"://[^/\s@]*@")
QUERY = re.compile(r"(\w+://[^\s?]*)\?[^\s,;:]*")


def decide_source(channel: Channel, observed: Observed) -> Verdict:
    """SourceHealthy. Where SimLive was not asked or has not begun yet, what was known before stands."""
    if channel.spec.state == "Stopped":
        return unknown("Stopped", "the channel does not run")
    pod = present_pod(observed.pods)
    if pod is None or not container_status(pod).get("state", {}).get("running"):
        return unknown("NotObserved", "no SimLive pod runs that could be asked")
    if isinstance(observed.simlive, Silent):
        return unknown("NotObserved", f"SimLive does not say what it plays: {observed.simlive.why}")
    if isinstance(observed.simlive, NotAsked) or observed.simlive.revision is None:
        before = kept(channel.status.conditions, ("SourceHealthy",)).get("SourceHealthy")
        known = before is not None and before.status != "Unknown"
        return before if before and known else unknown("NotObserved", "SimLive has not begun to play yet")
    return judge(channel, observed.simlive.source)


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
