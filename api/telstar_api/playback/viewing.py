"""What a viewer has open and whether it may go on, from facts that one query brought. Pure.

Times decide at each question anew: facts may be asked again later, until their `until`.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from telstar_api import models
from telstar_api.channels.policies import known, showing
from telstar_api.entitlement.decision import Decision, decide
from telstar_api.entitlement.facts import Account, Channel, Circumstances, Facts, Programme, Stream
from telstar_api.entitlement.rights import Mode
from telstar_api.playback.sessions import Standing, standing
from telstar_api.tstv.paths import Watched


@dataclass(frozen=True, slots=True)
class Taker:
    """The session that took another's place."""

    session: uuid.UUID
    device: str


@dataclass(frozen=True, slots=True)
class Viewing:
    """A viewer's account, live sign-ins and sessions, and what those sessions are about, at one moment.

    `account` is None where it was deleted. `sessions` are those that were open; `on_air` has, by channel, the
    programmes that are on at some moment until `until` (exclusive). `devices`: the sign-ins in force that the
    account played on lately; None where nobody has looked.
    """

    account: Account | None
    signed_in: frozenset[uuid.UUID]
    sessions: tuple[models.TstvSession, ...]
    channels: Mapping[str, models.Channel]
    programmes: Mapping[uuid.UUID, models.ScheduleEntry]
    on_air: Mapping[str, tuple[models.ScheduleEntry, ...]]
    until: datetime
    devices: frozenset[uuid.UUID] | None = None

    def open_sessions(self, now: datetime) -> tuple[models.TstvSession, ...]:
        """Those that are still watched at this moment, by sign-ins that are still in force."""
        return tuple(
            item
            for item in self.sessions
            if item.sign_in in self.signed_in
            and standing(item.last_seen_at, item.ended_at, now) is Standing.OPEN
        )


def watched(session: models.TstvSession) -> Watched:
    """What the session is about, as it stands in its manifest's path."""
    return Watched(session.channel, Mode(session.mode), session.programme_id, session.max_height)


def stream(session: models.TstvSession) -> Stream:
    """The session as entitlement counts it."""
    return Stream(session.id, session.channel, session.sign_in, session.created_at, session.device)


def shown(viewing: Viewing, session: models.TstvSession, now: datetime) -> models.ScheduleEntry | None:
    """The programme that a session shows: its own, or what is on now; None where there is none (any more)."""
    if session.programme_id is not None:
        entry = viewing.programmes.get(session.programme_id)
        return entry if entry is not None and entry.channel == session.channel else None
    return on_now(viewing.on_air.get(session.channel, ()), now)


def on_now(entries: Iterable[models.ScheduleEntry], now: datetime) -> models.ScheduleEntry | None:
    """What is on at this moment; where entries overlap, the one that began last."""
    running = [entry for entry in entries if entry.starts_at <= now < entry.ends_at]
    return min(running, key=lambda entry: (-entry.starts_at.timestamp(), entry.id), default=None)


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody would watch: a channel, and the programme asked for or, live, what is on now, if any."""

    mode: Mode
    channel: Channel
    programme: Programme | None


def to_begin(
    viewing: Viewing,
    wanted: Sought,
    sign_in: uuid.UUID | None,
    others: Iterable[models.TstvSession],
    circumstances: Circumstances,
    now: datetime,
) -> Decision | None:
    """What is decided of beginning to watch on a sign-in, beside other sessions; None without an account."""
    if viewing.account is None:
        return None
    circumstances = replace(
        circumstances,
        streams=tuple(map(stream, others)),
        devices=(viewing.devices or frozenset()) - {sign_in},
    )
    return decide(
        Facts(now, wanted.mode.right, viewing.account, wanted.channel, wanted.programme, circumstances)
    )


def going_on(viewing: Viewing, session: models.TstvSession, now: datetime) -> Decision | None:
    """What is decided of a session that was begun; None where account, channel or programme is gone.

    Those streams count that were there before it. So of too many, as after a change to a smaller product,
    the latest are refused, and the others go on.
    """
    channel, entry = viewing.channels.get(session.channel), shown(viewing, session, now)
    if viewing.account is None or channel is None or (entry is None and session.programme_id is not None):
        return None
    before = tuple(
        stream(item)
        for item in viewing.open_sessions(now)
        if (item.created_at, item.id) < (session.created_at, session.id)
    )
    return decide(
        Facts(
            now,
            Mode(session.mode).right,
            viewing.account,
            known(channel, now),
            showing(entry) if entry else None,
            Circumstances(session.territory, session.pin_given, streams=before),
        )
    )
