"""Who gets which keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.auth.tokens import Viewer
from telstar_api.channels import repository as channels
from telstar_api.channels.service import known
from telstar_api.drm.schemas import Licence, LicenceKey, encode
from telstar_api.entitlement import service as entitlement
from telstar_api.entitlement.decision import Account, Channel, Facts, Mode, decide
from telstar_api.keys import repository as keys
from telstar_api.keys.wrapping import KeyWrapping
from telstar_api.problems import Forbidden

DENIED = "You may not have all of these keys."


async def licence(
    session: AsyncSession, wrapping: KeyWrapping, viewer: Viewer, kids: Sequence[str], now: datetime
) -> Licence:
    """All the keys or, with one and the same Forbidden for unknown and forbidden KIDs, none of them.

    The same queries run whatever the KIDs, so that a refusal's timing tells no more than its text.
    """
    account = await entitlement.account(session, viewer.id)
    found = {row.kid: row for row in await keys.by_kids(session, kids)}
    rows = await channels.by_names(session, list({row.channel for row in found.values()}))
    open_channels = {row.name for row in rows if may_hold_keys(account, known(row), now)}
    if any(kid not in found or found[kid].channel not in open_channels for kid in kids):
        raise Forbidden(DENIED)
    return Licence(
        keys=[
            LicenceKey(kid=encode(bytes.fromhex(kid)), k=encode(wrapping.unwrap(found[kid].wrapped_key)))
            for kid in kids
        ]
    )


def may_hold_keys(account: Account, channel: Channel, now: datetime) -> bool:
    """Whether there is any way in which the viewer may watch the channel."""
    return any(decide(Facts(now, mode, account, channel)).allowed for mode in Mode)
