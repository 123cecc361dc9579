"""Playlists over HTTP.

They are opaque addresses that `POST /api/v1/playback` hands out, not part of the OpenAPI document; so they
are plain routes, without FastAPI's work on each request.
"""

from datetime import datetime

import structlog
from fastapi import APIRouter, Request, Response
from telstar_simlive.journal import JournalError

from telstar_api.context import Context
from telstar_api.entitlement.rights import Mode
from telstar_api.models import ScheduleEntry
from telstar_api.playback import service as playback
from telstar_api.problems import NotFound, Unavailable
from telstar_api.tstv import paths, playlist
from telstar_api.tstv.journals import Archive
from telstar_api.tstv.playlist import View
from telstar_api.tstv.windows import Window, live_window, milliseconds, programme_window

MEDIA_TYPE = "application/vnd.apple.mpegurl"
# What can still change is asked for by every player every few seconds; within one second all get one answer.
# The rest is for the edge (RFC 5861): while it renews a list, or this API restarts, viewers get the last one.
CHANGING = "max-age=1, stale-while-revalidate=2, stale-if-error=15"
# A closed playlist changes only when the schedule or retention does.
CLOSED = "max-age=60, stale-while-revalidate=60, stale-if-error=600"

router = APIRouter()
log = structlog.get_logger()


async def get_playlist(request: Request) -> Response:
    """A multivariant or a media playlist, for a session that may have it now.

    Raises NotFound where the window has no such track, or nothing of it is stored (any more), and what
    `playback.service.authorise` raises.
    """
    context: Context = request.app.state.context
    asked = paths.parse(request.url.path)
    if asked is None:
        raise NotFound("This is not the path of a playlist.")
    now = context.clock.now()
    granted = await playback.authorise(context.database, asked.token, asked.watched, now)
    async with context.journals.opened(asked.watched.channel) as archive:
        shown = _view(archive, granted, now)
        text = _text(shown, asked.playlist)
    if text is None:
        raise NotFound(f"There is no track {asked.playlist} in this.")
    caching = CLOSED if shown.closed else CHANGING
    return Response(text, media_type=MEDIA_TYPE, headers={"Cache-Control": caching})


def _text(shown: View, name: str) -> str | None:
    return playlist.multivariant(shown) if name == paths.INDEX else playlist.media(shown, name)


def _view(archive: Archive, granted: playback.Pass, now: datetime) -> View:
    channel = granted.watched.channel
    try:
        window = _window(archive, granted)
        shown = playlist.view(channel, archive.stretches, window, milliseconds(now), granted.watched.height)
    except JournalError as error:
        log.error("a run cannot be read", channel=channel, error=str(error))
        raise Unavailable(f"What is stored of {channel} cannot be read just now.") from error
    if shown is None:
        raise NotFound("Nothing of this is stored: not yet, or no longer.")
    return shown


def _window(archive: Archive, granted: playback.Pass) -> Window:
    if granted.programme is None:
        return live_window(archive.stretches.journal)
    start, end = _times(granted.programme, granted.watched.mode)
    return programme_window(granted.watched.mode, start, end)


def _times(programme: ScheduleEntry, mode: Mode) -> tuple[datetime, datetime]:
    """Catch-up goes by the schedule; start-over by what it was while it was on (see models.ScheduleEntry)."""
    if mode is Mode.CATCH_UP:
        return programme.starts_at, programme.ends_at
    return programme.start_over_from or programme.starts_at, programme.start_over_until or programme.ends_at


router.add_route(paths.PREFIX + "{path:path}", get_playlist, methods=["GET"], include_in_schema=False)
