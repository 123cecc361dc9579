"""Client of the API's internal endpoints (docs/architecture.md, "Operator → API")."""

import asyncio
import ssl
import time
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlencode

import httpx

from telstar_operator import metrics
from telstar_operator.cluster import RefusedError
from telstar_operator.keys import ChannelKey
from telstar_operator.manifests.config_map import Programme
from telstar_operator.plan.facts import RegistryView
from telstar_operator.resources import written

TIMEOUT = httpx.Timeout(5.0, connect=2.0)
PAUSE = 2.0
"""Seconds without a further attempt after a failed one, so that a thousand channels do not all wait for an
API that is away."""
REFUSALS = {400, 409, 422}


class AwayError(Exception):
    """The registry could not be asked, and why, in words that show no body."""


class KeyConflictError(RefusedError):
    """The registry knows this KID with another key, or for another channel."""


class Registry:
    """The API as the operator uses it. Bodies hold keys: none is ever logged, none of a key quoted."""

    def __init__(self, url: str, ca_file: Path | None, token_file: Path) -> None:
        verify = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(
            base_url=url, verify=verify, timeout=TIMEOUT, limits=limits, trust_env=False
        )
        self._token_file = token_file
        self._away_until = 0.0
        self._why = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def view(self, channel: str) -> RegistryView:
        """What the API knows of a channel, also of one it has never heard of."""
        answer = (await self._send("GET", f"/internal/v1/channels/{channel}")).json()
        return RegistryView(
            registration=answer["registration"],
            kids=tuple(answer["kids"]),
            last_segment_time=moment(answer["last_segment_time"]),
            stored_from=moment(answer["stored_from"]),
        )

    async def registrations(self) -> dict[str, str | None]:
        """Uids by name of all that is registered; None for what was registered before uids were kept."""
        answer = (await self._send("GET", "/internal/v1/channels")).json()
        return {entry["name"]: entry["uid"] for entry in answer["registrations"]}

    async def register(self, channel: str, registration: dict[str, Any]) -> None:
        """Make the API's record equal to this one; RefusedError with the API's reason."""
        await self._send("PUT", f"/internal/v1/channels/{channel}", registration)

    async def deregister(self, channel: str, keys: Literal["delete", "retain"]) -> None:
        """Remove the API's record, and the channel's keys or not; no error where there was none."""
        await self._send("DELETE", f"/internal/v1/channels/{channel}?keys={keys}")

    async def put_key(self, channel: str, key: ChannelKey) -> None:
        """Register a key, from when it is to be used; KeyConflictError where its KID is taken."""
        body = {"key": key.key} | ({"valid_from": written(key.start)} if key.start else {})
        await self._send("PUT", f"/internal/v1/channels/{channel}/keys/{key.kid}", body)

    async def keys(self, channel: str) -> list[ChannelKey]:
        """All keys of a channel, in the order they come into force."""
        answer = (await self._send("GET", f"/internal/v1/channels/{channel}/keys")).json()
        return [ChannelKey(entry["kid"], entry["key"], start_of(entry)) for entry in answer["keys"]]

    async def programmes(self, channel: str, start: datetime, end: datetime) -> tuple[Programme, ...]:
        """The schedule's entries that overlap a time, by start."""
        query = urlencode({"from": written(start), "to": written(end)})
        answer = (await self._send("GET", f"/internal/v1/channels/{channel}/programmes?{query}")).json()
        return tuple(
            Programme(
                datetime.fromisoformat(entry["start"]), datetime.fromisoformat(entry["end"]), entry["title"]
            )
            for entry in answer["programmes"]
        )

    async def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        if time.monotonic() < self._away_until:
            raise AwayError(self._why)
        try:
            # Projected tokens rotate: read it every time.
            token = await asyncio.to_thread(self._token_file.read_text)
            answer = await self._client.request(
                method, path, json=body, headers={"Authorization": f"Bearer {token.strip()}"}
            )
        except (httpx.HTTPError, OSError) as error:
            metrics.REGISTRY_REQUESTS.labels(method, "away").inc()
            raise self._pause(f"{type(error).__name__} {error}".strip()) from None
        if answer.is_success:
            metrics.REGISTRY_REQUESTS.labels(method, "done").inc()
            return answer
        said = answer.reason_phrase if "/keys" in path else problem(answer)
        if answer.status_code in REFUSALS:
            metrics.REGISTRY_REQUESTS.labels(method, "refused").inc()
            conflict = answer.status_code == 409 and "/keys/" in path
            raise (KeyConflictError if conflict else RefusedError)(
                f"the API refused it: {answer.status_code} {said}"
            )
        metrics.REGISTRY_REQUESTS.labels(method, "away").inc()
        why = f"{answer.status_code} {said}"
        raise AwayError(self._words(why)) if answer.status_code == 500 else self._pause(why)

    def _pause(self, why: str) -> AwayError:
        """Nobody can be served: spare the others the attempt. (A 500 may concern one channel only.)"""
        self._why = self._words(why)
        self._away_until = time.monotonic() + PAUSE
        return AwayError(self._why)

    def _words(self, why: str) -> str:
        return f"the API at {self._client.base_url} cannot be asked: {why}"


def problem(answer: httpx.Response) -> str:
    """The detail of a problem document (RFC 9457), else the HTTP reason. Not for requests that carry keys."""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        document = answer.json()
        return str(document.get("detail") or document.get("title") or answer.reason_phrase)
    return answer.reason_phrase


def start_of(entry: dict[str, Any]) -> datetime | None:
    """When a key comes into force, in whole seconds; when it was registered, where the API does not say."""
    found = moment(entry.get("valid_from") or entry.get("registered_at"))
    return found and found.replace(microsecond=0)


def moment(text: str | None) -> datetime | None:
    """An RFC 3339 time."""
    return None if text is None else datetime.fromisoformat(text)
