"""Small worlds for the agreement of playback, guide, manifests, licences and diagnosis: one a combination."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from telstar_api import models

from support.api_world import NOON, World
from support.tape import Tape, write

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LENGTH = 30 * MINUTE
MODES = ("live", "start-over", "catch-up")
TERRITORY_HEADER = "X-Territory"

# Of each factor the first value is the good one.
FACTORS: Mapping[str, tuple[str, ...]] = {
    "account": ("active", "inactive"),
    "subscription": (
        "active",
        "trialing",
        "past-due",
        "cancelled",
        "none",
        "upcoming",
        "unpaid",
        "ended",
    ),
    "product": ("everything", "live-only", "day-back", "elsewhere", "add-on", "add-on-with-base"),
    "channel": ("running", "stopped", "in-maintenance", "after-maintenance"),
    "policy": (
        "none",
        "channel-off",
        "programme-off",
        "programme-on-channel-off",
        "only-catch-up-off",
    ),
    "programme": ("running", "just-over", "two-days-ago", "future"),
    "storage": ("whole", "partly", "empty", "damaged"),
    "territory": ("anywhere", "inside", "outside", "narrowed", "unknown"),
    "age": ("unrated", "within-limit", "above-limit", "programme-lifts"),
    "on-sale": ("all", "nothing"),
}
BASE = {name: values[0] for name, values in FACTORS.items()}
STARTS = {
    "running": -10 * MINUTE,
    "just-over": -40 * MINUTE,
    "two-days-ago": -2 * DAY,
    "future": 30 * MINUTE,
}
# One channel for each state of the volume, so that journals are written once for all cells.
STORED = FACTORS["storage"]
KID = "0123456789abcdef0123456789abcdef"


def write_volume(volume: Path) -> None:
    """What is stored: two days ago and the last hour and a half; partly, with holes; nothing; damaged."""
    for name, hole in (("whole", 0), ("partly", 60_000)):
        tape = Tape(start=_milliseconds(NOON - 2 * DAY - 5 * MINUTE))
        tape.record(300, kid=KID).record(300, kid=KID, after=hole)
        tape.record(1000, kid=KID, after=_milliseconds(NOON - 90 * MINUTE) - tape.end)
        tape.record(270, kid=KID, after=hole)
        tape.record((_milliseconds(NOON) - tape.end - hole) // tape.slot - 1, kid=KID, after=hole)
        write(tape, volume / name)
    (volume / "damaged").mkdir()
    (volume / "damaged/stored.json").write_text("{")


@dataclass(frozen=True)
class Cell:
    """A combination made real: the viewer, the channel and the programme."""

    world: World
    viewer: models.User
    staff: models.User
    channel: models.Channel
    programme: models.ScheduleEntry
    territory: str | None

    def client(self, user: models.User | None) -> httpx.AsyncClient:
        """The API as somebody, from where the viewer is."""
        found = self.world.as_(user)
        if self.territory is not None:
            found.headers[TERRITORY_HEADER] = self.territory
        return found


# Makes a combination real for the time of a block.
Arranged = Callable[[Mapping[str, str]], AbstractAsyncContextManager[Cell]]


async def arrange(world: World, values: Mapping[str, str]) -> Cell:
    """Make the rows of a combination."""
    channel = await world.channel(values["storage"], stored=None)
    channel.state = "Stopped" if values["channel"] == "stopped" else "Running"
    policy = _channel_policy(values)
    if policy is not None:
        policy.channel = channel.name
        world.session.add(policy)
    programme = await world.programme(channel.name, STARTS[values["programme"]], LENGTH)
    _programme_policy(programme, values)
    await _products(world, channel.name, values["on-sale"] == "all")
    viewer = await world.viewer(active=values["account"] == "active")
    viewer.age_limit = None if values["age"] == "unrated" else 12
    viewer.pin_hash = None if values["age"] == "unrated" else "-"
    await _subscribe(world, viewer, values["product"], values["subscription"])
    world.session.add(
        models.DrmKey(
            kid=KID,
            channel=channel.name,
            wrapped_key=world.context.wrapping.wrap(bytes(range(16))),
            registered_at=NOON - 3 * DAY,
            valid_from=NOON - 3 * DAY,
        )
    )
    await world.session.flush()
    await world.session.refresh(channel)
    where = {"inside": "DE", "outside": "FR", "narrowed": "AT"}.get(values["territory"])
    return Cell(world, viewer, await world.viewer(role="support"), channel, programme, where)


async def _products(world: World, channel: str, on_sale: bool) -> None:
    everything = ((None, "live", None), (None, "start-over", None), (None, "catch-up", 7))
    await world.product("everything", *everything, price="14.99", on_sale=on_sale)
    await world.product("live-only", (channel, "live", None), price="4.99", on_sale=on_sale)
    day = ((channel, "live", None), (channel, "start-over", None), (channel, "catch-up", 1))
    await world.product("day-back", *day, price="7.99", on_sale=on_sale)
    await world.product("elsewhere", ("elsewhere", "live", None), price="2.99", on_sale=on_sale)
    add_on = await world.product("add-on", *everything, price="3.99", on_sale=on_sale)
    add_on.add_on_to = ["elsewhere"]
    await world.session.flush()


async def _subscribe(world: World, viewer: models.User, product: str, state: str) -> None:
    if state == "none":
        return
    held = {"add-on-with-base": ("elsewhere", "add-on")}.get(product, (product,))
    for name in held:
        world.session.add(models.UserSubscription(user_id=viewer.id, product_id=name, **_timeline(state)))
        (await world.session.get_one(models.Product, name)).grace_days = 3
    await world.session.flush()


def _timeline(state: str) -> dict[str, datetime]:
    long_ago = NOON - 90 * DAY
    return {
        "active": {"starts_at": long_ago, "paid_until": NOON + 10 * DAY},
        "trialing": {"starts_at": NOON - DAY, "trial_ends_at": NOON + DAY, "paid_until": NOON + DAY},
        "past-due": {"starts_at": long_ago, "paid_until": NOON - DAY},
        "cancelled": {"starts_at": long_ago, "ends_at": NOON + DAY, "cancelled_at": NOON - DAY},
        "upcoming": {"starts_at": NOON + MINUTE},
        "unpaid": {"starts_at": long_ago, "paid_until": NOON - 4 * DAY},
        "ended": {"starts_at": long_ago, "ends_at": NOON},
    }[state]


def _channel_policy(values: Mapping[str, str]) -> models.ChannelPolicy | None:
    policy = models.ChannelPolicy()
    if values["policy"] in ("channel-off", "programme-on-channel-off"):
        policy.live = policy.start_over = policy.catch_up = "disabled"
    if values["policy"] == "only-catch-up-off":
        policy.catch_up = "disabled"
    if values["territory"] != "anywhere":
        policy.territories = ["AT", "DE"]
    if values["age"] in ("above-limit", "programme-lifts"):
        policy.age = 16
    if values["age"] == "within-limit":
        policy.age = 12
    match values["channel"]:
        case "in-maintenance":
            policy.maintenance_from, policy.maintenance_until = NOON - MINUTE, NOON + HOUR
        case "after-maintenance":
            policy.maintenance_from, policy.maintenance_until = NOON - HOUR, NOON
    return policy


def _programme_policy(programme: models.ScheduleEntry, values: Mapping[str, str]) -> None:
    setting = {"programme-off": "disabled", "programme-on-channel-off": "enabled"}.get(values["policy"])
    if setting is not None:
        programme.live = programme.start_over = programme.catch_up = setting
    if values["territory"] == "narrowed":
        programme.territories = ["DE"]
    if values["age"] == "programme-lifts":
        programme.age = 6


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
