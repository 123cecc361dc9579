"""One channel's reconciliation: gather, plan, act, until nothing is left to do; then report."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from telstar_operator.cluster import Cluster, RefusedError
from telstar_operator.handlers.acting import act
from telstar_operator.handlers.memory import Memory
from telstar_operator.keys import without_key
from telstar_operator.manifests import names
from telstar_operator.manifests.channel_status import channel_status
from telstar_operator.manifests.event import event
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.actions import DropFinalizer, HoldFinalizer, Plan, Remove
from telstar_operator.plan.channel import plan
from telstar_operator.plan.facts import KeySecret, Observed, RegistryAway, RegistryView
from telstar_operator.plan.status import Announcement, announcements, worth_writing
from telstar_operator.registry import AwayError, Registry
from telstar_operator.resources import Channel, Manifest
from telstar_operator.store import Store

log = structlog.get_logger()

ROUNDS = 10
"""Plans in a row before a reconciliation pauses: more would mean that two of them undo each other."""
ROUND_PAUSE = 1.0
VIEW_AGE = 2.0
"""Seconds the API's view of a channel is good for when only an event woke us."""

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of this process."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Reconciler:
    """Everything one reconciliation needs."""

    store: Store
    cluster: Cluster
    registry: Registry
    runtime: Runtime
    instance: str
    clock: Clock = utc_now
    memories: dict[str, Memory] = field(default_factory=dict)

    async def reconcile(self, name: str) -> float | None:
        """Do what its Channel wishes; seconds until the next check, None where there is no such Channel."""
        memory: Memory | None = None
        for _ in range(ROUNDS):
            body = self.store.get("Channel", name)
            if body is None:
                self.memories.pop(name, None)
                return None
            channel = Channel.parse(body)
            if memory is None:
                memory = self.recall(channel)
            observed = await self.gather(channel, memory)
            decided = plan(channel, observed, self.runtime, self.clock())
            if not decided.actions:
                await self.report(channel, decided)
                return decided.next_check
            await self.carry_out(channel, memory, decided)
        log.warning("no rest after many rounds", channel=name)
        return ROUND_PAUSE

    def recall(self, channel: Channel) -> Memory:
        """The memory of this very Channel, not of a former one of its name; refusals are tried again."""
        memory = self.memories.get(channel.name)
        if memory is None or memory.uid != channel.metadata.uid:
            memory = self.memories[channel.name] = Memory(channel.metadata.uid)
        memory.refused = {}
        return memory

    async def gather(self, channel: Channel, memory: Memory) -> Observed:
        """What is."""
        name, store = channel.name, self.store
        secret = await self.key_secret(channel)
        workload = names.workload(name)
        keyless = secret is None or secret.kid is None
        return Observed(
            registry=await self.view(channel, memory, keyless or channel.status.last_segment_time is None),
            key_secret=secret,
            config_map=store.get("ConfigMap", workload),
            deployment=store.get("Deployment", workload),
            pods=tuple(pod for pod in store.pods(name) if is_encoder(pod)),
            purge_job=store.get("Job", names.purge_job(name)),
            confirmed_key=memory.confirmed_key,
            conflicting_key=memory.conflicting_key,
            refused=dict(memory.refused),
        )

    async def key_secret(self, channel: Channel) -> KeySecret | None:
        """Our own Secret as watched; asked for where it seems missing, and always where it is another's."""
        if not channel.spec.drm.enabled or channel.deleting:
            return None
        known = self.store.get("Secret", channel.key_secret_name) if channel.own_key_secret else None
        if known is None:
            read = await self.cluster.read("Secret", channel.key_secret_name)
            known = without_key(read) if read else None
        if known is None or known["metadata"].get("deletionTimestamp"):
            return None
        summary: KeySecret = known["fingerprint"]
        return summary

    async def view(self, channel: Channel, memory: Memory, fresh: bool) -> RegistryView | RegistryAway:
        """The API's view; asked for anew when it is old, or when a key depends on it."""
        now = self.clock()
        aged = memory.viewed_at is None or (now - memory.viewed_at).total_seconds() > VIEW_AGE
        if memory.view is None or aged or (fresh and isinstance(memory.view, RegistryView)):
            memory.viewed_at = now
            try:
                memory.view = await self.registry.view(channel.name)
            except AwayError as error:
                memory.view = RegistryAway(str(error))
        return memory.view

    async def carry_out(self, channel: Channel, memory: Memory, decided: Plan) -> None:
        """The plan's actions in order, as far as they are let."""
        for action in decided.actions:
            try:
                announcement = await act(action, channel, memory, self)
            except RefusedError as error:
                if isinstance(action, HoldFinalizer | DropFinalizer | Remove):
                    raise  # no plan goes on without it
                memory.refused[action.step] = str(error)
                log.warning("refused", channel=channel.name, step=action.step, why=str(error))
                return
            except AwayError as error:
                memory.view, memory.viewed_at = RegistryAway(str(error)), self.clock()
                return
            if announcement:
                await self.announce(channel, announcement)

    async def report(self, channel: Channel, decided: Plan) -> None:
        """Write the status where it is worth it, and tell of what changed."""
        if worth_writing(channel.status, decided.status):
            written = await self.cluster.write_status(channel_status(channel, decided.status))
            if written is not None:
                self.store.see("Channel", written)
        for announcement in announcements(channel.status, decided.status):
            await self.announce(channel, announcement)

    async def announce(self, channel: Channel, announcement: Announcement) -> None:
        """Publish an Event; the log has it too, so a refused Event loses nothing."""
        log.info(announcement.reason, channel=channel.name, note=announcement.note)
        manifest = event(
            channel, announcement.kind, announcement.reason, announcement.note, self.clock(), self.instance
        )
        try:
            await self.cluster.publish(manifest)
        except RefusedError as error:
            log.warning("event refused", channel=channel.name, why=str(error))


def is_encoder(pod: Manifest) -> bool:
    """Whether a pod is SimLive's, not the purge's; one that has ended is as good as gone."""
    application = pod["metadata"].get("labels", {}).get("app.kubernetes.io/name")
    return application == "simlive" and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
