"""A Channel resource as Kubernetes has it: what the operator says of the channel's pod.

The API may only read Channels (charts/telstar/templates/api/account.yaml), and asks with a short limit: what
wants to know goes on without.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from kubernetes.aio import client, config
from kubernetes.aio.client import ApiException

from telstar_api.channels.conditions import Condition

GROUP, VERSION, PLURAL = "telstar.dev", "v1alpha1", "channels"
NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
ASKING_SECONDS = 2.0
REMEMBERED_SECONDS = 2.0
NOT_FOUND = 404

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Resource:
    """What the operator wrote into the resource's status; `restarts` of the present pod's container."""

    conditions: tuple[Condition, ...]
    restarts: int | None

    def condition(self, kind: str) -> Condition | None:
        """The condition of this type, where there is one."""
        return next((item for item in self.conditions if item.type == kind), None)


class ResourceUnknown(Exception):
    """Kubernetes could not be asked; the message says why."""


# A channel's name → its resource, None where there is none. Raises ResourceUnknown.
ReadResource = Callable[[str], Awaitable[Resource | None]]


class Resources:
    """Reads Channel resources, each at most once in REMEMBERED_SECONDS, whoever asks however often."""

    def __init__(self, read: ReadResource, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._known: dict[str, tuple[float, Resource | None]] = {}

    async def __call__(self, name: str) -> Resource | None:
        """The channel's resource. Raises ResourceUnknown."""
        now = self._clock()
        self._known = {key: value for key, value in self._known.items() if value[0] > now}
        if name not in self._known:
            self._known[name] = now + REMEMBERED_SECONDS, await self._read(name)
        return self._known[name][1]


async def read_in_cluster(name: str) -> Resource | None:
    """One GET in this pod's own namespace, with its own ServiceAccount. Raises ResourceUnknown."""
    try:
        config.load_incluster_config()
        namespace = NAMESPACE_FILE.read_text().strip()
        async with asyncio.timeout(ASKING_SECONDS), client.ApiClient() as api:
            custom = client.CustomObjectsApi(api)
            body = await custom.get_namespaced_custom_object(GROUP, VERSION, namespace, PLURAL, name)
        return resource(body)
    except ApiException as error:
        if error.status == NOT_FOUND:
            return None
        raise _unknown(f"Kubernetes refused: {error.status} {error.reason}") from error
    except TimeoutError as error:
        raise _unknown(f"Kubernetes did not answer within {ASKING_SECONDS:g} s") from error
    except Exception as error:  # whatever a client's transport raises
        raise _unknown(f"Kubernetes could not be asked ({type(error).__name__})") from error


def resource(body: Mapping[str, Any]) -> Resource:
    """The parts of the resource's JSON that say how the channel is."""
    status = body.get("status") or {}
    conditions = tuple(
        Condition(
            item["type"],
            item["status"],
            item.get("reason", ""),
            item.get("message", ""),
            _moment(item.get("lastTransitionTime")),
        )
        for item in status.get("conditions") or ()
    )
    return Resource(conditions, status.get("restarts"))


def _unknown(why: str) -> ResourceUnknown:
    log.warning("channel resource not read", error=why)
    return ResourceUnknown(why)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
