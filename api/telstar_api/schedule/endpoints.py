"""The guide over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from telstar_api.context import CircumstancesDep, ContextDep, ViewerDep
from telstar_api.database import ReadSession
from telstar_api.problems import Invalid, Unauthenticated, documented
from telstar_api.schedule import service
from telstar_api.schedule.schemas import Guide

router = APIRouter(prefix="/api/v1", tags=["guide"], responses=documented(Unauthenticated, Invalid))


@router.get("/guide")
async def get_guide(
    viewer: ViewerDep,
    session: ReadSession,
    context: ContextDep,
    circumstances: CircumstancesDep,
    start: Annotated[
        datetime | None, Query(alias="from", description="RFC 3339 time; an hour before now when left out")
    ] = None,
    end: Annotated[
        datetime | None, Query(alias="to", description="RFC 3339 time; six hours after `from` when left out")
    ] = None,
) -> Guide:
    """Every channel's programmes that overlap the range, and what the viewer may do with each.

    The range is at most seven days. Programmes carry the actions live, start-over, catch-up and record.
    """
    now = context.clock.now()
    within = service.guide_range(start, end, now)
    return await service.guide(session, context.journals, viewer, circumstances, within, now)
