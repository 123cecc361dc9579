"""What SimLive says of itself and of what it stores."""

from __future__ import annotations

from datetime import datetime, timedelta

from telstar_kubectl.answers import Gap, SimLive
from telstar_kubectl.facts import Facts
from telstar_kubectl.findings import Finding, neither, unknown, well, wrong
from telstar_kubectl.overview import STATUS_DELAY
from telstar_kubectl.pod_findings import wanted
from telstar_kubectl.words import ago, lasting, plural, share, size
from telstar_kubectl.words import clock as clock_words

GAPS_SHOWN = 8
CONFIGURATION_PATIENCE = timedelta(seconds=120)
LATE = 10.0
"""Seconds that a finished slot may wait for the volume before that is worth a person's time."""
AHEAD = 2.0
"""Seconds that a channel may run ahead of the clock without a word."""
PREFERRED = ("preferred", "ready")  # `ready`: SimLive before it knew backup sources


def simlive(facts: Facts) -> Finding:
    """Whether SimLive answers, does what the spec says, and what it waits for."""
    told = facts.live.simlive.value
    if told is None:
        if not wanted(facts):
            return neither("SimLive", "does not run")
        return unknown("SimLive", facts.live.simlive)
    parts = [f"run {told.run}" if told.run is not None else "between runs"]
    if told.mode:
        parts.append({"encode": "encodes", "copy": "copies the source as it is"}.get(told.mode, told.mode))
    parts.append(f"waiting for {told.waiting_for}" if told.waiting_for else "waits for nothing")
    if told.restarts:
        parts.append(f"{plural(told.restarts, 'run')} ended by a fault")
    headline, log = ", ".join(parts), tuple(f"encoder: {line}" for line in told.log[-3:])
    return _revision(facts, told, headline, log) or well("SimLive", headline, log)


def _revision(facts: Facts, told: SimLive, headline: str, log: tuple[str, ...]) -> Finding | None:
    """A configuration that is not on the air yet; None where it is, or cannot be compared."""
    wished = facts.wished_revision.value
    if wished is None or told.revision is None or told.revision == wished:
        return None
    advice = (
        "wait a minute: a kubelet brings a changed configuration within about that; "
        f"then kubectl telstar logs {facts.live.channel.name} --since 10m"
    )
    return wrong(
        "SimLive", f"{headline}; revision {told.revision} is on the air, {wished} is wished", advice, log
    )


def source(facts: Facts) -> Finding:
    """What is on the air, and which sources cannot be played."""
    told = facts.live.simlive.value
    if told is None or told.source is None:
        if not wanted(facts):
            return neither("Source", "nothing is played")
        return unknown("Source", facts.live.simlive)
    now, faults = told.source, tuple(f"{what}: {why}" for what, why in told.source.faults)
    since = (
        f" since {clock_words(now.since, facts.now)} ({lasting(facts.now - now.since)})" if now.since else ""
    )
    headline = f"{now.state}{since}: {now.message}"
    if now.state == "slate" and now.since is None:
        return neither("Source", now.message or "not opened yet", faults)
    if now.state == "slate":
        return wrong("Source", headline, "see to the source; SimLive returns to it by itself", faults)
    if now.state == "ended":
        return wrong("Source", headline, "give the playlist more items, or set its loop to true", faults)
    if now.state.startswith("backup"):
        advice = "see to the preferred source; SimLive returns to it by itself"
        return wrong("Source", headline, advice, faults)
    if now.state not in PREFERRED:
        return neither("Source", headline, faults)
    if faults:  # items left out: something plays in their place, as SourceHealthy says too
        return neither("Source", f"{headline}; {plural(len(faults), 'source')} cannot be played", faults)
    return well("Source", headline)


def clock(facts: Facts) -> Finding:
    """Whether the channel's time is the wall clock's."""
    told = facts.live.simlive.value
    if told is None or told.clock_ahead is None:
        return neither("Clock", "not told" if told else "not known")
    steps = f"; the clock was set {plural(told.clock_steps, 'time')}" if told.clock_steps else ""
    if told.clock_ahead > AHEAD:
        ahead = lasting(timedelta(seconds=told.clock_ahead))
        return wrong(
            "Clock", f"the channel runs {ahead} ahead of the wall clock{steps}", "check the node's time (NTP)"
        )
    return well("Clock", f"in step with the wall clock{steps}")


def volume(facts: Facts) -> Finding:
    """Whether there is room, and whether it keeps up."""
    told = facts.live.simlive.value
    if told is None or told.free_bytes is None or not told.total_bytes:
        return neither("Volume", "not told" if told else "not known")
    headline = f"{size(told.free_bytes)} of {size(told.total_bytes)} free"
    evicted = (f"{plural(told.evicted, 'slot')} given up before their retention",) if told.evicted else ()
    if told.volume_short:
        advice = "make the volume larger, or spec.retention shorter"
        return wrong("Volume", f"{headline}: the oldest segments are given up", advice, evicted)
    if told.late_seconds is not None and told.late_seconds > LATE:
        late = lasting(timedelta(seconds=told.late_seconds))
        return wrong(
            "Volume",
            f"{headline}; the newest slot waits {late} to be stored",
            "the volume is too slow: see to its storage",
            evicted,
        )
    return well("Volume", headline, evicted)


