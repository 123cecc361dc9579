"""What becomes of what a Channel leaves: its pod ends, its folder is emptied, the API forgets it.

Kubernetes' own garbage collection takes what a Channel owned, whether the operator is there or not. Segments
and keys it cannot take. The registration outlives the Channel and keeps its uid and reclaim policy: what is
registered and has no Channel of that uid any more has departed.

That holds only for what this very installation registered. In a cluster or namespace that was made anew no
Channel has its former uid, or is there yet, though nobody deleted one: what a former installation registered
is never purged. A Channel of that name goes on with it; without one it is kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from telstar_operator.manifests import names
from telstar_operator.manifests.pod import Runtime
from telstar_operator.manifests.purge_job import UID_LABEL, purge_job
from telstar_operator.plan.actions import Action, Apply, Deregister, Remove
from telstar_operator.plan.conditions import Verdict, no
from telstar_operator.resources import Channel, Manifest, PodTemplate

STOP_LIMIT = timedelta(seconds=120)
"""How long a pod may take to end beyond its grace period before a person should look."""
RETRY = timedelta(seconds=60)
"""How long a failed purge Job is kept for people to read before the next try."""

KEPT = "ChannelKept"
"""Reason where nothing is done for what a former installation registered."""

Policy = Literal["Delete", "Retain"]


@dataclass(frozen=True, slots=True)
class Departed:
    """A Channel that is there no more, as it was registered.

    uid and policy are None where it was registered before they were kept: nothing of it is deleted then. Nor
    where it is not own: another installation registered it, which had another ServiceAccount.
    template is what is still known of its podTemplate, which the purge prefers.
    """

    name: str
    uid: str | None
    policy: Policy | None
    template: PodTemplate | None = None
    own: bool = True

    @property
    def purged(self) -> bool:
        """Whether its segments and keys go."""
        return self.own and self.uid is not None and self.policy == "Delete"


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left of a Channel in the cluster; refused maps a step to why it was refused just now."""

    deployment: Manifest | None = None
    pods: tuple[Manifest, ...] = ()
    purge_job: Manifest | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


def departed(
    name: str, registration: Mapping[str, Any] | None, channel: Channel | None, seen: Channel | None = None
) -> Departed | None:
    """Whose registration this is, where that is no Channel that there is; None where there is nothing to do.

    channel is the one of that name now, seen the one that was last seen: where it is the one registered, what
    it said last counts. A Channel made anew takes over what its predecessor left unless both say Delete: that
    is how a purge that is not wanted, or not possible, is called off. It always takes over what a former
    installation registered.
    """
    if registration is None:
        return None
    uid, policy = registration.get("uid"), registration.get("reclaim_policy")
    template = None
    if seen is not None and uid is not None and seen.metadata.uid == uid:
        policy, template = seen.spec.reclaim_policy, seen.spec.pod_template
    former = Departed(name, uid, policy, template, own=registration.get("own") is True)
    if channel is None:
        return former
    return None if goes_on(channel, former) else former


def goes_on(channel: Channel, former: Departed) -> bool:
    """Whether a Channel is the one that was registered, or takes over what that left."""
    takes_over = not former.purged or channel.spec.reclaim_policy == "Retain"
    return takes_over or channel.metadata.uid == former.uid


def without_channel(registered: Mapping[str, str | None], channels: Mapping[str, str]) -> set[str]:
    """Names that are registered and have no Channel, or one of another uid; both map names to uids."""
    return {
        name
        for name, uid in registered.items()
        if name not in channels or (uid is not None and uid != channels[name])
    }


def next_step(
    former: Departed, remains: Remains, runtime: Runtime, namespace: str, now: datetime
) -> tuple[Verdict, tuple[Action, ...]]:
    """What is waited for, and what to do about it: stop, purge, forget, each only after the one before."""
    if remains.deployment is not None or remains.pods:
        return stopping(former, remains, now)
    if not former.own:
        return keeping(former, remains)
    if former.purged:
        purge = purging(former, remains, runtime, namespace, now)
        if purge is not None:
            return purge
    return forgetting(former, remains)


def keeping(former: Departed, remains: Remains) -> tuple[Verdict, tuple[Action, ...]]:
    """Nobody here deleted it: registration, segments and keys stay until a person decides."""
    job = remains.purge_job
    unwanted = (
        job is not None and not job["metadata"].get("deletionTimestamp") and "Job" not in remains.refused
    )
    return no(
        KEPT,
        f"channel {former.name} was registered by a former installation (another cluster or namespace, or "
        "another ServiceAccount of the operator) and has no Channel here: its segments and keys stay; to go "
        "on with it, apply its Channel; to delete them, apply a Channel of that name with reclaimPolicy "
        "Delete, wait until it is Registered, and delete it",
    ), (Remove("Job", names.purge_job(former.name)),) if unwanted else ()


