"""Content keys over HTTP, for the admin pages. Keys go in here; no answer has one in it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request

from telstar_api.auth.client import OccasionDep
from telstar_api.auth.roles import needs
from telstar_api.auth.tokens import Viewer
from telstar_api.channels.schemas import CHANNEL_NAME
from telstar_api.context import ContextDep
from telstar_api.database import ReadSession, WriteSession
from telstar_api.keys import service, transfer
from telstar_api.keys.exchange import Unreadable
from telstar_api.keys.schemas import ImportedKeys, KeyPeriods
from telstar_api.problems import BadRequest, Conflict, Forbidden, Invalid, Unauthenticated, documented

router = APIRouter(
    prefix="/api/v1/admin/keys",
    tags=["admin"],
    responses=documented(Unauthenticated, Forbidden, Invalid),
)

ChannelName = Annotated[str, Path(pattern=CHANNEL_NAME)]
Admin = Annotated[Viewer, Depends(needs("admin"))]

# The document's form is seen by itself, so FastAPI is kept from reading the body.
DOCUMENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/xml": {"schema": {"type": "string", "description": "CPIX with clear keys"}},
            "application/yaml": {"schema": {"type": "string", "description": "a channel's Secret"}},
        },
    }
}


@router.get("/{channel}", dependencies=[Depends(needs("operator"))])
async def list_key_periods(channel: ChannelName, session: ReadSession, context: ContextDep) -> KeyPeriods:
    """A channel's keys by KID, when each is in force, and what it is wrapped under; never the keys."""
    return await service.listing(session, context.wrapping, channel, context.clock.now())


@router.post("/{channel}", responses=documented(BadRequest, Conflict), openapi_extra=DOCUMENT)
async def import_keys(
    channel: ChannelName,
    request: Request,
    admin: Admin,
    occasion: OccasionDep,
    session: WriteSession,
    context: ContextDep,
) -> ImportedKeys:
    """Take all keys of a CPIX document or of a channel's Secret, or none. Again is fine."""
    try:
        received = transfer.read(await request.body())
    except Unreadable as error:
        raise BadRequest(f"No key was taken: {error}.") from None
    by = transfer.By(user=admin.id, address=occasion.client.address or None)
    done = await transfer.take(session, context.wrapping, channel, received, by, occasion.now)
    return ImportedKeys(new=list(done.new), known=list(done.known))
