"""One channel's reconciliation: gather, plan, act, until nothing is left to do; then report."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from telstar_operator import metrics
from telstar_operator.cluster import Cluster, RefusedError
from telstar_operator.handlers.acting import act
from telstar_operator.handlers.departing import Departing
from telstar_operator.handlers.looking import Looks, Target
from telstar_operator.handlers.memory import Clock, Memory
from telstar_operator.keys import without_key
from telstar_operator.manifests import names
from telstar_operator.manifests.channel_status import channel_status
from telstar_operator.manifests.config_map import Programme, programmes_json
from telstar_operator.manifests.deployment import HTTP_PORT
from telstar_operator.manifests.event import event, the_channel
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.actions import DropFinalizer, Plan, Remove
from telstar_operator.plan.channel import plan
from telstar_operator.plan.departure import departed
from telstar_operator.plan.facts import KeySecret, NotAsked, Observed, RegistryAway, RegistryView, Silent
from telstar_operator.plan.pods import container_status, is_encoder, present_pod
from telstar_operator.plan.simlive import SimLiveStatus
from telstar_operator.plan.status import Announcement, announcements, told_by_simlive, worth_writing
from telstar_operator.registry import AwayError, Registry
from telstar_operator.resources import Channel, Manifest
from telstar_operator.store import Store

log = structlog.get_logger()

ROUNDS = 10
"""Plans in a row before a reconciliation pauses: more would mean that two of them undo each other."""
ROUND_PAUSE = 1.0
VIEW_AGE = timedelta(seconds=2)
"""How long the API's view of a channel is good for when only an event woke us."""
SETTLED_VIEW_AGE = timedelta(seconds=50)
"""The same where everything was as wished: pods speak often, and the API is not asked each time."""
TITLES_EVERY = timedelta(seconds=59)
"""How often the API is asked for the schedule at most."""
TITLES_AHEAD = timedelta(hours=6)
"""How far the titles reach, from the present hour on: the ConfigMap changes once an hour, unless the schedule
does."""
TITLES_LIMIT = 500
"""Most programmes that are told: a ConfigMap holds a megabyte."""


