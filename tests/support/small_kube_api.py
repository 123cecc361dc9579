"""A small HTTP server that speaks the bits of the Kubernetes API that `kubectl telstar` uses.

For states that a real cluster does not get into on demand. It keeps the API server's own words for refusals.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
CHANNELS = "/apis/telstar.dev/v1alpha1/namespaces/{}/channels"
TELSTAR = {
    "groupVersion": "telstar.dev/v1alpha1",
    "version": "v1alpha1",
}
DISCOVERY: dict[str, Json] = {
    "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [{"name": "telstar.dev", "versions": [TELSTAR], "preferredVersion": TELSTAR}],
    },
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            {
                "name": "pods",
                "singularName": "pod",
                "namespaced": True,
                "kind": "Pod",
                "verbs": ["get", "list"],
            }
        ],
    },
    "/apis/telstar.dev/v1alpha1": {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": "telstar.dev/v1alpha1",
        "resources": [
            {
                "name": "channels",
                "singularName": "channel",
                "namespaced": True,
                "kind": "Channel",
                "verbs": ["get", "list", "patch"],
            }
        ],
    },
}


@dataclass
class SmallKubeApi:
    """What is in the cluster: objects by path, lists by path, logs by pod; and what was asked."""

    objects: dict[str, Json] = field(default_factory=dict)
    lists: dict[str, list[Json]] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    refused: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    """Path → (status, reason, message), before anything else."""
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def add_channel(self, body: Json) -> None:
        """A Channel, alone and in its list."""
        path = CHANNELS.format(body["metadata"]["namespace"])
        self.lists.setdefault(path, []).append(body)
        self.objects[f"{path}/{body['metadata']['name']}"] = body

    def add_pod(self, body: Json) -> None:
        """A pod, alone and in its list."""
        path = f"/api/v1/namespaces/{body['metadata']['namespace']}/pods"
        self.lists.setdefault(path, []).append(body)
        self.objects[f"{path}/{body['metadata']['name']}"] = body

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> tuple[int, Any]:
        """Status and JSON (or text) of one request."""
        if path in self.refused:
            status, reason, message = self.refused[path]
            return failure(status, reason, message)
        if path in DISCOVERY:
            return 200, DISCOVERY[path]
        if path.endswith("/log"):
            return self._log(path.split("/")[-2], query)
        if method == "PATCH" and path in self.objects:
            return 200, self._patch(path, json.loads(body))
        if path in self.objects:
            return 200, self.objects[path]
        if path in self.lists or path == CHANNELS.format("default"):
            items = [item for item in self.lists.get(path, []) if _selected(item, query)]
            return 200, {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items}
        return failure(404, "NotFound", "the server could not find the requested resource")

    def _log(self, pod: str, query: dict[str, str]) -> tuple[int, Any]:
        if query.get("previous") == "true":
            message = f'previous terminated container "simlive" in pod "{pod}" not found'
            return failure(400, "BadRequest", message)
        return 200, self.logs.get(pod, "")

    def _patch(self, path: str, patch: Json) -> Json:
        body = self.objects[path]
        body["spec"].update(patch["spec"])
        body["metadata"]["generation"] += 1
        return body


def failure(status: int, reason: str, message: str) -> tuple[int, Json]:
    """A metav1.Status."""
    return status, {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "reason": reason,
        "message": message,
        "code": status,
    }


def _selected(item: Json, query: dict[str, str]) -> bool:
    labels = item.get("metadata", {}).get("labels", {})
    wished = dict(part.split("=", 1) for part in query.get("labelSelector", "").split(",") if part)
    if any(labels.get(name) != value for name, value in wished.items()):
        return False
    return query.get("fieldSelector") != "type=Warning" or item.get("type") == "Warning"


@contextmanager
def serving(api: SmallKubeApi) -> Iterator[SmallKubeApi]:
    """The server at `api.url`, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._handle("GET")

        def do_PATCH(self) -> None:
            self._handle("PATCH")

        def _handle(self, method: str) -> None:
            split = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(split.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            api.requests.append((method, split.path, query))
            status, answer = api.answer(method, split.path, query, body)
            content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if isinstance(answer, str) else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
