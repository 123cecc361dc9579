"""Channels over HTTP, for viewers."""

from fastapi import APIRouter

from telstar_api.channels import service
from telstar_api.channels.schemas import Channel
from telstar_api.context import CircumstancesDep, ContextDep, ViewerDep
from telstar_api.database import ReadSession
from telstar_api.problems import Unauthenticated, documented

router = APIRouter(prefix="/api/v1", tags=["channels"], responses=documented(Unauthenticated))


@router.get("/channels")
async def list_channels(
    viewer: ViewerDep, session: ReadSession, context: ContextDep, circumstances: CircumstancesDep
) -> list[Channel]:
    """All channels by number, what is on now, and whether the viewer may watch live."""
    now = context.clock.now()
    return await service.channels(session, context.journals, viewer, circumstances, now)
