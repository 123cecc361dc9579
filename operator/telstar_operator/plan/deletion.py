"""The plan for a Channel whose deletion was asked for, and which something still holds: another's finalizer,
or the end of what it owns (--cascade=foreground).

Ours holds none. What it leaves is dealt with once it is gone (departure.py).
"""

from datetime import datetime

from telstar_operator.manifests import names
from telstar_operator.plan.actions import Action, DropFinalizer, Plan, Register, Remove
from telstar_operator.plan.conditions import Verdict, conditions, kept, no, unknown
from telstar_operator.plan.facts import Observed, RegistryAway
from telstar_operator.plan.registration import registered_as, registration
from telstar_operator.resources import FORMER_FINALIZER, Channel

CHECK = 10.0
"""Seconds until the next look while a Channel is on its way out."""


def plan_deletion(channel: Channel, observed: Observed, now: datetime) -> Plan:
    """It streams no more; what the API keeps of it is what it says last."""
    actions: list[Action] = []
    if not up_to_date(channel, observed):
        actions.append(Register(registration(channel)))
    if FORMER_FINALIZER in channel.metadata.finalizers:
        actions.append(DropFinalizer())
    live = observed.deployment
    if live is not None and not live["metadata"].get("deletionTimestamp"):
        actions.append(Remove("Deployment", names.workload(channel.name)))
    # Streaming first, so that Ready tells of the deletion, whatever the other conditions were.
    verdicts = {
        "Streaming": held(channel),
        "SourceHealthy": unknown("Stopped", "the Channel is being deleted"),
        **kept(channel.status.conditions, ("KeysReady", "Registered")),
    }
    update = {
        "observed_generation": channel.metadata.generation,
        "conditions": conditions(channel, verdicts, now),
    }
    return Plan(tuple(actions), channel.status.model_copy(update=update), CHECK)


def up_to_date(channel: Channel, observed: Observed) -> bool:
    """Whether the API keeps this Channel's last word; also where it cannot be asked, knows it no more, or has
    to forget a predecessor first.
    """
    if isinstance(observed.registry, RegistryAway) or "registration" in observed.refused:
        return True
    known = observed.registry.registration
    if known is None:
        return True
    if known.get("own", True) and known.get("uid") not in (None, channel.metadata.uid):
        return True
    return registered_as(known, registration(channel))


def held(channel: Channel) -> Verdict:
    """What keeps the Channel there."""
    others = sorted(mark for mark in channel.metadata.finalizers if mark != FORMER_FINALIZER)
    awaits = f"; it goes once these finalizers are taken off: {', '.join(others)}" if others else ""
    return no("Deleting", f"the Channel is being deleted{awaits}")
