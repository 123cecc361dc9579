"""Who calls the internal endpoints: a Kubernetes ServiceAccount, told by TokenReview."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from kubernetes.aio import client, config

AUDIENCE = "telstar-api"
REMEMBERED_SECONDS = 60.0
REVIEW_SECONDS = 10.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Account:
    """A ServiceAccount: `system:serviceaccount:<namespace>:<name>`, and the uid of that very object.

    One of the same name in another cluster, or in a namespace made anew, has another uid.
    """

    name: str
    uid: str


# Token → its account, or None when it counts for nothing.
Authenticator = Callable[[str], Awaitable[Account | None]]


class ReviewUnavailable(Exception):
    """Kubernetes could not be asked who a token belongs to."""


class TokenReviews:
    """Asks Kubernetes (authentication.k8s.io/v1) and remembers a yes for up to a minute, a no not at all."""

    def __init__(self, review: Authenticator, clock: Callable[[], float] = time.monotonic) -> None:
        self._review = review
        self._clock = clock
        self._known: dict[bytes, tuple[float, Account]] = {}

    async def __call__(self, token: str) -> Account | None:
        """The token's account. Raises ReviewUnavailable."""
        digest = hashlib.sha256(token.encode()).digest()
        now = self._clock()
        known = self._known.get(digest)
        if known is not None and now < known[0]:
            return known[1]
        found = await self._review(token)
        self._known = {key: value for key, value in self._known.items() if value[0] > now}
        if found is not None:
            self._known[digest] = (now + REMEMBERED_SECONDS, found)
        return found


async def review_in_cluster(token: str) -> Account | None:
    """One TokenReview, with this pod's own ServiceAccount. Raises ReviewUnavailable."""
    review = client.V1TokenReview(spec=client.V1TokenReviewSpec(token=token, audiences=[AUDIENCE]))
    try:
        config.load_incluster_config()
        async with asyncio.timeout(REVIEW_SECONDS), client.ApiClient() as api:
            answer = await client.AuthenticationV1Api(api).create_token_review(review)
    except Exception as error:
        log.warning("token review failed", error=type(error).__name__)
        raise ReviewUnavailable from error
    status = answer.status
    # An API server that knows no audiences says nothing about them: then the token may be for anyone.
    if not status.authenticated or AUDIENCE not in (status.audiences or []):
        return None
    if not status.user.uid:  # every ServiceAccount has one
        return None
    return Account(status.user.username, status.user.uid)
