"""Who gets which keys."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from prometheus_client import Counter
from psycopg import AsyncConnection

from telstar_api.auth.revocation import ENDED, INACTIVE
from telstar_api.auth.tokens import Viewer
from telstar_api.database import Database
from telstar_api.drm.decision import Grant, KeyRow, granted
from telstar_api.drm.schemas import encode
from telstar_api.keys.wrapping import KeyWrapping
from telstar_api.models import DrmKey
from telstar_api.notices import Notices
from telstar_api.playback import repository
from telstar_api.playback.repository import ForLicence
from telstar_api.playback.viewing import Viewing
from telstar_api.problems import Forbidden, Unauthenticated
from telstar_api.rows import as_row
from telstar_api.warm import CHANNEL, MOST_KEPT, Warm

DENIED = "You may not have all of these keys."

FACTS = Counter("telstar_api_licence_facts_total", "Licence requests, by their facts' source.", ["source"])
FROM_MEMORY, FROM_POSTGRES = FACTS.labels("memory"), FACTS.labels("postgres")

Asked = tuple[uuid.UUID, uuid.UUID, tuple[str, ...]]


class Licences:
    """Gives out keys, by facts that are warm in memory where they have said yes before.

    A no is always Postgres' own: what is in memory knows nothing of heartbeats. So an unknown key and a
    forbidden one are refused after the same work: neither is ever found in memory, the same statement runs,
    and as many decisions are made. A token whose sign-in has ended, or whose account is not active, hears so
    whatever it asks for.
    """

    def __init__(self, database: Database, notices: Notices, most_warm: int = MOST_KEPT) -> None:
        self._database = database
        self.warm: Warm[Asked, ForLicence] = Warm(notices, most_warm)
        notices.subscribe(CHANNEL, self.warm.changed, self.warm.clear, self._contact)

    async def licence(self, viewer: Viewer, kids: Sequence[str], now: datetime) -> Grant:
        """All the keys, and those that follow them; with one and the same Forbidden, none of them.

        Raises Unauthenticated where the token no longer counts.

        With each comes the one that follows it on its channel, announced or long in force: who plays towards
        a change has the next key already, live as in catch-up, and a change makes nobody ask. Rights are a
        channel's and not a key's, so nobody gets what a request of its own would not be given.
        """
        asked = viewer.id, viewer.sign_in, tuple(kids)
        known = self.warm.get(asked)
        if known is not None and now < known.viewing.until and (grant := _judged(known, asked, now)):
            FROM_MEMORY.inc()
            return grant
        FROM_POSTGRES.inc()
        before = self.warm.moment()
        found = await repository.for_licence(self._database, viewer.id, kids, now)
        grant = _judged(found, asked, now)
        if grant is None:
            _must_stand(found.viewing, viewer)
            raise Forbidden(DENIED)
        self.warm.keep(asked, found, _topics(viewer, found), before)
        return grant

    async def _contact(self, _: AsyncConnection[tuple[object, ...]]) -> None:
        # What was read before notices were heard may have changed unheard.
        self.warm.clear()


def _judged(found: ForLicence, asked: Asked, now: datetime) -> Grant | None:
    _, sign_in, kids = asked
    return granted(found.viewing, found.keys, sign_in, kids, now)


def _must_stand(viewing: Viewing, viewer: Viewer) -> None:
    """By the facts at hand, for a no: whoever is given a key has a sign-in in force and an active account."""
    if viewer.sign_in not in viewing.signed_in:
        raise Unauthenticated(ENDED)
    if viewing.account is None or not viewing.account.active:
        raise Unauthenticated(INACTIVE)


def _topics(viewer: Viewer, found: ForLicence) -> set[str]:
    """What the facts depend on, as the triggers of migration 0009 tell of it."""
    account = found.viewing.account
    products = {item.product.id for item in account.subscriptions} if account else set()
    return {
        f"user:{viewer.id}",
        *(f"product:{product}" for product in products),
        *(f"channel:{session.channel}" for session in found.viewing.sessions),
        *(f"channel:{item['asked']['channel']}" for item in found.keys),
    }


def json_web_key(wrapping: KeyWrapping, key: KeyRow) -> dict[str, str]:
    """A key in clear, for a licence (schemas.LicenceKey)."""
    row = as_row(DrmKey, key)
    content_key = wrapping.unwrap(row.wrapped_key, row.kek_id)
    return {"kty": "oct", "kid": encode(bytes.fromhex(row.kid)), "k": encode(content_key)}