def newest_segment(facts: Facts) -> datetime | None:
    """The end of the newest stored segment, by SimLive, or else by the Channel's status (a minute late)."""
    told = facts.live.simlive.value
    return told.last_segment if told and told.last_segment else facts.live.channel.last_segment


def segments(facts: Facts) -> Finding:
    """How old the newest segment is: as SimLive's /readyz, three slots and two seconds are the limit."""
    newest, told = newest_segment(facts), facts.live.simlive.value
    if newest is None:
        if not wanted(facts):
            return neither("Segments", "nothing was ever stored")
        return wrong("Segments", "nothing is stored yet", f"kubectl telstar logs {facts.live.channel.name}")
    headline = f"the newest ended {ago(newest, facts.now)}"
    oldest = told.stored_from if told else facts.live.channel.stored_from
    if oldest:
        headline += f"; stored since {clock_words(oldest, facts.now)} ({lasting(facts.now - oldest)})"
    if not wanted(facts):
        return neither("Segments", headline)
    limit = 3 * facts.live.channel.segment + timedelta(seconds=2)
    if told is None:
        headline, limit = f"{headline}, by the Channel's status", limit + STATUS_DELAY
        if facts.now - newest <= limit:
            return neither("Segments", headline)
    if facts.now - newest > limit:
        command = f"kubectl telstar logs {facts.live.channel.name} --since 10m"
        return wrong("Segments", f"{headline}, longer ago than {lasting(limit)}", command)
    return well("Segments", headline)


def key(facts: Facts) -> Finding:
    """Which key is on the air, and which comes next: ids only."""
    channel, told = facts.live.channel, facts.live.simlive.value
    if not channel.encrypted:
        return neither("Key", "none: drm.enabled is false, segments are in the clear")
    on_air = told.kid if told and told.kid else None
    kid, next_kid = on_air or channel.key_id, (told and told.next_kid) or channel.next_key_id
    if kid is None:
        return neither("Key", "none yet")
    headline = f"{kid} on the air" if on_air else f"{kid} by the Channel's status"
    use = next((use for use in _uses(facts) if use[0] == kid), None)
    if use and use[1]:
        headline += f" since {clock_words(use[1], facts.now)}"
    after = (told and told.next_from) or channel.next_key_from
    if next_kid and after:
        headline += f"; next {next_kid} {'due ' if after < facts.now else ''}{ago(after, facts.now)}"
    elif channel.rotation_period:
        headline += f"; rotates every {channel.rotation_period}"
    if next_kid and after and on_air and facts.now - after > _overdue(facts):
        return wrong(
            "Key", f"{headline}: the change is overdue", f"kubectl telstar logs {channel.name} --since 1h"
        )
    return well("Key", headline)


def _uses(facts: Facts) -> list[tuple[str, datetime | None]]:
    stored = facts.live.stored.value
    return [(use.kid, use.start) for use in reversed(stored.keys)] if stored else []


def _overdue(facts: Facts) -> timedelta:
    """A key is taken at the next slot's start, at most a slot away, and told once that slot is stored."""
    return 3 * facts.live.channel.segment + timedelta(seconds=10)


def coverage(facts: Facts) -> Finding:
    """How much of the last hours is stored, and what is missing. A gap is history: it cannot be mended."""
    stored = facts.live.stored.value
    if stored is None:
        if facts.live.pod is None and not wanted(facts):
            return neither("Coverage", "nobody to ask while no pod runs")
        return unknown("Coverage", facts.live.stored)
    if stored.start is None or stored.until is None or stored.until <= stored.start:
        return neither("Coverage", f"nothing stored in the last {plural(facts.hours, 'hour')}")
    span = stored.until - stored.start
    missing = sum((gap.length for gap in stored.gaps), timedelta(0))
    headline = f"{share(1 - missing / span)} of {lasting(span)} since {clock_words(stored.start, facts.now)}"
    if stored.slots is not None:
        headline += f"; {plural(stored.slots, 'slot')}" + (f", {size(stored.bytes)}" if stored.bytes else "")
    if not stored.gaps:
        return well("Coverage", f"{headline}; no gaps")
    headline += f"; {plural(len(stored.gaps), 'gap')}, {lasting(missing)} together"
    return neither("Coverage", headline, _listed(stored.gaps, facts.now))


def _listed(gaps: tuple[Gap, ...], now: datetime) -> tuple[str, ...]:
    """The newest gaps first."""
    newest = sorted(gaps, key=lambda gap: gap.start, reverse=True)
    shown = [
        f"{clock_words(gap.start, now)} to {clock_words(gap.end, now)} ({lasting(gap.length)})"
        for gap in newest
    ]
    left = len(shown) - GAPS_SHOWN
    return (*shown[:GAPS_SHOWN], *((f"… and {left} older",) if left > 0 else ()))
