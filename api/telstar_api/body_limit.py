"""No request needs a body of more than MAX_BODY_BYTES.

Starlette's own limit answers in plain text where a Content-Length announces too much, hence this one.
"""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telstar_api.problems import Problem, answer

MAX_BODY_BYTES = 64 * 1024
STATUS = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
DETAIL = f"The body must not be larger than {MAX_BODY_BYTES} bytes."


class BodyLimit:
    """ASGI middleware that answers 413 to what announces, or turns out, to be too large."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 or pass the request on, counting what comes."""
        announced = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
            refusal = answer(Problem(title=STATUS.phrase, status=STATUS, detail=DETAIL))
            await refusal(scope, receive, send)
            return
        received = 0

        async def counting() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise HTTPException(STATUS, DETAIL)
            return message

        await self.app(scope, counting, send)
