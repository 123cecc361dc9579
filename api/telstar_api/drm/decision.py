"""Which of a viewer's sessions may have which keys. Pure: facts in, verdicts out."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telstar_api.playback.sessions import may_go_on
from telstar_api.playback.viewing import Viewing, going_on

KeyRow = Mapping[str, Any]  # as JSON has it; read once it is given out


@dataclass(frozen=True, slots=True)
class Grant:
    """Keys that are given out, in the order they were asked for and then those that follow them.

    `uses`: for which playback session which of them.
    """

    keys: tuple[KeyRow, ...]
    uses: tuple[tuple[uuid.UUID, tuple[str, ...]], ...]


def granted(
    viewing: Viewing, keys: Sequence[KeyRow], sign_in: uuid.UUID, kids: Sequence[str], now: datetime
) -> Grant | None:
    """All the keys asked for or, where any of them may not be had or is not known, None.

    `keys` are those known, each `{"asked": key, "following": key or None}`. A key may be had by a sign-in
    that has a session open on its channel, where that session's next playlist would not be refused either.

    As many decisions are made as the sign-in has sessions, whatever is asked for.
    """
    allowed = {
        session.channel: session.id
        for session in viewing.open_sessions(now)
        if session.sign_in == sign_in
        and (decision := going_on(viewing, session, now)) is not None
        and may_go_on(decision)
    }
    found = {item["asked"]["kid"]: item for item in keys}
    if any(kid not in found or found[kid]["asked"]["channel"] not in allowed for kid in kids):
        return None
    given = {kid: found[kid]["asked"] for kid in kids}
    for kid in kids:
        following = found[kid]["following"]
        if following is not None:
            given.setdefault(following["kid"], following)
    uses: dict[uuid.UUID, tuple[str, ...]] = {}
    for key in given.values():
        session = allowed[key["channel"]]
        uses[session] = (*uses.get(session, ()), key["kid"])
    return Grant(tuple(given.values()), tuple(uses.items()))
