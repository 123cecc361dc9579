"""Reading policies, and setting them as a whole."""

import uuid
from collections.abc import Mapping

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import audit, models
from telstar_api.auth.client import Occasion
from telstar_api.auth.tokens import Viewer
from telstar_api.channels import repository as channels
from telstar_api.entitlement.rights import Setting
from telstar_api.policies import repository
from telstar_api.policies.schemas import ChannelPolicy, Maintenance, Policy, ProgrammePolicy, Switches
from telstar_api.problems import NotFound
from telstar_api.schedule import repository as schedule


async def of_channel(session: AsyncSession, name: str) -> ChannelPolicy:
    """What is said of a channel. Raises NotFound where there is no such channel."""
    await _channel(session, name)
    row = await repository.of_channel(session, name)
    return ChannelPolicy() if row is None else ChannelPolicy(**_common(row), maintenance=_maintenance(row))


async def put_channel(
    session: AsyncSession, name: str, policy: ChannelPolicy, viewer: Viewer, occasion: Occasion
) -> ChannelPolicy:
    """Say this of a channel, and nothing else. Raises NotFound."""
    before = await of_channel(session, name)
    work = policy.maintenance
    times = {
        "maintenance_from": work.start if work else None,
        "maintenance_until": work.until if work else None,
    }
    await repository.put(session, name, _columns(policy) | times)
    _note(session, "policies.channel-changed", name, _changed(before, policy), viewer, occasion)
    return policy


async def of_programme(session: AsyncSession, programme_id: uuid.UUID) -> ProgrammePolicy:
    """What is said of a programme. Raises NotFound where there is no such programme."""
    return ProgrammePolicy(**_common(await _programme(session, programme_id)))


async def put_programme(
    session: AsyncSession,
    programme_id: uuid.UUID,
    policy: ProgrammePolicy,
    viewer: Viewer,
    occasion: Occasion,
) -> ProgrammePolicy:
    """Say this of a programme, and nothing else. Raises NotFound."""
    row = await _programme(session, programme_id)
    before = ProgrammePolicy(**_common(row))
    for column, value in _columns(policy).items():
        setattr(row, column, value)
    changed = _changed(before, policy)
    _note(session, "policies.programme-changed", programme_id, changed, viewer, occasion)
    return policy


async def _channel(session: AsyncSession, name: str) -> None:
    if await channels.find(session, name) is None:
        raise NotFound("There is no such channel.")


async def _programme(session: AsyncSession, programme_id: uuid.UUID) -> models.ScheduleEntry:
    row = await schedule.find(session, programme_id)
    if row is None:
        raise NotFound("There is no such programme.")
    return row


def _note(
    session: AsyncSession,
    action: str,
    subject: uuid.UUID | str,
    changed: Mapping[str, JsonValue],
    viewer: Viewer,
    occasion: Occasion,
) -> None:
    """Write down who changed what; nothing, where it was so before."""
    if changed:
        address = occasion.client.address or None
        audit.record(
            session,
            action,
            at=occasion.now,
            actor=viewer.id,
            subject=subject,
            address=address,
            facts=changed,
        )


def _changed(before: Policy, after: Policy) -> dict[str, JsonValue]:
    """What is said otherwise now, as JSON has it, each with what was said before."""
    old, new = _flat(before), _flat(after)
    return {name: {"before": old[name], "after": value} for name, value in new.items() if value != old[name]}


def _flat(policy: Policy) -> dict[str, JsonValue]:
    said = policy.model_dump(mode="json", by_alias=True)
    rights = said.pop("rights")
    return {f"rights.{name}": value for name, value in rights.items()} | said


def _columns(policy: Policy) -> dict[str, object]:
    rights = policy.rights
    return {
        "live": rights.live.value,
        "start_over": rights.start_over.value,
        "catch_up": rights.catch_up.value,
        "record": rights.record.value,
        "territories": policy.territories,
        "age": policy.age,
    }


def _common(row: models.Policy) -> dict[str, object]:
    rights = Switches(
        live=Setting(row.live),
        start_over=Setting(row.start_over),
        catch_up=Setting(row.catch_up),
        record=Setting(row.record),
    )
    return {"rights": rights, "territories": row.territories, "age": row.age}


def _maintenance(row: models.ChannelPolicy) -> Maintenance | None:
    if row.maintenance_from is None or row.maintenance_until is None:
        return None
    return Maintenance(start=row.maintenance_from, until=row.maintenance_until)
