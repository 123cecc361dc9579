"""Who gets which keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.auth.tokens import Viewer
from telstar_api.channels import repository as channels
from telstar_api.channels.policies import known
from telstar_api.drm.schemas import Licence, LicenceKey, encode
from telstar_api.entitlement import service as entitlement
from telstar_api.entitlement.decision import decide
from telstar_api.entitlement.facts import Account, Channel, Facts
from telstar_api.entitlement.rights import Mode
from telstar_api.keys import repository as keys
from telstar_api.keys.wrapping import KeyWrapping
from telstar_api.problems import Forbidden

DENIED = "You may not have all of these keys."


async def licence(
    session: AsyncSession, wrapping: KeyWrapping, viewer: Viewer, kids: Sequence[str], now: datetime
) -> Licence:
    """All the keys or, with one and the same Forbidden for unknown and forbidden KIDs, none of them.

    With each comes the one that follows it on its channel, announced or long in force: who plays towards a
    change has the next key already, live as in catch-up, and a change makes nobody ask. Rights are a
    channel's and not a key's, so nobody gets what a request of its own would not be given.

    The same queries run whatever the KIDs, so that a refusal's timing tells no more than its text.
    """
    account = await entitlement.account(session, viewer.id)
    pairs = {row.kid: (row, following) for row, following in await keys.by_kids_and_following(session, kids)}
    found = {kid: row for kid, (row, _) in pairs.items()}
    rows = await channels.by_names(session, list({row.channel for row in found.values()}))
    open_channels = {row.name for row in rows if may_hold_keys(account, known(row, now), now)}
    if any(kid not in found or found[kid].channel not in open_channels for kid in kids):
        raise Forbidden(DENIED)
    given = {kid: found[kid] for kid in kids}
    given |= {row.kid: row for _, row in pairs.values() if row is not None and row.kid not in given}
    return Licence(
        keys=[
            LicenceKey(kid=encode(bytes.fromhex(kid)), k=encode(wrapping.unwrap(row.wrapped_key)))
            for kid, row in given.items()
        ]
    )


def may_hold_keys(account: Account, channel: Channel, now: datetime) -> bool:
    """Whether there is any way in which the viewer may watch the channel."""
    return any(decide(Facts(now, mode.right, account, channel)).allowed for mode in Mode)
