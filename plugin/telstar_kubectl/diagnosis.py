"""Facts → findings → verdict: what is wrong with a channel, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from telstar_kubectl.answers import Condition
from telstar_kubectl.facts import Facts
from telstar_kubectl.findings import Finding, Mark, neither, unknown, well, wrong
from telstar_kubectl.pod_findings import deployment, pod
from telstar_kubectl.stream_findings import clock, coverage, key, segments, simlive, source, volume
from telstar_kubectl.words import ago, lasting, plural

SETTLING = 120
"""Seconds that the operator gives a pod to start; until then a channel that is starting is on its way."""
EVENTS_SHOWN = 8

# Where a person looks next; a condition's own message says the rest.
_NEXT = {
    "RegistryUnavailable": "kubectl -n {namespace} get pods -l app.kubernetes.io/component=api",
    "SecretNotFound": "make the Secret that drm.keySecretRef names",
    "SecretInvalid": "mend the Secret: data.kid and data.key, 32 hexadecimal digits each",
    "KeyConflict": "put the registered key back, or use a new key id",
    "Unschedulable": "kubectl -n {namespace} describe pod -l telstar.dev/channel={name}",
    "PodRefused": "kubectl -n {namespace} describe deployment simlive-{name}",
    "ImagePullFailed": "check the image and imagePullSecrets in the chart's values",
    "ContainerFailed": "kubectl -n {namespace} describe pod -l telstar.dev/channel={name}",
    "PodStuck": "kubectl -n {namespace} describe pod -l telstar.dev/channel={name}",
    "CrashLooping": "kubectl telstar logs {name} --previous",
    "NoSegments": "kubectl telstar logs {name} --since 10m",
}
# What is wrong for the same cause, so that it is not named twice.
_IMPLIES = {
    "SourceHealthy": ("Source",),
    "Streaming": ("Deployment", "Pod", "Segments"),
    "Deployment": ("Pod", "Segments"),
    "Pod": ("Segments",),
}
# A condition that holds for another reason has something to say all the same.
_PLAIN = {"KeyRegistered", "NotEncrypted", "Registered", "Streaming", "SourcePlaying"}
_ON_THE_WAY = {"Starting", "Making", "Restoring", "Registering", "WaitingForKey", "WaitingForRegistration"}


@dataclass(frozen=True)
class Verdict:
    """One sentence, and whether the channel is well."""

    well: bool
    sentence: str


def diagnose(facts: Facts) -> tuple[list[Finding], Verdict]:
    """All findings in their fixed order, and the verdict. What is stopped on purpose is well."""
    found = [exists(facts), *conditions(facts)]
    found += [deployment(facts), pod(facts), simlive(facts), source(facts), clock(facts), volume(facts)]
    found += [segments(facts), key(facts), coverage(facts), complaints(facts)]
    return found, verdict(facts, found)


def exists(facts: Facts) -> Finding:
    """The Channel itself."""
    channel = facts.live.channel
    headline = f"{channel.display_name!r}, number {channel.number}, wished {channel.state}"
    if channel.deleting:
        return neither("Channel", f"{headline}; being deleted since {ago(channel.deleting, facts.now)}")
    if channel.observed_generation is None:
        return wrong("Channel", f"{headline}; the operator has not seen it yet", _look_at_operator(facts))
    if channel.observed_generation < channel.generation:
        behind = f"the operator has not seen its last change (generation {channel.generation})"
        return wrong("Channel", f"{headline}; {behind}", _look_at_operator(facts))
    return well("Channel", headline)


def _look_at_operator(facts: Facts) -> str:
    return (
        f"if that stays so: kubectl -n {facts.namespace} logs deployment/telstar-operator "
        "(it must run, and watch this namespace)"
    )


def conditions(facts: Facts) -> list[Finding]:
    """One finding for all that hold, one for each that does not."""
    channel = facts.live.channel
    judged = [condition for condition in channel.conditions if condition.kind != "Ready"]
    if not judged:
        return [neither("Conditions", "none yet")]
    holding = [condition.kind for condition in judged if condition.status == "True"]
    remarks = [
        f"{one.kind}, {one.reason}: {one.message}"
        for one in judged
        if one.status == "True" and one.reason not in _PLAIN
    ]
    found = [well("Conditions", ", ".join(holding), remarks)] if holding else []
    return found + [_condition(facts, condition) for condition in judged if condition.status != "True"]


def _condition(facts: Facts, condition: Condition) -> Finding:
    since = f" for {lasting(facts.now - condition.since)}" if condition.since else ""
    says = f"{condition.status}{since}, {condition.reason}: {condition.message}"
    deliberate = condition.reason in ("Stopped", "Deleting")
    if not condition.fails or deliberate:
        return neither(condition.kind, says)
    young = condition.since is not None and (facts.now - condition.since).total_seconds() < SETTLING
    if condition.reason in _ON_THE_WAY and young:
        return wrong(
            condition.kind,
            says,
            f"wait: it is on its way; ask again within {SETTLING} s",
            cause=condition.message,
        )
    template = _NEXT.get(condition.reason)
    # Without one, the condition's own message says what to do.
    advice = template.format(namespace=facts.namespace, name=facts.live.channel.name) if template else ""
    return wrong(condition.kind, says, advice, cause=condition.message)


def complaints(facts: Facts) -> Finding:
    """Recent Warning events. They tell of the past, so they are never what is wrong now."""
    if facts.complaints.value is None:
        return unknown("Warnings", facts.complaints)
    if not facts.complaints.value:
        return well("Warnings", f"no Warning events in the last {plural(facts.hours, 'hour')}")
    shown = [
        f"{ago(one.at, facts.now) if one.at else 'some time ago'}: {one.about}: {one.reason}"
        f"{f' (×{one.count})' if one.count > 1 else ''}: {one.message}"
        for one in facts.complaints.value[:EVENTS_SHOWN]
    ]
    left = len(facts.complaints.value) - len(shown)
    if left:
        shown.append(f"… and {left} older")
    headline = (
        f"{plural(len(facts.complaints.value), 'Warning event')} in the last {plural(facts.hours, 'hour')}"
    )
    return neither("Warnings", headline, shown)


def verdict(facts: Facts, found: list[Finding]) -> Verdict:
    """What is wrong in the first place is what to mend first: findings stand in the order of cause."""
    channel = facts.live.channel
    bad = [finding for finding in found if finding.mark is Mark.WRONG]
    if bad:
        first, implied = bad[0], _IMPLIES.get(bad[0].area, ())
        rest = [finding.area for finding in bad[1:] if finding.area not in implied]
        also = f" Also wrong: {', '.join(rest)}." if rest else ""
        follow = f" Next: {first.advice}." if first.advice else ""
        return Verdict(False, f"{channel.name} is not well. {first.area}: {first.cause}.{follow}{also}")
    if channel.deleting:
        return Verdict(True, f"{channel.name} is being deleted, and nothing stands in the way. Next: wait.")
    if channel.stopped:
        return Verdict(
            True, f"{channel.name} is stopped, as its spec says. Next: kubectl telstar resume {channel.name}."
        )
    return Verdict(True, f"{channel.name} is well{_but(facts, found)}. Nothing to do.")


def _but(facts: Facts, found: list[Finding]) -> str:
    """What somebody who asks should not overlook."""
    stored, unread = (
        facts.live.stored.value,
        [one.area for one in found if one.headline.startswith("not known")],
    )
    remarks = []
    if stored and stored.gaps:
        remarks.append(f"{plural(len(stored.gaps), 'gap')} in the last {plural(facts.hours, 'hour')}")
    if unread:
        remarks.append(f"not known: {', '.join(unread)}")
    return f" ({'; '.join(remarks)})" if remarks else ""
