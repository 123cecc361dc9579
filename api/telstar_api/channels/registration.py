"""The operator's endpoints over HTTP: what channels there are, and their keys."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from telstar_api.channels import service
from telstar_api.channels.operator_identity import ReviewUnavailable
from telstar_api.channels.schemas import (
    ChannelStatus,
    Hex128,
    Keys,
    NewKey,
    NewRegistration,
    Registration,
)
from telstar_api.context import ContextDep
from telstar_api.database import ReadSession, WriteSession
from telstar_api.keys import service as keys
from telstar_api.problems import Conflict, Forbidden, Invalid, Unauthenticated, Unavailable, documented
from telstar_api.schedule import service as schedule
from telstar_api.schedule.schemas import Titles

_bearer = HTTPBearer(auto_error=False)


async def _operator(
    context: ContextDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    if credentials is None:
        raise Unauthenticated("Send the operator's ServiceAccount token as Authorization: Bearer.")
    try:
        account = await context.authenticate_operator(credentials.credentials)
    except ReviewUnavailable as error:
        raise Unavailable("Kubernetes could not be asked whose token this is: try again.") from error
    if account is None:
        raise Unauthenticated("The token is not valid, or not for audience telstar-api.")
    if account != context.settings.operator_account:
        raise Forbidden(f"Only {context.settings.operator_account} may do this, not {account}.")


router = APIRouter(
    prefix="/internal/v1/channels",
    tags=["operator"],
    dependencies=[Depends(_operator)],
    responses=documented(Unauthenticated, Forbidden, Invalid, Unavailable),
)

# A channel is a Kubernetes object, and its name a path in the segment volume: as the Channel's schema has it.
ChannelName = Annotated[str, Path(pattern=r"^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$")]


@router.get("/{name}")
async def get_channel(name: ChannelName, session: ReadSession, context: ContextDep) -> ChannelStatus:
    """What is known of a channel, registered or not."""
    return await service.status(session, context.journals, name)


@router.put("/{name}")
async def register_channel(
    name: ChannelName, request: NewRegistration, session: WriteSession, context: ContextDep
) -> Registration:
    """Make the registration say this."""
    return await service.register(session, name, request, context.clock.now())


@router.delete("/{name}", status_code=status.HTTP_204_NO_CONTENT)
async def forget_channel(
    name: ChannelName,
    fate: Annotated[Literal["delete", "retain"], Query(alias="keys")],
    session: WriteSession,
) -> None:
    """Forget the channel, and its keys where they are to be deleted."""
    await service.forget(session, name)
    if fate == "delete":
        await keys.forget(session, name)


@router.put("/{name}/keys/{kid}", status_code=status.HTTP_204_NO_CONTENT, responses=documented(Conflict))
async def register_key(
    name: ChannelName, kid: Hex128, request: NewKey, session: WriteSession, context: ContextDep
) -> None:
    """Keep a key. A KID means one key of one channel for ever."""
    key, now = bytes.fromhex(request.key), context.clock.now()
    await keys.register(session, context.wrapping, name, kid, key, request.valid_from, now)


@router.get("/{name}/keys")
async def list_keys(
    name: ChannelName, session: WriteSession, context: ContextDep, response: Response
) -> Keys:
    """All keys of a channel in the order they come into force, so that a lost Secret can be restored."""
    response.headers["Cache-Control"] = "no-store"
    operator, now = context.settings.operator_account, context.clock.now()
    return await keys.restore(session, context.wrapping, name, operator, now)


@router.get("/{name}/programmes")
async def list_titles(
    name: ChannelName,
    session: ReadSession,
    start: Annotated[datetime, Query(alias="from")],
    end: Annotated[datetime, Query(alias="to")],
) -> Titles:
    """What is on in a stretch of time of seven days at most, for the overlay; for any name."""
    return await schedule.titles(session, name, schedule.guide_range(start, end, start))
