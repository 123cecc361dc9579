"""Playback sessions over HTTP."""

import uuid

from fastapi import APIRouter, Request, Response, status

from telstar_api.context import CircumstancesDep, Context, ContextDep, ViewerDep
from telstar_api.database import WriteSession
from telstar_api.playback import service
from telstar_api.playback.devices import device_name
from telstar_api.playback.problems import SessionEnded, TooMuchAtOnce
from telstar_api.playback.schemas import Heartbeat, NewPlayback, Playback
from telstar_api.player_errors.schemas import PlayerReport
from telstar_api.problems import (
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Refused,
    TooManyAttempts,
    Unauthenticated,
    documented,
)
from telstar_api.tstv import paths

router = APIRouter(
    prefix="/api/v1/playback", tags=["playback"], responses=documented(Unauthenticated, NotFound, Invalid)
)
# Only the edge asks here; it does not route /internal from outside.
edge_router = APIRouter()


@router.post(
    "", status_code=status.HTTP_201_CREATED, responses=documented(Refused, TooMuchAtOnce, TooManyAttempts)
)
async def start_playback(
    request: NewPlayback,
    client: Request,
    viewer: ViewerDep,
    session: WriteSession,
    context: ContextDep,
    circumstances: CircumstancesDep,
) -> Playback:
    """Begin watching: a session whose token stands in the manifest's path."""
    now, device = context.clock.now(), device_name(client.headers.get("user-agent", ""))
    circumstances = await service.with_pin(context.database, viewer, request.pin, circumstances, now)
    return await service.start(session, context.journals, viewer, request, circumstances, device, now)


@router.post("/{session_id}/heartbeat", responses=documented(SessionEnded))
async def keep_playback_alive(
    session_id: uuid.UUID,
    viewer: ViewerDep,
    session: WriteSession,
    context: ContextDep,
    report: PlayerReport | None = None,
) -> Heartbeat:
    """Say that the session is still being watched, and how; hear which key comes next."""
    return await service.keep_alive(session, viewer, session_id, report, context.clock.now())


@router.delete("/{session_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_playback(
    session_id: uuid.UUID, viewer: ViewerDep, session: WriteSession, context: ContextDep
) -> None:
    """Stop watching."""
    await service.end(session, viewer, session_id, context.clock.now())


async def authorise_playback(request: Request) -> Response:
    """What nginx's auth_request asks: 204, or 403 whatever the reason; a 403's problem names it.

    nginx lets nothing pass but 2xx, 401 and 403, so the edge asks the playlist itself for the true answer.
    """
    context: Context = request.app.state.context
    asked = paths.parse(request.headers.get("X-Original-URI", "").partition("?")[0])
    if asked is None:
        raise Forbidden("X-Original-URI is not the path of a playlist.")
    try:
        await service.authorise(context.database, asked.token, asked.watched, context.clock.now())
    except (Gone, NotFound) as error:
        raise Forbidden(error.detail) from error
    return Response(status_code=status.HTTP_204_NO_CONTENT)


edge_router.add_route(
    "/internal/playback/authorize", authorise_playback, methods=["GET"], include_in_schema=False
)
