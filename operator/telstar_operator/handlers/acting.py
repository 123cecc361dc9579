"""Carrying out what a plan asks for."""

from typing import get_args

from telstar_operator.cluster import RefusedError
from telstar_operator.handlers.keeping_keys import keep_keys
from telstar_operator.handlers.memory import Memory, Reach
from telstar_operator.plan.actions import (
    Action,
    Apply,
    Deregister,
    DropFinalizer,
    KeyAction,
    Register,
    Remove,
    Tell,
)
from telstar_operator.plan.status import Announcement
from telstar_operator.plan.streaming import CONFIGURATION
from telstar_operator.resources import FORMER_FINALIZER, Channel


async def act(action: Action, channel: Channel, memory: Memory, to: Reach) -> Announcement | None:
    """Do one thing; an Event worth telling. RefusedError or AwayError where it could not be done."""
    if isinstance(action, get_args(KeyAction)):
        return await keep_keys(action, channel, memory, to)
    match action:
        case DropFinalizer():
            left = tuple(mark for mark in channel.metadata.finalizers if mark != FORMER_FINALIZER)
            await finalize(channel, left, to)
        case Register():
            await to.registry.register(channel.name, dict(action.registration))
            memory.view = None
        case Apply():
            to.store.see(action.step, await to.cluster.apply(action.manifest))
        case Tell():
            await tell(action, channel, to)
        case Remove():
            await remove(action, channel.name, to)
    return None


async def act_for_departed(action: Action, channel: str, to: Reach) -> None:
    """Do one thing for a Channel that is gone. RefusedError or AwayError where it could not be done."""
    match action:
        case Deregister():
            await to.registry.deregister(channel, action.keys)
        case Apply():
            to.store.see(action.step, await to.cluster.apply(action.manifest))
        case Remove():
            await remove(action, channel, to)
        case _:
            raise TypeError(f"{action} needs a Channel")


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


async def tell(action: Tell, channel: Channel, to: Reach) -> None:
    """Annotate the pod; one that is gone is forgotten."""
    known = to.store.get("Pod", action.pod)
    annotated = await to.cluster.annotate_pod(
        action.pod, action.uid, {CONFIGURATION: action.fingerprint}, channel.name
    )
    if annotated is not None:
        to.store.see("Pod", annotated)
    elif known is not None:
        to.store.miss("Pod", action.pod, int(known["metadata"]["resourceVersion"]))


async def remove(action: Remove, channel: str, to: Reach) -> None:
    """Delete; the object stays known until it is really gone."""
    await to.cluster.delete(action.kind, action.name, channel)
    read = await to.cluster.read(action.kind, action.name)
    known = to.store.get(action.kind, action.name)
    if read is not None:
        to.store.see(action.kind, read)
    elif known is not None:
        to.store.miss(action.kind, action.name, int(known["metadata"]["resourceVersion"]))
