"""The checks that look at what is delivered: channel, keys, segments, the encoder's pod, the player. Pure."""

from telstar_api.channels.conditions import Condition
from telstar_api.diagnosis.check import Check, unknown
from telstar_api.diagnosis.findings import RECENT, Findings, Keys, Storage
from telstar_api.diagnosis.words import clock, deed, lasting, percent
from telstar_api.entitlement.rights import Right
from telstar_api.entitlement.rules import Who

MOST_LISTED = 10
ON_PURPOSE = "Stopped"
AT_THE_PRESENT = {Right.LIVE, Right.START_OVER}


def checks(findings: Findings) -> list[Check]:
    """All of them, in order."""
    return [
        _channel(findings),
        _key(findings),
        _next_key(findings),
        _coverage(findings),
        _freshness(findings),
        _pod(findings),
        _complaints(findings),
    ]


def _channel(findings: Findings) -> Check:
    channel = findings.channel
    state = "on the air" if channel.running else "stopped: what is stored of it can still be caught up on"
    facts = {
        "name": channel.name,
        "display_name": channel.display_name,
        "number": channel.number,
        "running": channel.running,
        "encrypted": channel.encrypted,
        "registered_at": channel.registered_at,
        "retention_seconds": int(channel.retention.total_seconds()),
    }
    return Check("channel-registered", True, f"{channel.display_name} is registered, and {state}.", facts)


def _key(findings: Findings) -> Check:
    keys, channel = findings.keys, findings.channel
    facts = _key_facts(keys, findings.for_staff)
    if not channel.encrypted and not keys.lost:
        return Check("key-missing", True, "The channel is not encrypted.", facts)
    trouble = _key_trouble(findings)
    if trouble is None:
        return Check("key-missing", True, "The channel has its key, and it can be opened.", facts)
    message = trouble if findings.for_staff else f"The key of {channel.display_name} is not to be had."
    fix = (
        "Restore the key-encryption key that wrapped it (KEY_ENCRYPTION_KEY_FILE)."
        if keys.in_force and not keys.in_force.opens
        else f"Let the operator register it: kubectl telstar diagnose {channel.name} says what it waits for."
    )
    return Check("key-missing", False, message, facts, fix)


def _key_facts(keys: Keys, for_staff: bool) -> dict[str, object]:
    if not for_staff:
        return {"in_force": keys.in_force is not None}
    return {
        "kid": keys.in_force.kid if keys.in_force else None,
        "valid_from": keys.in_force.valid_from if keys.in_force else None,
        "opens": keys.in_force.opens if keys.in_force else None,
        "keys": keys.count,
        "lost": list(keys.lost[:MOST_LISTED]),
    }


def _key_trouble(findings: Findings) -> str | None:
    keys, channel = findings.keys, findings.channel
    if channel.encrypted and keys.in_force is None:
        return f"{channel.display_name} is encrypted, and no key of it is in force."
    if keys.in_force is not None and not keys.in_force.opens:
        return "The key in force cannot be unwrapped: it was wrapped under another key-encryption key."
    if keys.lost:
        return f"What is stored was encrypted with keys that are not registered: {', '.join(keys.lost[:3])}."
    return None


def _next_key(findings: Findings) -> Check:
    following = findings.keys.following
    if following is None:
        return Check("next-key", True, "No next key is announced.", {"from": None})
    facts = {"from": following.valid_from} | ({"kid": following.kid} if findings.for_staff else {})
    if following.opens:
        return Check("next-key", True, f"The next key comes at {clock(following.valid_from)}.", facts)
    message = f"The key that comes at {clock(following.valid_from)} cannot be opened."
    fix = "Restore the key-encryption key that wrapped it (KEY_ENCRYPTION_KEY_FILE)."
    return Check("next-key", False, message, facts, fix)


def _coverage(findings: Findings) -> Check:
    storage = findings.storage
    if storage is None:
        return _unreadable("stored-gaps", findings)
    what = _stretch(storage) if findings.decision.facts.right is Right.LIVE else "it"
    facts = _coverage_facts(storage)
    if storage.start >= storage.end:
        return Check("stored-gaps", True, "Nothing of it can be stored yet.", facts)
    if not storage.gaps:
        return Check("stored-gaps", True, f"All of {what} is stored.", facts)
    last = storage.gaps[-1]
    newest_gap = f"from {clock(last.start)} for {lasting(last.end - last.start)}"
    of = f"{percent(storage.fraction):g} % of {what} is stored"
    message = f"{of}; {_gaps(len(storage.gaps))} {newest_gap}."
    return Check(
        "stored-gaps", False, message, facts, "What was not stored cannot be brought back.", Who.NOBODY
    )


def _stretch(storage: Storage) -> str:
    """The last hour of a channel, or all of one that began later."""
    length = storage.end - storage.start
    return "the last hour" if length >= RECENT else f"the {lasting(length)} since the channel began"


