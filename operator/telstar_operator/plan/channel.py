"""The plan for a channel that shall be."""

from datetime import datetime

from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.actions import Action, HoldFinalizer, Plan
from telstar_operator.plan.conditions import Verdict, conditions
from telstar_operator.plan.deletion import plan_deletion
from telstar_operator.plan.facts import Observed, RegistryAway
from telstar_operator.plan.keys import decide_keys
from telstar_operator.plan.pods import restarts
from telstar_operator.plan.registration import decide_registration
from telstar_operator.plan.streaming import decide_streaming
from telstar_operator.resources import FINALIZER, Channel, ChannelStatus

RESYNC = 60.0
"""Seconds until a look without an event."""
SOON = 5.0
"""Seconds until the next look while something is on its way."""


def plan(channel: Channel, observed: Observed, runtime: Runtime, now: datetime) -> Plan:
    """What to do for a Channel, what to say of it, and when to look again.

    Registration comes before the key and the key before the pod: no segment is written under a key that the
    API does not hold.
    """
    if channel.deleting:
        return plan_deletion(channel, observed, runtime, now)
    registered = decide_registration(channel, observed)
    keys = decide_keys(channel, observed)
    streaming = decide_streaming(channel, observed, keys, registered, runtime, now)
    actions: list[Action] = [] if FINALIZER in channel.metadata.finalizers else [HoldFinalizer()]
    actions += [action for action in (registered.action, keys.action) if action]
    actions += streaming.actions
    verdicts = {"KeysReady": keys.verdict, "Registered": registered.verdict, "Streaming": streaming.verdict}
    status = channel_status(channel, observed, verdicts, keys.kid, now)
    return Plan(tuple(actions), status, next_check(status, streaming.verdict))


def channel_status(
    channel: Channel, observed: Observed, verdicts: dict[str, Verdict], kid: str | None, now: datetime
) -> ChannelStatus:
    """The status; what only the API can tell stays as it was while the API is away."""
    view = observed.registry
    known_kid = kid or (channel.status.key_id if channel.spec.drm.enabled else None)
    return ChannelStatus(
        observed_generation=channel.metadata.generation,
        key_id=known_kid,
        last_segment_time=channel.status.last_segment_time
        if isinstance(view, RegistryAway)
        else view.last_segment_time,
        stored_from=channel.status.stored_from if isinstance(view, RegistryAway) else view.stored_from,
        restarts=restarts(observed.pods),
        conditions=conditions(channel, verdicts, now),
    )


def next_check(status: ChannelStatus, streaming: Verdict) -> float:
    """Seconds. Starting has limits that no event announces, and the first segment's time is wanted soon."""
    reasons = {condition.reason for condition in status.conditions}
    on_its_way = not reasons.isdisjoint({"Starting", "RegistryUnavailable"})
    return SOON if on_its_way or (streaming.holds and not status.last_segment_time) else RESYNC
