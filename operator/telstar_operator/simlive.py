"""Client of SimLive pods: GET /status (docs/architecture.md, "Operator → SimLive pod")."""

import httpx
from pydantic import ValidationError

from telstar_operator import metrics
from telstar_operator.plan.facts import Silent
from telstar_operator.plan.simlive import SimLiveStatus

TIMEOUT = 2.0
"""Seconds that a pod may take to answer."""
PARALLEL = 50
SIZE_LIMIT = 256 * 1024
"""Bytes of an answer that are read at most."""


class SimLive:
    """The pods' own words. Their addresses are the cluster's: no proxy is asked."""

    def __init__(self) -> None:
        limits = httpx.Limits(
            max_connections=PARALLEL, max_keepalive_connections=PARALLEL, keepalive_expiry=5
        )
        self._client = httpx.AsyncClient(timeout=TIMEOUT, limits=limits, trust_env=False)

    async def close(self) -> None:
        """Let all connections go."""
        await self._client.aclose()

    async def ask(self, address: str, port: int, channel: str) -> SimLiveStatus | Silent:
        """What the pod at this IP address says of its channel; Silent with the reason where it does not."""
        said = await self._ask(address, port, channel)
        metrics.LOOKS.labels("silent" if isinstance(said, Silent) else "answered").inc()
        return said

    async def _ask(self, address: str, port: int, channel: str) -> SimLiveStatus | Silent:
        host = f"[{address}]" if ":" in address else address
        try:
            answer = await self._client.get(f"http://{host}:{port}/status")
            answer.raise_for_status()
            if len(answer.content) > SIZE_LIMIT:
                return Silent("its status is too long")
            said = SimLiveStatus.model_validate_json(answer.content)
        except httpx.HTTPStatusError as error:
            return Silent(f"it answered {error.response.status_code}")
        except (httpx.HTTPError, OSError) as error:
            return Silent(f"it cannot be reached ({type(error).__name__})")
        except ValidationError as error:
            return Silent(
                f"its status cannot be read: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}"
            )
        if said.channel != channel:
            return Silent(f"it speaks of channel {said.channel}")
        return said
