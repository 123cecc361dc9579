"""The Kubernetes API: listings, server-side apply under our own field manager, status, finalizer, Events."""

import json
import time
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from kubernetes.aio.client import ApiClient, ApiException

from telstar_operator import metrics
from telstar_operator.api_time import ApiTime
from telstar_operator.manifests.names import CHANNEL_LABEL, MANAGED, MANAGER
from telstar_operator.resources import GROUP, VERSION, Channel, Manifest

PATHS = {
    "Channel": f"/apis/{GROUP}/{VERSION}/namespaces/{{namespace}}/channels",
    "Secret": "/api/v1/namespaces/{namespace}/secrets",
    "ConfigMap": "/api/v1/namespaces/{namespace}/configmaps",
    "Pod": "/api/v1/namespaces/{namespace}/pods",
    "Deployment": "/apis/apps/v1/namespaces/{namespace}/deployments",
    "Job": "/apis/batch/v1/namespaces/{namespace}/jobs",
    "Event": "/apis/events.k8s.io/v1/namespaces/{namespace}/events",
}
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
TIMEOUT = 10.0
"""Seconds an answer of the API server may take."""
REFUSALS = {400, 403, 409, 422}


class RefusedError(Exception):
    """The API server or the registry will not do it, and why, in its own words."""


class Cluster:
    """One namespace of a cluster."""

    def __init__(self, client: ApiClient, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self.time = ApiTime()
        """The API server's clock, by its last answer."""

    async def list(self, kind: str) -> tuple[list[Manifest], int]:
        """All objects of a kind that concern the operator, and the listing's resourceVersion."""
        selector = {} if kind == "Channel" else {"labelSelector": MANAGED}
        answer = await self._request("GET", self._path(kind, query=selector))
        return answer["items"], int(answer["metadata"]["resourceVersion"])

    async def find_channel(self, name: str) -> Manifest | None:
        """The Channel of that name as it is now; None only where the API server answered that there is none.

        A listing, since a read answers 404 also where the resource definition is missing; ApiException there.
        """
        answer = await self._request(
            "GET", self._path("Channel", query={"fieldSelector": f"metadata.name={name}"})
        )
        found: list[Manifest] = answer["items"]
        return found[0] if found else None

    async def read(self, kind: str, name: str) -> Manifest | None:
        """One object, None where there is none."""
        try:
            return await self._request("GET", self._path(kind, name))
        except ApiException as error:
            if error.status == 404:
                return None
            raise

    async def apply(self, manifest: Manifest) -> Manifest:
        """Server-side apply; what we wish wins over other managers. Returns the object as it is now."""
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        path = self._path(kind, name, query={"fieldManager": MANAGER, "force": "true"})
        channel = manifest["metadata"]["labels"][CHANNEL_LABEL]
        return await self._write(("apply", kind, channel), "PATCH", path, manifest, APPLY)

    async def forget_files(self, secret: str, files: Iterable[str], channel: str) -> Manifest:
        """Remove files from a Secret whoever put them there: apply takes away only what is ours alone."""
        path = self._path("Secret", secret, query={"fieldManager": MANAGER})
        patch = {"data": dict.fromkeys(files)}
        return await self._write(("patch", "Secret", channel), "PATCH", path, patch, MERGE)

    async def annotate_pod(
        self, pod: str, uid: str, annotations: Mapping[str, str], channel: str
    ) -> Manifest | None:
        """Annotate a pod through its status subresource, which cannot touch its spec.

        None where that very pod is gone.
        """
        path = self._path("Pod", pod, "status", query={"fieldManager": MANAGER})
        patch = {"metadata": {"uid": uid, "annotations": dict(annotations)}}
        return await self._unless_gone(("patch", "Pod/status", channel), path, patch, MERGE)

    async def delete(self, kind: str, name: str, channel: str) -> None:
        """Delete, and what it owns before it; no error where there is none."""
        options = {"propagationPolicy": "Background" if kind == "Job" else "Foreground"}
        try:
            await self._write(("delete", kind, channel), "DELETE", self._path(kind, name), options)
        except ApiException as error:
            if error.status != 404:
                raise

    async def write_status(self, status: Manifest) -> Manifest | None:
        """Apply a Channel's status; None where the Channel is gone."""
        query = {"fieldManager": MANAGER, "force": "true"}
        name = status["metadata"]["name"]
        path = self._path("Channel", name, "status", query=query)
        return await self._unless_gone(("apply", "Channel/status", name), path, status, APPLY)

    async def write_finalizers(self, channel: Channel, finalizers: tuple[str, ...]) -> Manifest | None:
        """Replace a Channel's finalizers; RefusedError where it has changed meanwhile, None where it is gone.

        A merge patch with a resourceVersion, since apply would make a Channel that has just gone anew.
        """
        metadata = {"finalizers": list(finalizers), "resourceVersion": channel.metadata.resource_version}
        path = self._path("Channel", channel.name)
        return await self._unless_gone(
            ("patch", "Channel", channel.name), path, {"metadata": metadata}, MERGE
        )

    async def publish(self, event: Manifest) -> None:
        """Create an Event."""
        path = self._path("Event", query={"fieldManager": MANAGER})
        await self._write(("create", "Event", event["regarding"]["name"]), "POST", path, event)

    def _path(self, kind: str, *parts: str, query: Mapping[str, str] | None = None) -> str:
        path = "/".join((PATHS[kind].format(namespace=self._namespace), *parts))
        return f"{path}?{urlencode(query)}" if query else path

    async def _unless_gone(
        self, what: tuple[str, str, str], path: str, body: Manifest, content: str
    ) -> Manifest | None:
        try:
            return await self._write(what, "PATCH", path, body, content)
        except ApiException as error:
            if error.status == 404:
                return None
            raise

    async def _write(
        self,
        what: tuple[str, str, str],
        method: str,
        path: str,
        body: Manifest,
        content: str = "application/json",
    ) -> Manifest:
        """Write; verb, kind and channel are for the metric."""
        verb, kind, channel = what
        metrics.WRITES.labels(verb=verb, kind=kind, channel=channel).inc()
        try:
            return await self._request(method, path, body, content)
        except ApiException as error:
            if refused(error):
                raise RefusedError(words(error)) from None
            raise

    async def _request(
        self, method: str, path: str, body: Manifest | None = None, content: str = "application/json"
    ) -> Manifest:
        request = await self._client.param_serialize(
            method,
            path,
            header_params={"Accept": "application/json", "Content-Type": content},
            body=body,
            auth_settings=["BearerToken"],
        )
        answer = await self._client.call_api(*request, _request_timeout=TIMEOUT)
        self.time.note(answer.headers.get("Date"), time.monotonic())
        text = await answer.read()
        if not 200 <= answer.status <= 299:
            raise ApiException(status=answer.status, reason=answer.reason, body=text.decode(errors="replace"))
        parsed: Manifest = json.loads(text)
        return parsed


def refused(error: ApiException) -> bool:
    """Whether the request itself is at fault; what does not fit a type in an apply is answered with 500."""
    return error.status in REFUSALS or (error.status == 500 and "typed patch object" in words(error))


def words(error: ApiException) -> str:
    """The API server's own message (metav1.Status), else the HTTP reason."""
    try:
        return str(json.loads(error.body or "")["message"])
    except (ValueError, KeyError, TypeError):
        return f"{error.status} {error.reason}"
