"""A diagnosis: the decision as playback asks for it, and all that lies behind it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.auth.tokens import Viewer
from telstar_api.channels import repository as channels
from telstar_api.diagnosis import deciding, gathering, repository
from telstar_api.diagnosis.diagnosis import Diagnosis, diagnose
from telstar_api.diagnosis.findings import Findings, Person
from telstar_api.diagnosis.gathering import Sources
from telstar_api.entitlement import repository as products
from telstar_api.entitlement.decision import remedies
from telstar_api.entitlement.facts import Circumstances
from telstar_api.models import User
from telstar_api.problems import Forbidden, NotFound, Unauthenticated
from telstar_api.tstv.paths import Watched

STAFF = ("support", "operator", "admin")
SEES_OTHERS = ("support", "admin")
NOT_YOU = "Only support may ask about another viewer: leave user out to ask about yourself."


async def diagnosis(
    session: AsyncSession,
    sources: Sources,
    viewer: Viewer,
    user: str | None,
    wanted: Watched,
    circumstances: Circumstances,
    now: datetime,
) -> Diagnosis:
    """Why somebody can or cannot watch this.

    Raises Forbidden where it is about another and who asks is not of support; NotFound where there is no such
    viewer, channel or programme; Unauthenticated where who asks is no more.
    """
    subject = await _subject(session, viewer, user)
    row = await channels.find(session, wanted.channel)
    if row is None:
        raise NotFound(f"There is no channel “{wanted.channel}”: see /api/v1/channels.")
    asks = subject.id == viewer.id
    decided = await deciding.decided(session, sources.journals, subject.id, wanted, circumstances, now)
    decision = decided.decision
    storage = await gathering.storage(sources.journals, row, decision, now)
    on_sale = [] if decision.allowed else await products.on_sale(session)
    return diagnose(
        Findings(
            now=now,
            for_staff=viewer.role in STAFF,
            person=Person(subject.id, subject.email, subject.role, subject.created_at, asks),
            decision=decision,
            going_on=decided.going_on,
            offers=tuple(remedies(decision.facts, on_sale)),
            sign_ins=tuple(await repository.sign_ins(session, subject.id, now)),
            watching=decided.watching,
            devices=decision.facts.circumstances.devices,
            channel=gathering.on_air(row),
            keys=await gathering.keys(session, sources, row, storage, now),
            storage=storage,
            pod=await gathering.pod(sources.read_resource, row.name),
            complaints=await gathering.complaints(session, subject.id, now),
        )
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
