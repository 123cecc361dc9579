"""The paths of playlists: the one place that writes and reads them.

    /api/v1/tstv/<token>/<channel>/live/<playlist>.m3u8
    /api/v1/tstv/<token>/<channel>/start-over/<programme id>/<playlist>.m3u8
    /api/v1/tstv/<token>/<channel>/catch-up/<programme id>/<playlist>.m3u8

`live-720` in the place of `live`, and likewise `start-over-720` and `catch-up-720`, are the same window with
pictures of at most 720 lines. `<playlist>` is `index` for the multivariant playlist, or a track's name.
"""

import re
import uuid
from dataclasses import dataclass

from telstar_api.entitlement.rights import Mode

PREFIX = "/api/v1/tstv/"
INDEX = "index"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PATH = re.compile(
    PREFIX + r"(?P<token>[A-Za-z0-9_-]{43})/(?P<channel>[a-z0-9-]{1,50})/"
    r"(?P<mode>live|start-over|catch-up)(?:-(?P<height>[1-9][0-9]{0,4}))?"
    rf"(?:/(?P<programme>{_UUID}))?/(?P<playlist>[a-z0-9-]{{1,30}})\.m3u8"
)


@dataclass(frozen=True, slots=True)
class Watched:
    """What a session is about: a channel live, or a programme of it; in pictures of so many lines at most."""

    channel: str
    mode: Mode
    programme_id: uuid.UUID | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class PlaylistPath:
    """A playlist's path, read. The token is a secret: it is in no repr, and belongs in no log."""

    token: str
    watched: Watched
    playlist: str

    def __repr__(self) -> str:
        return f"PlaylistPath({self.watched}, {self.playlist!r})"


def parse(path: str) -> PlaylistPath | None:
    """The path of a playlist, or None where it is none."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    programme = uuid.UUID(match["programme"]) if match["programme"] else None
    mode, height = Mode(match["mode"]), int(match["height"]) if match["height"] else None
    if (mode is Mode.LIVE) != (programme is None):
        return None
    watched = Watched(match["channel"], mode, programme, height)
    return PlaylistPath(match["token"], watched, match["playlist"])


def index_path(token: str, watched: Watched) -> str:
    """The path of the multivariant playlist."""
    capped = "" if watched.height is None else f"-{watched.height}"
    folders = [token, watched.channel, f"{watched.mode}{capped}"]
    if watched.programme_id is not None:
        folders.append(str(watched.programme_id))
    return f"{PREFIX}{'/'.join(folders)}/{INDEX}.m3u8"
