"""Clear Key licences over HTTP.

A plain ASGI route: FastAPI's work on a request would cost more than the licence. FastAPI describes it, in the
OpenAPI document, by a route of the same path that stands behind the plain one.
"""

import json

from fastapi import APIRouter, Request, Response
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import ValidationError
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from telstar_api.auth.tokens import TokenRefused, Viewer
from telstar_api.context import Context, ViewerDep
from telstar_api.drm.schemas import Licence, LicenceRequest
from telstar_api.drm.service import json_web_key
from telstar_api.problems import BadRequest, Forbidden, Unauthenticated, documented
from telstar_api.tstv.playlist import LICENCE_PATH

router = APIRouter(tags=["drm"])

# Players send the request without a Content-Type, so FastAPI is kept from reading the body itself.
RAW_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": LicenceRequest.model_json_schema()}},
    }
}
NOT_TO_BE_KEPT = {"Cache-Control": "no-store"}


@router.post(
    LICENCE_PATH,
    responses=documented(BadRequest, Unauthenticated, Forbidden),
    response_model=Licence,
    openapi_extra=RAW_BODY,
)
async def get_licence(request: Request, _: ViewerDep) -> Response:
    """The keys of all requested KIDs, and those that follow them, for a channel one has a session open on.

    Where any that was asked for may not be had, or is not known, there is none at all.
    """
    return await licence(request)


async def licence(request: Request) -> Response:
    """The answer to a licence request."""
    context: Context = request.app.state.context
    now = context.clock.now()
    scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Sign in first: send an access token as Authorization: Bearer.")
    try:
        viewer: Viewer = context.verified_tokens.check(token, now)
    except TokenRefused as error:
        raise Unauthenticated(str(error)) from error
    kids = _asked(await request.body()).kids_hex()
    grant = await context.licences.licence(viewer, kids, now)
    keys = [json_web_key(context.wrapping, key) for key in grant.keys]
    for session, given in grant.uses:
        context.key_uses.note("licence", given, viewer.id, session, now)
    return Response(
        json.dumps({"keys": keys, "type": "temporary"}, separators=(",", ":")),
        headers=NOT_TO_BE_KEPT,
        media_type="application/json",
    )


def _asked(body: bytes) -> LicenceRequest:
    try:
        return LicenceRequest.model_validate_json(body)
    except ValidationError as error:
        what = "; ".join(
            f"{'/'.join(map(str, item['loc']))} {item['msg']}".strip() for item in error.errors()
        )
        raise BadRequest(f"Not a Clear Key licence request: {what}.") from error


class _Plain:
    """The route's ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = plain_route  # for the metrics' label
        response = await licence(Request(scope, receive, send))
        await response(scope, receive, send)


plain_route = Route(LICENCE_PATH, _Plain(), methods=["POST"])
