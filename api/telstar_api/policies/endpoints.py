"""Policies over HTTP, for operators."""

import uuid

from fastapi import APIRouter, Depends

from telstar_api.auth.client import OccasionDep
from telstar_api.auth.roles import needs
from telstar_api.context import ViewerDep
from telstar_api.database import ReadSession, WriteSession
from telstar_api.policies import service
from telstar_api.policies.schemas import ChannelPolicy, ProgrammePolicy
from telstar_api.problems import Forbidden, Invalid, NotFound, Unauthenticated, documented
from telstar_api.text import Line

router = APIRouter(
    prefix="/api/v1/admin",
    tags=["admin"],
    dependencies=[Depends(needs("operator"))],
    responses=documented(Unauthenticated, Forbidden, NotFound, Invalid),
)


@router.get("/channels/{name}/policy")
async def get_channel_policy(name: Line, session: ReadSession) -> ChannelPolicy:
    """What staff say of a channel."""
    return await service.of_channel(session, name)


@router.put("/channels/{name}/policy")
async def set_channel_policy(
    name: Line, policy: ChannelPolicy, viewer: ViewerDep, session: WriteSession, occasion: OccasionDep
) -> ChannelPolicy:
    """Say this of a channel, and nothing else; it counts at once."""
    return await service.put_channel(session, name, policy, viewer, occasion)


@router.get("/programmes/{programme_id}/policy")
async def get_programme_policy(programme_id: uuid.UUID, session: ReadSession) -> ProgrammePolicy:
    """What staff say of a programme."""
    return await service.of_programme(session, programme_id)


@router.put("/programmes/{programme_id}/policy")
async def set_programme_policy(
    programme_id: uuid.UUID,
    policy: ProgrammePolicy,
    viewer: ViewerDep,
    session: WriteSession,
    occasion: OccasionDep,
) -> ProgrammePolicy:
    """Say this of a programme, and nothing else; it counts at once."""
    return await service.put_programme(session, programme_id, policy, viewer, occasion)
