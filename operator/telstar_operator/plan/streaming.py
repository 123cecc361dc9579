"""Whether the channel streams, and what must run for that."""

from dataclasses import dataclass
from datetime import datetime

from telstar_operator.manifests import names
from telstar_operator.manifests.config_map import config_map
from telstar_operator.manifests.deployment import ENCODER_HASH, deployment
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.actions import Action, Apply, Remove
from telstar_operator.plan.conditions import Verdict, no, yes
from telstar_operator.plan.differences import covers
from telstar_operator.plan.facts import Observed
from telstar_operator.plan.keys import KeyDecision
from telstar_operator.plan.pods import explain, is_ready, present_pod
from telstar_operator.plan.registration import RegistrationDecision
from telstar_operator.resources import Channel, Manifest


@dataclass(frozen=True, slots=True)
class StreamingDecision:
    """The verdict Streaming, and the steps towards it."""

    verdict: Verdict
    actions: tuple[Action, ...] = ()


def decide_streaming(
    channel: Channel,
    observed: Observed,
    keys: KeyDecision,
    registered: RegistrationDecision,
    runtime: Runtime,
    now: datetime,
) -> StreamingDecision:
    """A channel starts or changes only with a trusted key and a registration; what runs is left running."""
    if channel.spec.state == "Stopped":
        return stop(channel, observed)
    if keys.verdict.holds and registered.verdict.holds:
        return run(channel, observed, keys.kid, runtime, now)
    if observed.deployment is not None:
        return StreamingDecision(judge(observed.deployment, observed, now))
    lack = "registration" if keys.verdict.holds else "key"
    return StreamingDecision(
        no(f"WaitingFor{lack.title()}", f"the channel starts as soon as it has its {lack}")
    )


def stop(channel: Channel, observed: Observed) -> StreamingDecision:
    """No Deployment; what is stored stays."""
    name = names.workload(channel.name)
    running = observed.deployment is not None and not observed.deployment["metadata"].get("deletionTimestamp")
    actions = (Remove("Deployment", name),) if running else ()
    return StreamingDecision(no("Stopped", "spec.state is Stopped; set it to Running to stream"), actions)


def run(
    channel: Channel, observed: Observed, kid: str | None, runtime: Runtime, now: datetime
) -> StreamingDecision:
    """ConfigMap and Deployment as they shall be."""
    wished = (
        (config_map(channel), observed.config_map),
        (deployment(channel, kid, runtime), observed.deployment),
    )
    refused = [
        f"{kind}: {observed.refused[kind]}"
        for kind in ("ConfigMap", "Deployment")
        if kind in observed.refused
    ]
    if refused:
        return StreamingDecision(no("ApplyRefused", f"the API server refused the {refused[0]}"))
    actions = tuple(
        Apply(manifest) for manifest, live in wished if live is None or not covers(live, manifest)
    )
    if observed.deployment is None:
        return StreamingDecision(no("Starting", "the pod is being made"), actions)
    return StreamingDecision(judge(observed.deployment, observed, now), actions)


def judge(live: Manifest, observed: Observed, now: datetime) -> Verdict:
    """A pod is ready exactly while segments appear (see SimLive's /readyz); it must be one that knows the
    channel's present parameters. The pod tells sooner than the Deployment, whose status follows.
    """
    pod = present_pod(observed.pods)
    if pod is not None and encoder_hash_of(pod) != encoder_hash_of(live["spec"]["template"]):
        return no("Starting", "the pod is being replaced by one with the channel's new parameters")
    if pod is not None and is_ready(pod):
        return yes("Streaming", "segments are being published")
    return explain(live, observed.pods, now)


def encoder_hash_of(template: Manifest) -> str | None:
    """What a pod, or a pod template, knows of the encoder's parameters."""
    found = template["metadata"].get("annotations", {}).get(ENCODER_HASH)
    return None if found is None else str(found)
