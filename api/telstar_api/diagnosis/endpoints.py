"""The diagnosis over HTTP."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query

from telstar_api.context import CircumstancesDep, ContextDep, ViewerDep
from telstar_api.database import WriteSession
from telstar_api.diagnosis import schemas, service
from telstar_api.diagnosis.gathering import Sources
from telstar_api.entitlement.rights import Mode
from telstar_api.problems import Forbidden, Invalid, InvalidInput, NotFound, Unauthenticated, documented
from telstar_api.text import Line

router = APIRouter(prefix="/api/v1", tags=["diagnosis"])


@router.get("/diagnosis", responses=documented(Unauthenticated, Forbidden, NotFound, Invalid))
async def diagnose_playback(
    viewer: ViewerDep,
    session: WriteSession,
    context: ContextDep,
    circumstances: CircumstancesDep,
    channel: Annotated[Line, Query(description="the channel's name")],
    user: Annotated[
        Line | None, Query(description="for support: whom it is about, by id or email address; left out: you")
    ] = None,
    programme_id: Annotated[
        uuid.UUID | None, Query(description="the programme; live may leave it out: what is on now")
    ] = None,
    mode: Mode = Mode.LIVE,
) -> schemas.Diagnosis:
    """Why something can be watched or not: each check with what it saw, the verdict, and what would help."""
    if programme_id is None and mode is not Mode.LIVE:
        raise Invalid(InvalidInput(pointer="query/programme_id", detail=f"{mode} needs a programme_id"))
    found = await service.diagnosis(
        session,
        Sources(context.journals, context.wrapping, context.read_resource),
        viewer,
        service.Asked(user, channel, mode, programme_id),
        circumstances,
        context.clock.now(),
    )
    return schemas.Diagnosis.model_validate(found)
