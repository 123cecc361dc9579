"""Whether the channel streams, and what must run for that."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from telstar_operator.manifests import names
from telstar_operator.manifests.config_map import PROGRAMMES, config_map, revision
from telstar_operator.manifests.deployment import POD_HASH, deployment
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.actions import Action, Apply, Remove, Tell
from telstar_operator.plan.conditions import Verdict, no, yes
from telstar_operator.plan.differences import covers
from telstar_operator.plan.facts import Observed
from telstar_operator.plan.keys import KeyDecision
from telstar_operator.plan.pods import container_status, explain, is_ready, present_pod
from telstar_operator.plan.registration import RegistrationDecision
from telstar_operator.plan.simlive import SimLiveStatus, at_least, off, spoken
from telstar_operator.resources import Channel, Manifest, seconds

CONFIGURATION = "telstar.dev/configuration"
"""Annotation of a pod: what its ConfigMap and Secret held when its kubelet was last told of them."""
LATE = 2
"""Segments that may wait to be stored before the volume counts as slow."""


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
    if keys.usable and registered.verdict.holds:
        return run(channel, observed, runtime, now)
    if observed.deployment is not None:
        return StreamingDecision(judge(channel, observed.deployment, observed, now))
    lack = "registration" if keys.usable else "key"
    return StreamingDecision(
        no(f"WaitingFor{lack.title()}", f"the channel starts as soon as it has its {lack}")
    )


def stop(channel: Channel, observed: Observed) -> StreamingDecision:
    """No Deployment; what is stored stays."""
    name = names.workload(channel.name)
    running = observed.deployment is not None and not observed.deployment["metadata"].get("deletionTimestamp")
    actions = (Remove("Deployment", name),) if running else ()
    return StreamingDecision(no("Stopped", "spec.state is Stopped; set it to Running to stream"), actions)


def run(channel: Channel, observed: Observed, runtime: Runtime, now: datetime) -> StreamingDecision:
    """ConfigMap and Deployment as they shall be, and a pod that is told of them."""
    configuration = config_map(channel, titles(observed))
    wished = (
        (configuration, observed.config_map),
        (deployment(channel, runtime), observed.deployment),
    )
    refused = [
        f"{kind}: {observed.refused[kind]}"
        for kind in ("ConfigMap", "Deployment")
        if kind in observed.refused
    ]
    if refused:
        return StreamingDecision(no("ApplyRefused", f"the API server refused the {refused[0]}"))
    actions: tuple[Action, ...] = tuple(
        Apply(manifest) for manifest, live in wished if live is None or not covers(live, manifest)
    )
    if observed.deployment is None:
        return StreamingDecision(no("Starting", "the pod is being made"), actions)
    verdict = judge(channel, observed.deployment, observed, now)
    return StreamingDecision(verdict, actions or telling_the_pod(channel, configuration, observed))


def titles(observed: Observed) -> str | None:
    """The programmes' titles; those that are there already, where the schedule cannot be asked."""
    if observed.titles is not None or observed.config_map is None:
        return observed.titles
    found = (observed.config_map.get("data") or {}).get(PROGRAMMES)
    return None if found is None else str(found)


def telling_the_pod(channel: Channel, configuration: Manifest, observed: Observed) -> tuple[Action, ...]:
    """Once ConfigMap and Secret are as they shall be, a running pod's kubelet is to bring them at once.

    Where that is refused, it does so by itself within a minute or two.
    """
    pod = present_pod(observed.pods)
    if pod is None or "Pod" in observed.refused or not container_status(pod).get("state", {}).get("running"):
        return ()
    wished = fingerprint(channel, configuration, observed)
    if (pod["metadata"].get("annotations") or {}).get(CONFIGURATION) == wished:
        return ()
    return (Tell(pod["metadata"]["name"], pod["metadata"]["uid"], wished),)


def fingerprint(channel: Channel, configuration: Manifest, observed: Observed) -> str:
    """16 hexadecimal digits that change with what SimLive would act on."""
    secret = observed.key_secret.content if observed.key_secret else ""
    parts = (revision(channel), configuration["data"].get(PROGRAMMES, ""), secret)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def judge(channel: Channel, live: Manifest, observed: Observed, now: datetime) -> Verdict:
    """A pod is ready exactly while segments appear (see SimLive's /readyz); it must be one of the present
    template. The pod tells sooner than the Deployment, whose status follows.
    """
    pod = present_pod(observed.pods)
    if pod is not None and pod_hash_of(pod) != pod_hash_of(live["spec"]["template"]):
        return no("Starting", "the pod is being replaced by one as image and podTemplate want it")
    said = observed.simlive if isinstance(observed.simlive, SimLiveStatus) else None
    if pod is not None and is_ready(pod):
        return on_air(channel, said)
    return explain(live, observed.pods, now, said)


def pod_hash_of(template: Manifest) -> str | None:
    """Which pod template a pod, or a Deployment, is of."""
    found = (template["metadata"].get("annotations") or {}).get(POD_HASH)
    return None if found is None else str(found)


def on_air(channel: Channel, said: SimLiveStatus | None) -> Verdict:
    """Segments appear; what a person should know all the same."""
    if said is None:
        return yes("Streaming", "segments are being published")
    if said.volume.short:
        return yes(
            "VolumeShort",
            "segments are being published, but the segment volume is so full that the oldest are given up "
            "before spec.retention has passed: enlarge the volume, or keep less",
        )
    late = at_least(said.volume.late_seconds)
    if late > LATE * seconds(channel.spec.segment_duration):
        return yes(
            "VolumeSlow",
            f"segments are stored {spoken(late)} late or more, and viewers see them as late: the segment "
            "volume is slow",
        )
    ahead = at_least(said.clock.ahead_seconds)
    if ahead:
        return yes(
            "ClockSetBack",
            f"the clock of the pod's node was set back: the channel's time runs {spoken(ahead)} or more "
            "ahead of it, and goes on without a break; look at the node's time service",
        )
    if differs := off(said):
        way = "ahead of" if (said.clock.off_seconds or 0.0) > 0 else "behind"
        return yes(
            "ClockDiffers",
            f"the clock of the pod's node is {spoken(differs)} or more {way} the Kubernetes API server's: "
            "what is recorded now bears a wrong time, and retention goes by the earlier of the two; look at "
            "both nodes' time service",
        )
    if said.revision is not None and said.revision != revision(channel):
        return yes("Updating", "segments are being published; the change is taken over at a segment's start")
    return yes("Streaming", "segments are being published")
