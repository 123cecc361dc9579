"""Who calls the internal endpoints: a Kubernetes ServiceAccount, told by TokenReview."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable

import structlog
from kubernetes.aio import client, config

AUDIENCE = "telstar-api"
REMEMBERED_SECONDS = 60.0
REVIEW_SECONDS = 10.0

log = structlog.get_logger()

# Token → the account (`system:serviceaccount:<namespace>:<name>`), or None when it counts for nothing.
Authenticator = Callable[[str], Awaitable[str | None]]


class ReviewUnavailable(Exception):
    """Kubernetes could not be asked who a token belongs to."""


class TokenReviews:
    """Asks Kubernetes (authentication.k8s.io/v1) and remembers a yes for up to a minute, a no not at all."""

    def __init__(self, review: Authenticator, clock: Callable[[], float] = time.monotonic) -> None:
        self._review = review
        self._clock = clock
        self._known: dict[bytes, tuple[float, str]] = {}

    async def __call__(self, token: str) -> str | None:
        """The token's account. Raises ReviewUnavailable."""
        digest = hashlib.sha256(token.encode()).digest()
        now = self._clock()
        until, account = self._known.get(digest, (0.0, ""))
        if now < until:
            return account
        found = await self._review(token)
        self._known = {key: value for key, value in self._known.items() if value[0] > now}
        if found is not None:
            self._known[digest] = (now + REMEMBERED_SECONDS, found)
        return found


async def review_in_cluster(token: str) -> str | None:
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
    return str(status.user.username)
