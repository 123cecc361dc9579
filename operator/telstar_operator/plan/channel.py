"""The plan for a channel that shall be."""

from datetime import datetime, timedelta

from telstar_operator.manifests import names
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.actions import Action, DropFinalizer, Plan, Remove
from telstar_operator.plan.conditions import Verdict, conditions, no, unknown
from telstar_operator.plan.deletion import CHECK, plan_deletion
from telstar_operator.plan.facts import Observed, RegistryAway, Silent
from telstar_operator.plan.keys import KeyDecision, decide_keys
from telstar_operator.plan.pods import restarts
from telstar_operator.plan.registration import decide_registration
from telstar_operator.plan.simlive import SimLiveStatus
from telstar_operator.plan.source import decide_source
from telstar_operator.plan.streaming import decide_streaming
from telstar_operator.resources import FORMER_FINALIZER, Channel, ChannelStatus

RESYNC = 60.0
"""Seconds until a look without an event."""
SOON = 5.0
"""Seconds until the next look while something is on its way."""
SOONEST = 0.5
ON_ITS_WAY = {"Starting", "RegistryUnavailable", "RotationDelayed"}
TOLD_SOON = {"Starting", "Updating", "NoSegments", "NotObserved"}
"""Reasons that SimLive's next word may end."""


def plan(channel: Channel, observed: Observed, runtime: Runtime, now: datetime) -> Plan:
    """What to do for a Channel, what to say of it, and when to look again.

    Registration comes before the key and the key before the pod: no segment is written under a key that the
    API does not hold.
    """
    if channel.deleting:
        return plan_deletion(channel, observed, now)
    if observed.predecessor is not None:
        return plan_waiting(channel, observed.predecessor, now)
    registered = decide_registration(channel, observed)
    keys = decide_keys(channel, observed, now)
    streaming = decide_streaming(channel, observed, keys, registered, runtime, now)
    actions: list[Action] = [*tidied(channel, observed)]
    actions += [action for action in (registered.action, keys.action) if action]
    actions += streaming.actions
    verdicts = {
        "KeysReady": keys.verdict,
        "Registered": registered.verdict,
        "Streaming": streaming.verdict,
        "SourceHealthy": decide_source(channel, observed, now),
    }
    status = channel_status(channel, observed, verdicts, keys, now)
    return Plan(
        tuple(actions),
        status,
        next_check(status, streaming.verdict, keys, observed),
        ask_soon(status, observed, keys, now),
    )


def tidied(channel: Channel, observed: Observed) -> tuple[Action, ...]:
    """What is left of before: an older operator's finalizer, a predecessor's purge that was called off."""
    former = (DropFinalizer(),) if FORMER_FINALIZER in channel.metadata.finalizers else ()
    purge = (Remove("Job", names.purge_job(channel.name)),) if observed.purge_job is not None else ()
    return former + purge


def plan_waiting(channel: Channel, awaited: Verdict, now: datetime) -> Plan:
    """A Channel made anew while one of its name is being purged: keys that it made now would go with that."""
    waiting = no(
        "PurgingPredecessor",
        f"a deleted Channel of this name is being purged first: {awaited.message}; to keep what it stored, "
        "set spec.reclaimPolicy to Retain",
    )
    verdicts = {
        "KeysReady": waiting,
        "Registered": waiting,
        "Streaming": waiting,
        "SourceHealthy": unknown("NotObserved", "the channel has not begun yet"),
    }
    update = {
        "observed_generation": channel.metadata.generation,
        "conditions": conditions(channel, verdicts, now),
    }
    return Plan((), channel.status.model_copy(update=update), CHECK)


def channel_status(
    channel: Channel, observed: Observed, verdicts: dict[str, Verdict], keys: KeyDecision, now: datetime
) -> ChannelStatus:
    """The status; what nobody can tell at the moment stays as it was."""
    before, view = channel.status, observed.registry
    said = observed.simlive if isinstance(observed.simlive, SimLiveStatus) else None
    last, first = before.last_segment_time, before.stored_from
    if not isinstance(view, RegistryAway):
        last, first = view.last_segment_time, view.stored_from
    known_kid = (said and said.revision and said.kid) or keys.kid or before.key_id
    return ChannelStatus(
        observed_generation=channel.metadata.generation,
        key_id=known_kid if channel.spec.drm.enabled else None,
        next_key_id=keys.next.kid if keys.next else None,
        next_key_from=keys.next.start if keys.next else None,
        last_segment_time=later(last, said.last_segment_time if said else None),
        stored_from=later(first, said.stored_from if said else None),
        restarts=restarts(observed.pods),
        conditions=conditions(channel, verdicts, now),
    )


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two times: both only move forward, so it is the one that is better known."""
    return max((moment for moment in (one, other) if moment is not None), default=None)


def next_check(status: ChannelStatus, streaming: Verdict, keys: KeyDecision, observed: Observed) -> float:
    """Seconds. Starting and silence have limits that no event announces; the first times are wanted soon."""
    reasons = {condition.reason for condition in status.conditions}
    awaited = isinstance(observed.simlive, Silent) or (streaming.holds and not status.last_segment_time)
    soon = awaited or not reasons.isdisjoint(ON_ITS_WAY)
    wait = SOON if soon else RESYNC
    return wait if keys.check is None else max(SOONEST, min(wait, keys.check))


def ask_soon(status: ChannelStatus, observed: Observed, keys: KeyDecision, now: datetime) -> bool:
    """Whether SimLive's next word is awaited: a start, a change, another key, a source that is away."""
    source = status.condition("SourceHealthy")
    told = {condition.reason for condition in status.conditions}
    if not told.isdisjoint(TOLD_SOON) or (source is not None and source.status == "False"):
        return True
    if not isinstance(observed.simlive, SimLiveStatus):
        return False
    known = observed.simlive.next_key.kid if observed.simlive.next_key else None
    if keys.next is not None and (known != keys.next.kid or keys.next.start - now < timedelta(seconds=10)):
        return True
    return keys.kid is not None and observed.simlive.kid != keys.kid
