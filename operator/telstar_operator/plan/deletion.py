"""The plan for a Channel that was deleted: stop, purge, forget, let go, each step only after the one before.

spec.reclaimPolicy is read every time, so that a person can change it to Retain to let a Channel go whose
segments cannot be purged.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from telstar_operator.manifests import names
from telstar_operator.manifests.pod import Runtime
from telstar_operator.manifests.purge_job import UID_LABEL, purge_job
from telstar_operator.plan.actions import Action, Apply, Deregister, DropFinalizer, Plan, Remove
from telstar_operator.plan.conditions import Verdict, conditions, kept, no, unknown
from telstar_operator.plan.facts import Observed, RegistryAway
from telstar_operator.resources import FINALIZER, Channel, Manifest

STOP_LIMIT = timedelta(seconds=120)
"""How long the pod may take to end before a person should look."""
CHECK = 10.0
"""Seconds until the next look while the Channel is on its way out."""
TERMINATING = "because it is being terminated"
"""What the API server says when the whole namespace goes, its volume claims included."""
RETRY = timedelta(seconds=60)
"""How long a failed purge Job is kept for people to read before the next try."""


def plan_deletion(channel: Channel, observed: Observed, runtime: Runtime, now: datetime) -> Plan:
    """The next step of the deletion, and what it waits for."""
    if FINALIZER not in channel.metadata.finalizers:
        return Plan((), channel.status, CHECK)
    verdict, actions = next_step(channel, observed, runtime, now)
    # Streaming first, so that Ready tells of the deletion, whatever the other conditions were.
    verdicts = {
        "Streaming": verdict,
        "SourceHealthy": unknown("Stopped", "the Channel is being deleted"),
        **kept(channel.status.conditions, ("KeysReady", "Registered")),
    }
    update = {
        "observed_generation": channel.metadata.generation,
        "conditions": conditions(channel, verdicts, now),
    }
    status = channel.status.model_copy(update=update)
    return Plan(actions, status, CHECK)


def next_step(
    channel: Channel, observed: Observed, runtime: Runtime, now: datetime
) -> tuple[Verdict, tuple[Action, ...]]:
    """Why the Channel is still there, and what to do about it."""
    if observed.deployment is not None or observed.pods:
        return stopping(channel, observed, now)
    going = TERMINATING in observed.refused.get("Job", "")
    if channel.spec.reclaim_policy == "Delete" and not going:
        purge = purging(channel, observed, runtime, now)
        if purge is not None:
            return purge
    if going and isinstance(observed.registry, RegistryAway):
        return no("Deleting", "the namespace is being deleted"), (DropFinalizer(),)
    return leaving(channel, observed)


def stopping(channel: Channel, observed: Observed, now: datetime) -> tuple[Verdict, tuple[Action, ...]]:
    """The pod must be gone before its folder is emptied or given to another Channel."""
    live = observed.deployment
    actions: tuple[Action, ...] = ()
    if live is not None and not live["metadata"].get("deletionTimestamp"):
        actions = (Remove("Deployment", names.workload(channel.name)),)
    asked = channel.metadata.deletion_timestamp or now
    if now - asked > STOP_LIMIT:
        left = names_of(observed.pods) or names.workload(channel.name)
        return no(
            "StopOverdue",
            f"{left} has not ended within two minutes of the deletion; if its node is lost, delete the pod "
            "with --force --grace-period=0",
        ), actions
    return no("Deleting", "the Channel is being deleted; waiting for its pod to end"), actions


def purging(
    channel: Channel, observed: Observed, runtime: Runtime, now: datetime
) -> tuple[Verdict, tuple[Action, ...]] | None:
    """The Job that empties the folder; None once it is done."""
    job = observed.purge_job
    wanted = Apply(purge_job(channel, runtime))
    if "Job" in observed.refused:
        return no("PurgeRefused", f"the API server refused the purge Job: {observed.refused['Job']}"), ()
    if job is not None and job["metadata"].get("labels", {}).get(UID_LABEL) != channel.metadata.uid:
        return no("Purging", "a former purge Job is being removed"), (
            Remove("Job", names.purge_job(channel.name)),
        )
    if job is None:
        return no("Purging", "waiting for the stored segments to be deleted"), (wanted,)
    if ended(job, "Complete"):
        return None
    failed = ended(job, "Failed")
    if failed:
        name = names.purge_job(channel.name)
        return no(
            "PurgeFailed",
            f"Job {name} could not delete the stored segments and is tried again every minute; see "
            f"`kubectl logs job/{name}`; to delete only the Channel, set spec.reclaimPolicy to Retain",
        ), (Remove("Job", name),) if now - failed > RETRY else ()
    return no("Purging", "waiting for the stored segments to be deleted"), ()


def leaving(channel: Channel, observed: Observed) -> tuple[Verdict, tuple[Action, ...]]:
    """The API forgets the channel; only then the finalizer goes."""
    if isinstance(observed.registry, RegistryAway):
        return no(
            "RegistryUnavailable", f"waiting for the API to forget the channel: {observed.registry.why}"
        ), ()
    if "registration" in observed.refused:
        return no("DeregistrationRefused", observed.refused["registration"]), ()
    steps: list[Action] = [Deregister("delete" if channel.spec.reclaim_policy == "Delete" else "retain")]
    if observed.purge_job is not None:
        steps.append(Remove("Job", names.purge_job(channel.name)))
    return no("Deleting", "the Channel is being deleted"), (*steps, DropFinalizer())


def ended(job: Manifest, kind: str) -> datetime | None:
    """When a Job ended in this way, or None where it did not."""
    for condition in job.get("status", {}).get("conditions") or []:
        if condition["type"] == kind and condition["status"] == "True":
            return datetime.fromisoformat(condition["lastTransitionTime"])
    return None


def names_of(pods: Iterable[Manifest]) -> str:
    """Names of pods for a sentence."""
    return ", ".join(sorted(f"pod {pod['metadata']['name']}" for pod in pods))
