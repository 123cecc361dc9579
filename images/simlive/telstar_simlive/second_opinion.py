"""The time by which something is deleted: never one clock's alone.

A clock that is set far forward, as by a broken time service, would make everything look expired. Who deletes
goes by the earlier of its own clock and the Kubernetes API server's, which the operator passes on.
"""

import aiohttp
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

DIFFERS = 30_000
"""Milliseconds by which two clocks may differ before it is worth a word."""
_PATIENCE = aiohttp.ClientTimeout(total=5)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    now: AwareDatetime


class OpinionUnavailable(Exception):  # noqa: N818 - it is no fault of this process
    """The other clock cannot be asked, so nothing is deleted by this one."""


def believed(own: int, other: int) -> int:
    """The time to delete by, in milliseconds: the earlier of two clocks."""
    return min(own, other)


def milliseconds(moment: AwareDatetime) -> int:
    """Since the epoch."""
    return round(moment.timestamp() * 1000)


class SecondOpinion:
    """The operator's `GET /time`: `{"now": <RFC 3339>}`."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def ask(self) -> int:
        """The other clock's time, in milliseconds.

        Raises:
            OpinionUnavailable: it cannot be asked.
        """
        try:
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE) as session,
                session.get(self._url, raise_for_status=True) as answer,
            ):
                return milliseconds(_Answer.model_validate_json(await answer.read()).now)
        except (aiohttp.ClientError, TimeoutError, ValidationError) as error:
            raise OpinionUnavailable(
                f"{self._url} cannot be asked: {error or type(error).__name__}"
            ) from error
