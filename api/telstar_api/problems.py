"""Every error this API answers, as RFC 9457 problem details.

Endpoints raise a `ProblemError`; the handlers installed here answer it, and whatever else goes wrong, as
`application/problem+json`. `documented(…)` puts the same problems into the OpenAPI document.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from telstar_api.entitlement.schemas import Offer, Reason

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger()


class Problem(BaseModel):
    """Problem details (RFC 9457 §3)."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class InvalidInput(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str = Field(description="where: `body/mode`, `query/from`, `path/session_id`")
    detail: str


class InvalidProblem(Problem):
    """A request that cannot be understood, with everything that is wrong with it."""

    errors: list[InvalidInput]


class RefusalProblem(Problem):
    """A refusal by entitlement: every reason, and the products that would make it a yes, cheapest first."""

    reasons: list[Reason]
    offers: list[Offer]


class ProblemError(Exception):
    """An answer other than success. Subclasses name the status; the detail says what to do about it.

    `keeps_writes`: what the request wrote before raising is committed all the same.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    model: ClassVar[type[Problem]] = Problem
    headers: Mapping[str, str] = MappingProxyType({})
    keeps_writes: ClassVar[bool] = False

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def problem(self) -> Problem:
        """The body of the answer."""
        return Problem(title=self.status.phrase, status=self.status, detail=self.detail)


class BadRequest(ProblemError):
    """The request's body is not what this endpoint reads."""


class Unauthenticated(ProblemError):
    """Nobody is signed in, or the token no longer counts."""

    status = HTTPStatus.UNAUTHORIZED
    headers: Mapping[str, str] = MappingProxyType({"WWW-Authenticate": "Bearer"})


class Forbidden(ProblemError):
    """Not for this caller."""

    status = HTTPStatus.FORBIDDEN


class NotFound(ProblemError):
    """There is no such thing."""

    status = HTTPStatus.NOT_FOUND


class Conflict(ProblemError):
    """What is there already stands in the way."""

    status = HTTPStatus.CONFLICT


class TooManyAttempts(ProblemError):
    """Tried too often in too short a time; `Retry-After` says when to try again (RFC 6585 §4)."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many attempts: try again in {seconds} s.")
        self.headers = {"Retry-After": str(seconds)}


class Gone(ProblemError):
    """It was there and has ended."""

    status = HTTPStatus.GONE


class Unavailable(ProblemError):
    """Something this API depends on does not answer; trying again later may help."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers: Mapping[str, str] = MappingProxyType({"Retry-After": "2"})


class Refused(ProblemError):
    """Entitlement said no."""

    status = HTTPStatus.FORBIDDEN
    model = RefusalProblem

    def __init__(self, reasons: Sequence[Reason], offers: Sequence[Offer]) -> None:
        super().__init__(" ".join(reason.message for reason in reasons))
        self.reasons, self.offers = list(reasons), list(offers)

    def problem(self) -> RefusalProblem:
        """The refusal with its reasons and offers."""
        basis = super().problem()
        return RefusalProblem(**basis.model_dump(), reasons=self.reasons, offers=self.offers)


class Invalid(ProblemError):
    """Well-formed, but not a request that can be carried out; names the input at fault."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    model = InvalidProblem

    def __init__(self, *errors: InvalidInput) -> None:
        super().__init__("; ".join(f"{error.pointer}: {error.detail}" for error in errors))
        self.errors = list(errors)

    def problem(self) -> InvalidProblem:
        """Everything that is wrong with the request."""
        return InvalidProblem(**super().problem().model_dump(), errors=self.errors)


def documented(*problems: type[ProblemError]) -> dict[int | str, dict[str, Any]]:
    """FastAPI's `responses` for the problems an endpoint can answer."""
    return {
        int(problem.status): {"model": problem.model, "description": (problem.__doc__ or "").split("\n")[0]}
        for problem in problems
    }


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as an HTTP response."""
    return Response(problem.model_dump_json(), problem.status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make this application answer every error as a problem."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return answer(error.problem(), error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        InvalidInput(pointer="/".join(map(str, item["loc"])), detail=jsonable_encoder(item["msg"]))
        for item in error.errors()
    ]
    return await _problem(request, Invalid(*errors))


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    return answer(Problem(title=title, status=error.status_code, detail=error.detail or title), error.headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    # The template, since a manifest's path holds a session's token.
    route = getattr(request.scope.get("route"), "path", "unknown")
    log.error("unexpected error", method=request.method, route=route, exc_info=error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = "Something went wrong on our side; the server's log says what."
    return answer(Problem(title=status.phrase, status=status, detail=detail))


def as_problem_json(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with what FastAPI does not say by itself.

    Errors stand under their media type, and a body that cannot even be parsed is answered 400.
    """
    for path in document["paths"].values():
        for operation in path.values():
            responses = operation["responses"]
            if "requestBody" in operation:
                responses.setdefault("400", _unparsable(responses["default"]))
            for status, response in responses.items():
                if status == "default" or int(status) >= HTTPStatus.BAD_REQUEST:
                    content = response["content"]
                    content[MEDIA_TYPE] = content.pop("application/json", content.get(MEDIA_TYPE))
    return document


def _unparsable(other: dict[str, Any]) -> dict[str, Any]:
    return {"description": "The body cannot be parsed.", "content": dict(other["content"])}
