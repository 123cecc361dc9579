"""Carrying out what a plan asks for of keys. Keys exist only here, for as long as one action takes.

The API has a key before any Secret does: were the operator to end in between, it would be restored.
"""

from dataclasses import replace

from telstar_operator.cluster import RefusedError
from telstar_operator.handlers.memory import Memory, Reach
from telstar_operator.keys import (
    ChannelKey,
    InvalidKeyError,
    files,
    in_force,
    make_key,
    read_key,
    read_next,
    without_key,
)
from telstar_operator.manifests.key_secret import FILES, key_secret
from telstar_operator.plan.actions import (
    ConfirmKey,
    KeyAction,
    MakeKey,
    MakeNext,
    MendSecret,
    PromoteKey,
    RestoreKey,
)
from telstar_operator.plan.status import Announcement
from telstar_operator.registry import KeyConflictError
from telstar_operator.resources import Channel, Manifest


async def keep_keys(action: KeyAction, channel: Channel, memory: Memory, to: Reach) -> Announcement | None:
    """Do one thing; an Event worth telling. RefusedError or AwayError where it could not be done."""
    match action:
        case MakeKey():
            return await make(channel, memory, to)
        case RestoreKey():
            return await restore(action, channel, memory, to)
        case ConfirmKey():
            await confirm(action, channel, memory, to)
        case MendSecret():
            await mend(channel, memory, to)
        case MakeNext():
            await make_next(action, channel, memory, to)
        case PromoteKey():
            await promote(action, channel, memory, to)
    return None


async def make(channel: Channel, memory: Memory, to: Reach) -> Announcement:
    """A first key, in force from now on."""
    key = make_key(to.clock().replace(microsecond=0))
    await to.registry.put_key(channel.name, key)
    await store_keys(channel, key, None, memory, to)
    return Announcement("Normal", "KeyMade", f"key {key.kid} was made, registered and stored in a Secret")


async def restore(action: RestoreKey, channel: Channel, memory: Memory, to: Reach) -> Announcement:
    """The keys the API knows, into our own Secret."""
    present, upcoming = in_force(await to.registry.keys(channel.name), to.clock(), action.kid)
    if present is None:
        memory.view = None
        raise RefusedError("the API does not give out the key that it names; see the API's log")
    await store_keys(channel, present, upcoming, memory, to)
    why = "was missing or held no good keys" if action.kid is None else "held another key for this KID"
    return Announcement(
        "Normal",
        "KeyRestored",
        f"Secret {channel.key_secret_name} {why}; key {present.kid} was restored from the API",
    )


async def make_next(action: MakeNext, channel: Channel, memory: Memory, to: Reach) -> None:
    """The key that follows: one that was registered for later and got into no Secret, else a new one."""
    secret, present = await present_key(channel, to)
    if secret is None or present is None:
        return
    upcoming = in_force(await to.registry.keys(channel.name), to.clock(), present.kid)[1]
    if upcoming is None or upcoming.start is None or upcoming.start < action.start:
        upcoming = make_key(action.start)
        await to.registry.put_key(channel.name, upcoming)
    start = present.start or memory.starts.get(present.kid)
    await store_keys(channel, replace(present, start=start), upcoming, memory, to)


async def promote(action: PromoteKey, channel: Channel, memory: Memory, to: Reach) -> None:
    """The announced key becomes the present one; the former stays with the API."""
    secret, _ = await present_key(channel, to)
    upcoming = secret and next_key(secret)
    if upcoming and upcoming.fingerprint == action.fingerprint:
        await store_keys(channel, upcoming, None, memory, to)


async def mend(channel: Channel, memory: Memory, to: Reach) -> None:
    """The Secret's labels and owner, with the keys that it has."""
    secret, present = await present_key(channel, to)
    if secret is not None and present is not None:
        await store_keys(channel, present, next_key(secret), memory, to, registered=False)


async def confirm(action: ConfirmKey, channel: Channel, memory: Memory, to: Reach) -> None:
    """Register a key that the Secret holds; remember what the API said."""
    secret, present = await present_key(channel, to)
    held = [key for key in (present, secret and next_key(secret)) if key]
    for key in held:
        if key.fingerprint != action.fingerprint:
            continue
        try:
            await to.registry.put_key(channel.name, key)
        except KeyConflictError:
            memory.conflicting.add(key.fingerprint)
            return
        memory.confirmed.add(key.fingerprint)
        memory.conflicting.discard(key.fingerprint)
        memory.view = None


async def present_key(channel: Channel, to: Reach) -> tuple[Manifest | None, ChannelKey | None]:
    """The Secret as it is now, and its present key; the next look says what is wrong with it."""
    secret = await to.cluster.read("Secret", channel.key_secret_name)
    if secret is None:
        return None, None
    if channel.own_key_secret:
        to.store.see("Secret", without_key(secret))
    try:
        return secret, read_key(secret)
    except InvalidKeyError:
        return secret, None


def next_key(secret: Manifest) -> ChannelKey | None:
    """The next key in a Secret; None also where it is not whole."""
    try:
        return read_next(secret)
    except InvalidKeyError:
        return None


async def store_keys(
    channel: Channel,
    present: ChannelKey,
    upcoming: ChannelKey | None,
    memory: Memory,
    to: Reach,
    registered: bool = True,
) -> None:
    """Write our own Secret: these keys and nothing else."""
    wished = files(present, upcoming)
    written = await to.cluster.apply(key_secret(channel, wished))
    left = [name for name in FILES if name in (written.get("data") or {}) and name not in wished]
    if left:
        written = await to.cluster.forget_files(channel.key_secret_name, left, channel.name)
    to.store.see("Secret", without_key(written))
    if registered:
        memory.confirmed |= {key.fingerprint for key in (present, upcoming) if key}
        memory.conflicting.clear()
        memory.view = None