def utc_now() -> datetime:
    """The clock of this process."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Reconciler:
    """Everything one reconciliation needs."""

    store: Store
    cluster: Cluster
    registry: Registry
    departing: Departing
    instance: str
    looks: Looks
    clock: Clock = utc_now
    memories: dict[str, Memory] = field(default_factory=dict)

    @property
    def runtime(self) -> Runtime:
        """What SimLive pods are given."""
        return self.departing.runtime

    async def reconcile(self, name: str) -> float | None:
        """Do what its Channel wishes; seconds until the next check, None where there is no such Channel."""
        memory: Memory | None = None
        for _ in range(ROUNDS):
            body = self.store.get("Channel", name)
            if body is None:
                return await self.see_off(name)
            channel = Channel.parse(body)
            if memory is None:
                memory = self.recall(channel)
            observed = await self.gather(channel, memory)
            observed = await self.await_predecessor(channel, memory, observed)
            decided = plan(channel, observed, self.runtime, self.clock())
            if not decided.actions:
                await self.report(channel, memory, observed, decided)
                return decided.next_check
            memory.settled = False
            await self.carry_out(channel, memory, decided)
        log.warning("no rest after many rounds", channel=name)
        return ROUND_PAUSE

    async def see_off(self, name: str) -> float | None:
        """A Channel that is gone; what it said last is remembered until what it leaves is dealt with."""
        self.looks.aim(name, None, soon=False)
        memory = self.memories.get(name)
        pause = await self.departing.see_off(name, memory.seen if memory else None)
        if pause is None:
            self.memories.pop(name, None)
            metrics.forget(name)
        return pause

    async def await_predecessor(self, channel: Channel, memory: Memory, observed: Observed) -> Observed:
        """See off a deleted Channel of this name that is registered yet; what that waits for, if it does."""
        if isinstance(observed.registry, RegistryAway) or channel.deleting:
            return observed
        former = departed(channel.name, observed.registry.registration, channel)
        if former is None:
            self.departing.done(channel.name)
            return observed
        self.looks.aim(channel.name, None, soon=False)
        awaits = await self.departing.step(former)
        if awaits is not None:
            return replace(observed, predecessor=awaits)
        memory.view = None
        return await self.gather(channel, memory)

    def recall(self, channel: Channel) -> Memory:
        """The memory of this very Channel, not of a former one of its name; refusals are tried again."""
        memory = self.memories.get(channel.name)
        if memory is None or memory.uid != channel.metadata.uid:
            memory = self.memories[channel.name] = Memory(channel.metadata.uid)
        memory.seen, memory.refused = channel, {}
        return memory

    async def gather(self, channel: Channel, memory: Memory) -> Observed:
        """What is."""
        name, store = channel.name, self.store
        secret = await self.key_secret(channel)
        workload = names.workload(name)
        keyless = secret is None or secret.kid is None
        view = await self.view(channel, memory, keyless or channel.status.last_segment_time is None)
        pods = tuple(pod for pod in store.pods(name) if is_encoder(pod))
        await self.learn_starts(channel, secret, view, memory)
        await self.learn_titles(channel, view, memory)
        return Observed(
            registry=view if memory.view is None else memory.view,
            key_secret=secret,
            config_map=store.get("ConfigMap", workload),
            deployment=await self.deployment(channel, pods),
            pods=pods,
            purge_job=store.get("Job", names.purge_job(name)),
            simlive=self.said(name, pods),
            confirmed_keys=frozenset(memory.confirmed),
            conflicting_keys=frozenset(memory.conflicting),
            key_starts=dict(memory.starts),
            titles=memory.titles if channel.spec.overlay.programme else None,
            refused=dict(memory.refused),
        )

    async def deployment(self, channel: Channel, pods: tuple[Manifest, ...]) -> Manifest | None:
        """As watched; asked for where pods say that there must be one: it may have lost our labels."""
        name = names.workload(channel.name)
        known = self.store.get("Deployment", name)
        if known is None and (pods or channel.deleting):
            return await self.cluster.read("Deployment", name)
        return known

    def said(self, name: str, pods: tuple[Manifest, ...]) -> SimLiveStatus | Silent | NotAsked:
        """The present pod's own word."""
        pod = present_pod(pods)
        return self.looks.said(name, pod["metadata"]["uid"]) if pod else NotAsked()

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
        good_for = SETTLED_VIEW_AGE if memory.settled and isinstance(memory.view, RegistryView) else VIEW_AGE
        aged = memory.viewed_at is None or now - memory.viewed_at > good_for
        if memory.view is None or aged or (fresh and isinstance(memory.view, RegistryView)):
            memory.viewed_at = now
            try:
                memory.view = await self.registry.view(channel.name)
            except AwayError as error:
                memory.view = RegistryAway(str(error))
        return memory.view

    async def learn_starts(
        self, channel: Channel, secret: KeySecret | None, view: RegistryView | RegistryAway, memory: Memory
    ) -> None:
        """Since when the present key is in force, where rotation needs it and the Secret does not tell."""
        if channel.spec.drm.rotation_period is None or secret is None or secret.kid is None or secret.since:
            return
        if secret.kid in memory.starts or isinstance(view, RegistryAway) or secret.kid not in view.kids:
            return
        try:
            keys = await self.registry.keys(channel.name)
        except AwayError as error:
            memory.view = RegistryAway(str(error))
            return
        memory.starts = {key.kid: key.start for key in keys if key.start is not None}

    async def learn_titles(self, channel: Channel, view: RegistryView | RegistryAway, memory: Memory) -> None:
        """The programmes of the next hours; where the API does not tell, those known stay."""
        unknown = isinstance(view, RegistryAway) or view.registration is None
        if not channel.spec.overlay.programme or channel.deleting or unknown:
            return
        now = self.clock()
        if memory.titles_at is not None and now - memory.titles_at < TITLES_EVERY:
            return
        memory.titles_at = now
        hour = now.replace(minute=0, second=0, microsecond=0)
        try:
            found = await self.registry.programmes(channel.name, hour, hour + TITLES_AHEAD)
        except (AwayError, RefusedError) as error:
            log.warning("no programme titles", channel=channel.name, why=str(error))
            return
        memory.titles = programmes_json(window(found, hour))

    async def carry_out(self, channel: Channel, memory: Memory, decided: Plan) -> None:
        """The plan's actions in order, as far as they are let."""
        for action in decided.actions:
            try:
                announcement = await act(action, channel, memory, self)
            except RefusedError as error:
                if isinstance(action, DropFinalizer | Remove):
                    raise  # no plan goes on without it
                memory.refused[action.step] = str(error)
                metrics.ERRORS.labels("refused").inc()
                log.warning("refused", channel=channel.name, step=action.step, why=str(error))
                return
            except AwayError as error:
                memory.view, memory.viewed_at = RegistryAway(str(error)), self.clock()
                return
            if announcement:
                await self.announce(channel, announcement)

    async def report(self, channel: Channel, memory: Memory, observed: Observed, decided: Plan) -> None:
        """Write the status where it is worth it, tell of what changed, and whom to ask next."""
        ready = decided.status.condition("Ready")
        memory.settled = ready is not None and ready.holds and not channel.deleting
        self.looks.aim(channel.name, target(observed.pods), decided.ask_soon)
        if worth_writing(channel.status, decided.status):
            written = await self.cluster.write_status(channel_status(channel, decided.status))
            if written is not None:
                self.store.see("Channel", written)
        for announcement in announcements(channel.status, decided.status):
            await self.announce(channel, announcement)
        await self.retell(channel, memory, observed)

    async def retell(self, channel: Channel, memory: Memory, observed: Observed) -> None:
        """What the present pod has told since its last word."""
        pod, said = present_pod(observed.pods), observed.simlive
        if pod is None or not isinstance(said, SimLiveStatus):
            return
        uid = pod["metadata"]["uid"]
        before = memory.told[1] if memory.told and memory.told[0] == uid else None
        memory.told = (uid, said)
        for announcement in told_by_simlive(before, said):
            await self.announce(channel, announcement)

    async def announce(self, channel: Channel, announcement: Announcement) -> None:
        """Publish an Event; the log has it too, so a refused Event loses nothing."""
        log.info(announcement.reason, channel=channel.name, note=announcement.note)
        regarding = the_channel(channel)
        manifest = event(
            regarding, announcement.kind, announcement.reason, announcement.note, self.clock(), self.instance
        )
        try:
            await self.cluster.publish(manifest)
        except RefusedError as error:
            log.warning("event refused", channel=channel.name, why=str(error))


def target(pods: tuple[Manifest, ...]) -> Target | None:
    """The pod to ask how it does, once its container runs and it has an address."""
    pod = present_pod(pods)
    if pod is None or not container_status(pod).get("state", {}).get("running"):
        return None
    address = pod["status"].get("podIP")
    return Target(pod["metadata"]["uid"], address, HTTP_PORT) if address else None


def window(programmes: tuple[Programme, ...], hour: datetime) -> tuple[Programme, ...]:
    """Those of the hours from this one on, whatever else the API answered."""
    end = hour + TITLES_AHEAD
    return tuple(entry for entry in programmes if entry.start < end and entry.end > hour)[:TITLES_LIMIT]