def _gaps(count: int) -> str:
    return "missing is what was on" if count == 1 else f"there are {count} gaps, the last"


def _coverage_facts(storage: Storage) -> dict[str, object]:
    return {
        "from": storage.start,
        "until": storage.end,
        "percent": percent(storage.fraction),
        "gaps": [{"start": gap.start, "end": gap.end} for gap in storage.gaps[-MOST_LISTED:]],
        "gap_count": len(storage.gaps),
        "stored_from": storage.oldest,
    }


def _freshness(findings: Findings) -> Check:
    """Whether the channel stores what it shows; for catch-up it does not matter how that is just now."""
    storage, channel = findings.storage, findings.channel
    if storage is None:
        return _unreadable("stored-stale", findings)
    age = None if storage.newest is None else findings.now - storage.newest
    facts = {
        "newest": storage.newest,
        "age_seconds": None if age is None else age.total_seconds(),
        "limit_seconds": channel.stale_after.total_seconds(),
    }
    if not channel.running:
        return Check("stored-stale", True, "The channel is stopped: nothing new is due.", facts)
    if age is not None and age <= channel.stale_after:
        return Check("stored-stale", True, f"The newest picture is {lasting(age)} old.", facts)
    message = (
        f"{channel.display_name} has stored nothing yet."
        if age is None
        else f"The newest picture of {channel.display_name} is {lasting(age)} old."
    )
    if findings.decision.facts.right not in AT_THE_PRESENT:
        return Check("stored-stale", True, f"{message} Catch-up does not need it.", facts)
    fix = f"kubectl telstar diagnose {channel.name} says what its encoder waits for."
    return Check("stored-stale", False, message, facts, fix)


def _unreadable(code: str, findings: Findings) -> Check:
    where = " The segment volume cannot be read." if findings.for_staff else ""
    return unknown(code, f"What is stored of {findings.channel.display_name} could not be read.{where}")


def _pod(findings: Findings) -> Check:
    pod, name = findings.pod, findings.channel.display_name
    if pod.unknown is not None:
        why = f": {pod.unknown}" if findings.for_staff else ""
        return unknown("channel-not-ready", f"The state of {name}'s encoder is not known{why}.")
    facts = _pod_facts(findings) if findings.for_staff else {}
    ready = next((item for item in pod.conditions if item.type == "Ready"), None)
    if ready is not None and ready.status == "True":
        return Check("channel-not-ready", True, f"The encoder of {name} is well.", facts)
    if ready is not None and ready.reason == ON_PURPOSE:
        return Check("channel-not-ready", True, f"{name} is stopped on purpose.", facts)
    message = _pod_trouble(findings, ready)
    if findings.decision.facts.right not in AT_THE_PRESENT:
        return Check("channel-not-ready", True, f"{message} Catch-up does not need it.", facts)
    fix = f"kubectl telstar diagnose {findings.channel.name} says what to do."
    return Check("channel-not-ready", False, message, facts, fix)


def _pod_trouble(findings: Findings, ready: Condition | None) -> str:
    name = findings.channel.display_name
    if not findings.for_staff:
        return f"{name} is not in order at the moment."
    if not findings.pod.exists:
        return f"There is no Channel resource {findings.channel.name}."
    if ready is None:
        return f"The operator has not said anything of {name} yet."
    return f"{name} is not ready ({ready.reason}): {ready.message}".rstrip(": ")


def _pod_facts(findings: Findings) -> dict[str, object]:
    return {
        "resource": findings.pod.exists,
        "restarts": findings.pod.restarts,
        "conditions": [
            {
                "type": item.type,
                "status": item.status,
                "reason": item.reason,
                "message": item.message,
                "since": item.since,
            }
            for item in findings.pod.conditions
        ],
    }


def _complaints(findings: Findings) -> Check:
    """Errors that stopped a player on this channel, or before it knew which; the others are only listed."""
    stopping = [
        item for item in findings.complaints if item.fatal and item.channel in (None, findings.channel.name)
    ]
    facts = {
        "errors": [
            {
                "at": item.at,
                "code": item.code,
                "message": item.message,
                "fatal": item.fatal,
                "channel": item.channel,
                "mode": item.mode,
            }
            for item in findings.complaints[:MOST_LISTED]
        ]
    }
    if not stopping:
        return Check("player-errors", True, "No player has stopped for an error within the last hour.", facts)
    newest = stopping[0]
    words = f"{newest.code}: {newest.message}" if newest.message else newest.code
    message = f"The player stopped at {clock(newest.at)} ({words})."
    fix = (
        f"Reload the page and {deed(findings)} again; another browser or network tells where the trouble is."
    )
    return Check("player-errors", False, message, facts, fix, Who.VIEWER)
