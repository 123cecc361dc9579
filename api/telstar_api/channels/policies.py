"""Channels and programmes as entitlement knows them: rows, with what staff have said of them."""

from datetime import datetime

from telstar_api import models
from telstar_api.entitlement.facts import Channel, Programme, Settings
from telstar_api.entitlement.rights import Right, Setting


def known(row: models.Channel, now: datetime, stored: bool | None = None) -> Channel:
    """The channel; `stored` where somebody has looked whether anything of it is."""
    policy = row.policy
    if policy is None:
        return Channel(row.name, row.display_name, row.state == "Running", stored)
    return Channel(
        row.name,
        row.display_name,
        row.state == "Running",
        stored,
        settings=settings(policy),
        territories=territories(policy),
        age=policy.age,
        maintenance=_maintenance(policy, now),
    )


def showing(row: models.ScheduleEntry, stored: float | None = None) -> Programme:
    """The programme; `stored` where somebody has looked how much of it is."""
    return Programme(row.title, row.starts_at, row.ends_at, stored, settings(row), territories(row), row.age)


def settings(policy: models.Policy) -> Settings:
    """The rights that are on or off, without those that are inherited."""
    said = {
        Right.LIVE: Setting(policy.live),
        Right.START_OVER: Setting(policy.start_over),
        Right.CATCH_UP: Setting(policy.catch_up),
        Right.RECORD: Setting(policy.record),
    }
    return {right: setting for right, setting in said.items() if setting is not Setting.INHERITED}


def territories(policy: models.Policy) -> frozenset[str] | None:
    """Where it may be watched; None: anywhere."""
    return None if policy.territories is None else frozenset(policy.territories)


def _maintenance(policy: models.ChannelPolicy, now: datetime) -> datetime | None:
    begun = policy.maintenance_from is not None and policy.maintenance_from <= now
    return policy.maintenance_until if begun else None
