"""Player errors over HTTP. Those of a session come with its heartbeats (`playback.endpoints`)."""

from fastapi import APIRouter, status

from telstar_api.context import ContextDep, ViewerDep
from telstar_api.database import WriteSession
from telstar_api.player_errors import service
from telstar_api.player_errors.schemas import ErrorsWithoutSession
from telstar_api.problems import Invalid, Unauthenticated, documented

router = APIRouter(
    prefix="/api/v1/playback", tags=["playback"], responses=documented(Unauthenticated, Invalid)
)


@router.post("/errors", status_code=status.HTTP_204_NO_CONTENT)
async def report_player_errors(
    report: ErrorsWithoutSession, viewer: ViewerDep, session: WriteSession, context: ContextDep
) -> None:
    """Say what went wrong where no session could be begun; support sees it in the diagnosis for a week."""
    await service.note_without_session(session, viewer.id, report, context.clock.now())
