"""Clear Key licences over HTTP."""

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from telstar_api.context import ContextDep, ViewerDep
from telstar_api.database import ReadSession
from telstar_api.drm import service
from telstar_api.drm.schemas import Licence, LicenceRequest
from telstar_api.problems import BadRequest, Forbidden, Unauthenticated, documented

router = APIRouter(prefix="/api/v1/drm", tags=["drm"])

# Players send the request without a Content-Type, so FastAPI is kept from reading the body itself.
RAW_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": LicenceRequest.model_json_schema()}},
    }
}


@router.post("/license", responses=documented(BadRequest, Unauthenticated, Forbidden), openapi_extra=RAW_BODY)
async def get_licence(
    request: Request, viewer: ViewerDep, session: ReadSession, context: ContextDep, response: Response
) -> Licence:
    """The keys of all requested KIDs, and those that follow them.

    Where any that was asked for may not be had, or is not known, there is none at all.
    """
    try:
        wanted = LicenceRequest.model_validate_json(await request.body())
    except ValidationError as error:
        what = "; ".join(
            f"{'/'.join(map(str, item['loc']))} {item['msg']}".strip() for item in error.errors()
        )
        raise BadRequest(f"Not a Clear Key licence request: {what}.") from error
    response.headers["Cache-Control"] = "no-store"
    return await service.licence(session, context.wrapping, viewer, wanted.kids_hex(), context.clock.now())
