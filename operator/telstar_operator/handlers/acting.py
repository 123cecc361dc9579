"""Carrying out what a plan asks for. Keys exist only here, for as long as one action takes."""

from telstar_operator.cluster import RefusedError
from telstar_operator.handlers.memory import Memory, Reach
from telstar_operator.keys import ChannelKey, InvalidKeyError, make_key, read_key, without_key
from telstar_operator.manifests.key_secret import key_secret
from telstar_operator.plan.actions import (
    Action,
    Apply,
    ConfirmKey,
    Deregister,
    DropFinalizer,
    HoldFinalizer,
    MakeKey,
    Register,
    Remove,
    RestoreKey,
)
from telstar_operator.plan.status import Announcement
from telstar_operator.registry import KeyConflictError
from telstar_operator.resources import FINALIZER, Channel


async def act(action: Action, channel: Channel, memory: Memory, to: Reach) -> Announcement | None:
    """Do one thing; an Event worth telling. RefusedError or AwayError where it could not be done."""
    match action:
        case HoldFinalizer():
            await finalize(channel, (*channel.metadata.finalizers, FINALIZER), to)
        case DropFinalizer():
            await finalize(
                channel, tuple(mark for mark in channel.metadata.finalizers if mark != FINALIZER), to
            )
        case Register():
            await to.registry.register(channel.name, dict(action.registration))
            memory.view = None
        case Deregister():
            await to.registry.deregister(channel.name, action.keys)
            memory.view = None
        case Apply():
            to.store.see(action.step, await to.cluster.apply(action.manifest))
        case Remove():
            await remove(action, to)
        case MakeKey():
            return await make(channel, memory, to)
        case RestoreKey():
            return await restore(action, channel, memory, to)
        case ConfirmKey():
            await confirm(action, channel, memory, to)
    return None


async def finalize(channel: Channel, finalizers: tuple[str, ...], to: Reach) -> None:
    """Write the finalizers; a Channel that changed meanwhile is looked at anew."""
    try:
        written = await to.cluster.write_finalizers(channel, finalizers)
    except RefusedError:
        written = await to.cluster.read("Channel", channel.name)
        if written and written["metadata"]["resourceVersion"] == channel.metadata.resource_version:
            raise
    if written is None or (channel.deleting and not finalizers):
        to.store.miss("Channel", channel.name, int(channel.metadata.resource_version))
    else:
        to.store.see("Channel", written)


async def remove(action: Remove, to: Reach) -> None:
    """Delete; the object stays known until it is really gone."""
    await to.cluster.delete(action.kind, action.name)
    read = await to.cluster.read(action.kind, action.name)
    known = to.store.get(action.kind, action.name)
    if read is not None:
        to.store.see(action.kind, read)
    elif known is not None:
        to.store.miss(action.kind, action.name, int(known["metadata"]["resourceVersion"]))


async def make(channel: Channel, memory: Memory, to: Reach) -> Announcement:
    """A new key. The API has it before the Secret does: were we to end in between, it would be restored."""
    key = make_key()
    await to.registry.put_key(channel.name, key)
    await store_key(channel, key, memory, to)
    return Announcement("Normal", "KeyMade", f"key {key.kid} was made, registered and stored in a Secret")


async def restore(action: RestoreKey, channel: Channel, memory: Memory, to: Reach) -> Announcement:
    """The key the API knows, into our own Secret."""
    keys = await to.registry.keys(channel.name)
    wanted = [key for key in keys if action.kid in (None, key.kid)]
    if not wanted:
        memory.view = None
        raise RefusedError("the API does not give out the key that it names; see the API's log")
    await store_key(channel, wanted[-1], memory, to)
    why = "was missing" if action.kid is None else "held another key for this KID"
    return Announcement(
        "Normal",
        "KeyRestored",
        f"Secret {channel.key_secret_name} {why}; key {wanted[-1].kid} was restored from the API",
    )


async def store_key(channel: Channel, key: ChannelKey, memory: Memory, to: Reach) -> None:
    """Write our own Secret, which holds no key or a wrong one."""
    written = await to.cluster.apply(key_secret(channel, key.kid, key.key))
    to.store.see("Secret", without_key(written))
    memory.confirmed_key, memory.conflicting_key, memory.view = key.fingerprint, None, None


async def confirm(action: ConfirmKey, channel: Channel, memory: Memory, to: Reach) -> None:
    """Register the key in the Secret; remember what the API said."""
    secret = await to.cluster.read("Secret", channel.key_secret_name)
    if secret is None:
        return
    if channel.own_key_secret:
        to.store.see("Secret", without_key(secret))
    try:
        key = read_key(secret)
    except InvalidKeyError:
        return  # the next look says what is wrong
    if key.fingerprint != action.fingerprint:
        return
    try:
        await to.registry.put_key(channel.name, key)
    except KeyConflictError:
        memory.conflicting_key = key.fingerprint
        return
    memory.confirmed_key, memory.conflicting_key, memory.view = key.fingerprint, None, None
