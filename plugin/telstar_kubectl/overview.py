"""The table of all channels, and why one is not well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from telstar_kubectl.answers import Channel, KeyUse, Leaving
from telstar_kubectl.facts import Live
from telstar_kubectl.words import ago, clock, lasting, rfc_3339

HEADER = ("NO", "NAME", "STATE", "READY", "ON AIR", "LAST SEGMENT", "STORED SINCE", "KEY")
FLEXIBLE = (4, 7, 1)  # what gives way where the terminal is narrow
NOTHING = "–"
STATUS_DELAY = timedelta(minutes=2)
"""The operator writes the two times of a Channel's status once a minute."""
ON_THE_WAY = {"Stopping", "Purging", "Forgetting", "Returned"}
"""What a deleted Channel waits for that ends by itself."""
KEPT = "ChannelKept"
"""Registered by a former installation: nobody deleted it here."""
DELIBERATE = {"Stopped", "Deleting"}


def row(live: Live, now: datetime) -> tuple[str, ...]:
    """One channel's line, in the order of HEADER."""
    channel, told = live.channel, live.simlive.value
    newest = told.last_segment if told and told.last_segment else channel.last_segment
    oldest = told.stored_from if told and told.stored_from else channel.stored_from
    return (
        str(channel.number),
        channel.name,
        "Deleting" if channel.deleting else channel.state,
        ready(channel),
        on_air(live, now),
        ago(newest, now) if newest else NOTHING,
        clock(oldest, now) if oldest else NOTHING,
        key(live, now),
    )


def ready(channel: Channel) -> str:
    """Yes or no; a dash where nobody wants it to be."""
    if channel.ready:
        return "yes"
    return NOTHING if channel.stopped or channel.deleting else "no"


def on_air(live: Live, now: datetime) -> str:
    """The source's state, and for how long where it is not the preferred one."""
    source = live.simlive.value.source if live.simlive.value else None
    if source is None:
        return NOTHING
    odd = source.state.startswith(("backup", "slate", "ended"))
    return f"{source.state} for {lasting(now - source.since)}" if odd and source.since else source.state


def key(live: Live, now: datetime) -> str:
    """How old the key is and when the next one is due."""
    if not live.channel.encrypted:
        return "in the clear"
    used, parts = since(live), []
    if used and used.start:
        over = "over " if cut_off(live, used) else ""
        parts.append(f"{over}{lasting(now - used.start)} old")
    _, due = upcoming(live)
    if due:
        parts.append(f"next {ago(due, now)}" if due > now else f"next due {ago(due, now)}")
    elif live.channel.rotation_period:
        parts.append(f"every {live.channel.rotation_period}")
    return ", ".join(parts) if parts else "no rotation"


def current(live: Live) -> str | None:
    """The key id on the air, by SimLive or else by the Channel's status."""
    told = live.simlive.value
    return told.kid if told and told.kid else live.channel.key_id


def upcoming(live: Live) -> tuple[str | None, datetime | None]:
    """The next key's id and when it comes into force; Nones while none is announced."""
    told = live.simlive.value
    if told and told.next_kid:
        return told.next_kid, told.next_from
    return live.channel.next_key_id, live.channel.next_key_from


def since(live: Live) -> KeyUse | None:
    """The present key's newest use among what is stored."""
    uses = live.stored.value.keys if live.stored.value else ()
    return next((use for use in reversed(uses) if use.kid == current(live)), None)


def cut_off(live: Live, use: KeyUse) -> bool:
    """Whether a key's use begins before the time that was asked for: then it only seems to begin there."""
    stored, told = live.stored.value, live.simlive.value
    oldest = told.stored_from if told else live.channel.stored_from
    if stored is None or oldest is None or use.start is None:
        return False
    return use.start == stored.start and oldest < use.start


def troubles(live: Live, now: datetime) -> list[str]:
    """Why a channel is not well, one line a cause; none where it is, or is stopped as its spec says."""
    channel = live.channel
    found = [
        f"{condition.kind}: {condition.message}"
        for condition in channel.conditions
        if condition.kind != "Ready" and condition.fails and condition.reason not in DELIBERATE
    ]
    if channel.stopped or channel.deleting:
        return found
    if channel.observed_generation != channel.generation:
        found.append("the operator has not seen its last change; does it run?")
    overall = channel.condition("Ready")
    if not found and overall and overall.fails:
        found.append(f"Ready: {overall.message}")
    return found or _unseen_by_the_operator(live, now)


def departure(leaving: Leaving) -> tuple[bool, str]:
    """A line for one that has no Channel any more, and whether a person should see to it."""
    what = "no Channel" if leaving.reason == KEPT else "deleted"
    return leaving.reason not in ON_THE_WAY, f"{leaving.name}: {what}; {leaving.message} ({leaving.reason})"


def unasked(lives: Sequence[Live]) -> list[str]:
    """Why SimLive could not be asked, each reason once, with the channels that it concerns."""
    reasons: dict[str, list[str]] = {}
    for live in lives:
        if live.simlive.value is None and live.simlive.problem:
            reasons.setdefault(live.simlive.problem, []).append(live.channel.name)
    return [f"SimLive of {', '.join(names)} cannot be asked: {reason}" for reason, names in reasons.items()]


def _unseen_by_the_operator(live: Live, now: datetime) -> list[str]:
    """What the pod tells though all conditions hold, as while the operator is away."""
    if live.pod is None:
        return ["it has no pod"]
    found, told = [], live.simlive.value
    newest, limit = live.channel.last_segment, 3 * live.channel.segment + timedelta(seconds=2)
    if told is None:
        limit += STATUS_DELAY
    elif told.last_segment:
        newest = told.last_segment
    if newest is None or now - newest > limit:
        found.append(f"no new segments; {told.source.message if told and told.source else 'see its log'}")
    if told and told.volume_short:
        found.append("the volume is full: the oldest segments are given up before their retention")
    return found


def as_json(live: Live, now: datetime) -> dict[str, Any]:
    """The same for programs; times in RFC 3339, key ids only."""
    channel, told, use = live.channel, live.simlive.value, since(live)
    source = told.source if told else None
    kid, due = upcoming(live)
    return {
        "number": channel.number,
        "name": channel.name,
        "displayName": channel.display_name,
        "state": channel.state,
        "deleting": channel.deleting is not None,
        "ready": channel.ready,
        "pod": live.pod.name if live.pod else None,
        "onAir": source
        and {"state": source.state, "since": rfc_3339(source.since), "message": source.message},
        "lastSegmentTime": rfc_3339(
            told.last_segment if told and told.last_segment else channel.last_segment
        ),
        "storedFrom": rfc_3339(told.stored_from if told and told.stored_from else channel.stored_from),
        "key": {"kid": current(live), "since": rfc_3339(use.start) if use else None}
        if channel.encrypted
        else None,
        "nextKey": {"kid": kid, "from": rfc_3339(due)} if kid else None,
        "problems": troubles(live, now),
    }
