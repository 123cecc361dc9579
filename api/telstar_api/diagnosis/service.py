"""A diagnosis: the decision as playback asks for it, and all that lies behind it."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import audit
from telstar_api.auth.tokens import Viewer
from telstar_api.channels import repository as channels
from telstar_api.diagnosis import deciding, gathering, repository
from telstar_api.diagnosis.deciding import Decided, Question
from telstar_api.diagnosis.diagnosis import Diagnosis, diagnose
from telstar_api.diagnosis.findings import Findings, Person, SignedIn
from telstar_api.diagnosis.gathering import Sources
from telstar_api.entitlement import repository as products
from telstar_api.entitlement.decision import remedies
from telstar_api.entitlement.facts import Circumstances
from telstar_api.entitlement.rights import Mode
from telstar_api.models import Channel, User
from telstar_api.problems import Forbidden, NotFound, Unauthenticated

STAFF = ("support", "operator", "admin")
SEES_OTHERS = ("support", "admin")
NOT_YOU = "Only support may ask about another viewer: leave user out to ask about yourself."


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as it came: `user` is an id or an email address, None oneself."""

    user: str | None
    channel: str
    mode: Mode
    programme_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class About:
    """Whom and what a diagnosis is about, and whether staff ask."""

    person: Person
    for_staff: bool
    sign_ins: tuple[SignedIn, ...]
    channel: Channel


async def diagnosis(
    session: AsyncSession,
    sources: Sources,
    viewer: Viewer,
    asked: Asked,
    circumstances: Circumstances,
    now: datetime,
) -> Diagnosis:
    """Why somebody can or cannot watch this. That support looked at another viewer goes into the audit log.

    Raises Forbidden where it is about another and who asks is not of support; NotFound where there is no such
    viewer, channel or programme; Unauthenticated where who asks is no more.
    """
    subject = await _subject(session, viewer, asked.user)
    row = await channels.find(session, asked.channel)
    if row is None:
        raise NotFound(f"There is no channel “{asked.channel}”: see /api/v1/channels.")
    asks = subject.id == viewer.id
    if not asks:
        facts = {"channel": row.name, "mode": asked.mode.value}
        audit.record(session, "diagnosis.ask", at=now, actor=viewer.id, subject=subject.id, facts=facts)
    sign_ins = await repository.sign_ins(session, subject.id)
    last_used = sign_ins[0].id if sign_ins else None
    question = Question(
        user_id=subject.id,
        sign_in=viewer.sign_in if asks else last_used,
        channel=asked.channel,
        mode=asked.mode,
        programme_id=asked.programme_id,
        circumstances=circumstances,
    )
    decided = await deciding.decided(session, sources.journals, question, now)
    person = Person(subject.id, subject.email, subject.role, subject.created_at, asks)
    about = About(person, viewer.role in STAFF, tuple(map(gathering.signed_in, sign_ins)), row)
    return diagnose(await _findings(session, sources, about, decided, now))


async def _findings(
    session: AsyncSession, sources: Sources, about: About, decided: Decided, now: datetime
) -> Findings:
    decision, row = decided.decision, about.channel
    storage = await gathering.storage(sources.journals, row, decision, now)
    on_sale = [] if decision.allowed else await products.on_sale(session)
    return Findings(
        now=now,
        for_staff=about.for_staff,
        person=about.person,
        decision=decision,
        going_on=decided.going_on,
        offers=tuple(remedies(decision.facts, on_sale)),
        sign_ins=about.sign_ins,
        watching=decided.watching,
        devices=decision.facts.circumstances.devices,
        channel=gathering.on_air(row),
        keys=await gathering.keys(session, sources, row, storage, now),
        storage=storage,
        pod=await gathering.pod(sources.read_resource, row.name),
        complaints=await gathering.complaints(session, about.person.id, now),
    )


async def _subject(session: AsyncSession, viewer: Viewer, said: str | None) -> User:
    """Whom it is about. Who may not ask about others learns nothing of whom there is."""
    oneself = await repository.user(session, str(viewer.id))
    if oneself is None:
        raise Unauthenticated("This account no longer exists.")
    if said is None or said.strip().lower() in (str(oneself.id), oneself.email):
        return oneself
    if viewer.role not in SEES_OTHERS:
        raise Forbidden(NOT_YOU)
    found = await repository.user(session, said)
    if found is None:
        raise NotFound(f"There is no viewer “{said}”: give an account's id or email address.")
    return found
