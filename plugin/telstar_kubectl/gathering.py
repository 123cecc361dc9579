"""The facts about channels, asked of the cluster through kubectl."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import partial
from typing import Callable

from telstar_kubectl.answers import (
    Channel,
    Leaving,
    SimLive,
    Stored,
    channel_of,
    leaving_of,
    simlive_of,
    stored_of,
)
from telstar_kubectl.complaints import Complaint, complaints_about
from telstar_kubectl.facts import Answer, Facts, Live, Value
from telstar_kubectl.kubectl import Json, Kubectl
from telstar_kubectl.pods import CHANNEL_LABEL, Pod, pod_of, present
from telstar_kubectl.refusals import RefusedError, no_channel_resource

GROUP = "telstar.dev/v1alpha1"
SIMLIVE_LABEL = "app.kubernetes.io/name=simlive"
PORT = 8080
OPERATOR = "http:telstar-operator:8080"
AT_ONCE = 8  # pods asked at the same time, each by a kubectl of its own


def ask(question: Callable[[], Value]) -> Answer[Value]:
    """The answer to one question among many; a refusal is an answer, unless it concerns all questions."""
    try:
        return Answer(question())
    except RefusedError as refused:
        if refused.concerns_all:
            raise
        return Answer(problem=str(refused), missing=refused.kind in ("not-found", "no-such-path"))


class Gatherer:
    """Questions about the channels of one namespace."""

    def __init__(self, kubectl: Kubectl, namespace: str) -> None:
        self._kubectl, self.namespace = kubectl, namespace
        self._core = f"/api/v1/namespaces/{namespace}"

    def channels(self) -> list[Channel]:
        """All Channels, by number.

        Raises:
            RefusedError: as Kubectl.get; `no-such-path` where the cluster has no Channel resource.
        """
        try:
            listing = self._kubectl.get(f"/apis/{GROUP}/namespaces/{self.namespace}/channels")
        except RefusedError as refused:
            raise no_channel_resource("the cluster") if refused.kind == "no-such-path" else refused from None
        found = [channel_of(item) for item in listing.get("items", [])]
        return sorted(found, key=lambda channel: (channel.number, channel.name))

    def channel(self, name: str) -> Channel:
        """One Channel; a RefusedError `not-found` names those that resemble it."""
        return chosen(self.channels(), [name], self.namespace)[0]

    def pods(self, channel: str | None = None) -> tuple[Pod, ...]:
        """The SimLive pods of one channel, or of all."""
        selector = SIMLIVE_LABEL + (f",{CHANNEL_LABEL}={channel}" if channel else "")
        listing = self._kubectl.get(f"{self._core}/pods", labelSelector=selector)
        return tuple(pod_of(item) for item in listing.get("items", []))

    def simlive(self, pod: Pod) -> Answer[SimLive]:
        """What a pod's SimLive says of itself, through the API server's proxy."""
        return self._of_pod(pod, simlive_of, "status")

    def stored(self, pod: Pod, hours: int) -> Answer[Stored]:
        """What is stored of the last hours."""
        return self._of_pod(pod, stored_of, "stored", hours=str(hours))

    def _of_pod(self, pod: Pod, read: Callable[[Json], Value], path: str, **query: str) -> Answer[Value]:
        if not pod.running:
            return Answer(problem="SimLive does not run")
        proxy = f"{self._core}/pods/http:{pod.name}:{PORT}/proxy/{path}"
        answer = ask(lambda: read(self._kubectl.get(proxy, **query)))
        if answer.missing and "pods " not in str(answer.problem):
            return Answer(problem=f"this SimLive ({pod.image}) does not know /{path} yet", missing=True)
        return answer

    def leaving(self) -> Answer[tuple[Leaving, ...]]:
        """Deleted Channels that are not purged or forgotten yet: only the operator knows."""
        return ask(lambda: leaving_of(self._kubectl.get(f"{self._core}/services/{OPERATOR}/proxy/leaving")))

    def overview(self, channels: Sequence[Channel]) -> list[Live]:
        """The channels with their pods' own words, asked side by side."""
        by_channel: dict[str, list[Pod]] = {}
        for pod in self.pods():
            by_channel.setdefault(pod.channel, []).append(pod)

        def live(channel: Channel) -> Live:
            pod = present(by_channel.get(channel.name, ()))
            if pod is None:
                return Live(channel, None)
            # A key's age matters where keys rotate; an hour of the journal is quickly read.
            stored = self.stored(pod, 1) if channel.rotation_period else Answer[Stored]()
            return Live(channel, pod, self.simlive(pod), stored)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(live, channels))

    def facts(self, channel: Channel, now: datetime, hours: int) -> Facts:
        """Everything about one channel; what does not depend on the pod is asked side by side."""
        name = channel.name
        with ThreadPoolExecutor(AT_ONCE) as threads:
            deployment = threads.submit(ask, partial(self._kubectl.get, self._apps(f"simlive-{name}")))
            revision = threads.submit(ask, partial(self._wished_revision, name))
            complaints = threads.submit(ask, partial(self.complaints, name, now - timedelta(hours=hours)))
            pods = ask(partial(self.pods, name))
            pod = present(pods.value or ())
            stored = threads.submit(self.stored, pod, hours) if pod else None
            return Facts(
                live=Live(
                    channel,
                    pod,
                    self.simlive(pod) if pod else Answer(),
                    stored.result() if stored else Answer(),
                ),
                namespace=self.namespace,
                now=now,
                hours=hours,
                pods=pods,
                deployment=deployment.result(),
                wished_revision=revision.result(),
                complaints=complaints.result(),
            )

    def _apps(self, name: str) -> str:
        return f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}"

    def _wished_revision(self, name: str) -> str:
        """The revision of the configuration that the operator wrote; nothing else of it is looked at."""
        body = self._kubectl.get(f"{self._core}/configmaps/simlive-{name}")
        try:
            return str(json.loads(body["data"]["channel.json"])["revision"])
        except (KeyError, ValueError, TypeError):
            raise RefusedError(
                "not-found", "the operator that wrote the configuration names no revision"
            ) from None

    def complaints(self, name: str, since: datetime) -> tuple[Complaint, ...]:
        """Warning events about a channel since a time, newest first."""
        listing = self._kubectl.get(f"{self._core}/events", fieldSelector="type=Warning")
        return complaints_about(name, listing.get("items", []), since)


def chosen(channels: Sequence[Channel], names: Iterable[str], namespace: str) -> list[Channel]:
    """The Channels of these names, or all of them where none is named.

    Raises:
        RefusedError: there is none of that name; the message suggests those that resemble it.
    """
    by_name = {channel.name: channel for channel in channels}
    wished = list(dict.fromkeys(names))
    for name in wished:
        if name not in by_name:
            raise RefusedError(
                "not-found", f"namespace {namespace} has no channel {name!r}; {_instead(name, by_name)}"
            )
    return [by_name[name] for name in wished] if wished else list(channels)


def _instead(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    if not names:
        return "it has none at all: see --namespace"
    near = get_close_matches(name.lower(), names, n=3, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"it has {', '.join(names[:8])}{' …' if len(names) > 8 else ''}"