def stopping(former: Departed, remains: Remains, now: datetime) -> tuple[Verdict, tuple[Action, ...]]:
    """The pod must be gone before its folder is emptied; --cascade=orphan leaves even the Deployment."""
    live = remains.deployment
    actions: tuple[Action, ...] = ()
    if "Deployment" in remains.refused:
        return no("StopRefused", f"the API server will not end its pod: {remains.refused['Deployment']}"), ()
    if live is not None and not live["metadata"].get("deletionTimestamp"):
        actions = (Remove("Deployment", names.workload(former.name)),)
    late = [pod for pod in remains.pods if overdue(pod, now)]
    if late:
        return no(
            "StopOverdue",
            f"{names_of(late)} has not ended within two minutes of its grace period; if its node is lost, "
            "delete the pod with --force --grace-period=0",
        ), actions
    return no("Stopping", "waiting for its pod to end"), actions


def overdue(pod: Manifest, now: datetime) -> bool:
    """Whether a pod should have ended long ago; its deletionTimestamp is the end of its grace period."""
    ends = pod["metadata"].get("deletionTimestamp")
    return ends is not None and now - datetime.fromisoformat(ends) > STOP_LIMIT


def purging(
    former: Departed, remains: Remains, runtime: Runtime, namespace: str, now: datetime
) -> tuple[Verdict, tuple[Action, ...]] | None:
    """The Job that empties the folder; None once it is done."""
    job, name = remains.purge_job, names.purge_job(former.name)
    if "Job" in remains.refused:
        return no("PurgeRefused", f"the API server refused the purge Job: {remains.refused['Job']}"), ()
    waiting = no("Purging", "waiting for the stored segments to be deleted")
    if job is not None and job["metadata"].get("deletionTimestamp"):
        return no("Purging", "a former purge Job is being removed"), ()
    if job is None:
        wanted = purge_job(former.name, former.uid or "", namespace, runtime, former.template)
        return waiting, (Apply(wanted),)
    if job["metadata"].get("labels", {}).get(UID_LABEL) != former.uid:
        return no("Purging", "a former purge Job is being removed"), (Remove("Job", name),)
    if ended(job, "Complete"):
        return None
    failed = ended(job, "Failed")
    if failed:
        return no(
            "PurgeFailed",
            f"Job {name} could not delete the stored segments and is tried again every minute; see "
            f"`kubectl logs job/{name}`; to keep them instead, create a Channel of that name with "
            "spec.reclaimPolicy Retain",
        ), (Remove("Job", name),) if now - failed > RETRY else ()
    return waiting, ()


def forgetting(former: Departed, remains: Remains) -> tuple[Verdict, tuple[Action, ...]]:
    """The API forgets the channel; its keys with it only once the segments are gone."""
    if "registration" in remains.refused:
        return no("DeregistrationRefused", remains.refused["registration"]), ()
    steps: list[Action] = [Deregister("delete" if former.purged else "retain")]
    if remains.purge_job is not None:
        steps.append(Remove("Job", names.purge_job(former.name)))
    return no("Forgetting", "waiting for the API to forget the channel"), tuple(steps)


def complaint(former: Departed, awaits: Verdict) -> str:
    """The note of the Event for what a person should see to."""
    if awaits.reason == KEPT:
        return awaits.message
    return f"the deleted channel {former.name} is not gone yet: {awaits.message}"


def epilogue(former: Departed) -> tuple[Literal["Normal", "Warning"], str, str]:
    """(type, reason, note) of the Event that tells how it ended."""
    if former.purged:
        return "Normal", "ChannelPurged", f"channel {former.name} was deleted: its segments and keys are gone"
    if former.uid is None:
        return (
            "Warning",
            "ChannelKept",
            f"channel {former.name} is gone, and was registered before its uid and reclaim policy were kept: "
            "its segments and keys stay, as with Retain; to delete them, create a Channel of that name and "
            "delete it",
        )
    return "Normal", "ChannelKept", f"channel {former.name} was deleted: its segments and keys stay (Retain)"


def ended(job: Manifest, kind: str) -> datetime | None:
    """When a Job ended in this way, or None where it did not."""
    for condition in job.get("status", {}).get("conditions") or []:
        if condition["type"] == kind and condition["status"] == "True":
            return datetime.fromisoformat(condition["lastTransitionTime"])
    return None


def names_of(pods: Iterable[Manifest]) -> str:
    """Names of pods for a sentence."""
    return ", ".join(sorted(f"pod {pod['metadata']['name']}" for pod in pods))
