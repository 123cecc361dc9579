"""Seeing off Channels that are gone: gather what is left of one, plan, act, tell what stands in the way."""

from dataclasses import dataclass, field

import structlog

from telstar_operator import metrics
from telstar_operator.cluster import Cluster, RefusedError
from telstar_operator.handlers.acting import act_for_departed
from telstar_operator.handlers.memory import Clock
from telstar_operator.manifests import names
from telstar_operator.manifests.event import event, the_operator
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.actions import Deregister
from telstar_operator.plan.conditions import Verdict, no
from telstar_operator.plan.departure import (
    KEPT,
    Departed,
    Remains,
    complaint,
    departed,
    epilogue,
    goes_on,
    next_step,
)
from telstar_operator.plan.pods import is_encoder
from telstar_operator.registry import AwayError, Registry
from telstar_operator.resources import Channel
from telstar_operator.store import Store

log = structlog.get_logger()

ROUNDS = 10
CHECK = 5.0
"""Seconds until the next look at a Channel that is not seen off yet."""
KEPT_CHECK = 60.0
"""The same where nothing will happen unless a person does something."""
QUIET = {"Stopping", "Purging", "Forgetting", "RegistryUnavailable", "Returned"}
"""Reasons that need no Event."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A Channel that is not seen off yet, and what is waited for."""

    former: Departed
    awaits: Verdict


@dataclass(slots=True)
class Departing:
    """What seeing off needs; leaving tells, by name, who is not seen off yet."""

    store: Store
    cluster: Cluster
    registry: Registry
    runtime: Runtime
    namespace: str
    instance: str
    clock: Clock
    leaving: dict[str, Leaving] = field(default_factory=dict)

    async def see_off(self, name: str, seen: Channel | None) -> float | None:
        """Whatever is registered under a name that no Channel has.

        seen is the Channel of that name that was seen last. Seconds until the next look, None once all is
        done.
        """
        if not self.store.complete:
            return CHECK  # a Channel that was not listed yet is not gone
        try:
            registration = (await self.registry.view(name)).registration
        except AwayError as error:
            log.warning("a deleted channel waits for the API", channel=name, why=str(error))
            return CHECK
        if registration is not None and not {"uid", "own"} <= registration.keys():
            log.warning("a deleted channel waits for the API to be of this version", channel=name)
            return CHECK
        former = departed(name, registration, None, seen)
        awaits = await self.step(former) if former is not None else None
        if awaits is not None:
            return KEPT_CHECK if awaits.reason == KEPT else CHECK
        await self.tidy(name)
        return None

    async def step(self, former: Departed) -> Verdict | None:
        """As far as it goes now: what is waited for, None once the API has forgotten the channel."""
        awaits = await self.advance(former)
        if awaits is None:
            await self.publish(*epilogue(former))
            self.done(former.name)
        else:
            await self.tell(former, awaits)
        return awaits

    async def advance(self, former: Departed) -> Verdict | None:
        """Look, plan and act, until there is nothing to do but to wait."""
        refused: dict[str, str] = {}
        awaits = no("Forgetting", "waiting for the API to forget the channel")
        for _ in range(ROUNDS):
            if await self.lives(former):
                return no("Returned", "there is a Channel after all")
            remains = await self.look(former.name, refused)
            awaits, actions = next_step(former, remains, self.runtime, self.namespace, self.clock())
            if not actions:
                return awaits
            try:
                for action in actions:
                    step = action.step
                    await act_for_departed(action, former.name, self)
            except RefusedError as error:
                refused[step] = str(error)
                metrics.ERRORS.labels("refused").inc()
                continue
            except AwayError as error:
                return no("RegistryUnavailable", f"waiting for the API to forget the channel: {error}")
            if any(isinstance(action, Deregister) for action in actions):
                return None
        return awaits

    async def lives(self, former: Departed) -> bool:
        """Whether that very Channel is there after all, or one that takes over: the API server is asked.

        ApiException where it does not answer with a whole listing: then nothing is done.
        """
        found = await self.cluster.find_channel(former.name)
        if found is None or not goes_on(Channel.parse(found), former):
            return False
        self.store.see("Channel", found)
        return True

    async def look(self, name: str, refused: dict[str, str]) -> Remains:
        """What is left of it. The Deployment is asked for: it may have lost our labels."""
        return Remains(
            deployment=await self.cluster.read("Deployment", names.workload(name)),
            pods=tuple(pod for pod in self.store.pods(name) if is_encoder(pod)),
            purge_job=self.store.get("Job", names.purge_job(name)),
            refused=refused,
        )

    async def tidy(self, name: str) -> None:
        """A purge Job that an operator of before did not come to remove."""
        self.done(name)
        job = names.purge_job(name)
        known = self.store.get("Job", job)
        if known is not None and not known["metadata"].get("deletionTimestamp"):
            await self.cluster.delete("Job", job, name)

    async def tell(self, former: Departed, awaits: Verdict) -> None:
        """An Event for what a person should see to, once each time it comes to be; a metric for all."""
        before = self.leaving.get(former.name)
        self.leaving[former.name] = Leaving(former, awaits)
        if before is not None and before.awaits.reason == awaits.reason:
            return
        metrics.DEPARTED.remove_by_labels({"channel": former.name})
        metrics.DEPARTED.labels(former.name, awaits.reason).set(1)
        log.info("seeing off", channel=former.name, uid=former.uid, reason=awaits.reason, note=awaits.message)
        if awaits.reason not in QUIET:
            await self.publish("Warning", awaits.reason, complaint(former, awaits))

    def done(self, name: str) -> None:
        """It is waited for no more."""
        if self.leaving.pop(name, None) is None:
            return
        metrics.DEPARTED.remove_by_labels({"channel": name})

    async def publish(self, kind: str, reason: str, note: str) -> None:
        """An Event about the operator's own Deployment: the Channel is no more. The log has it too."""
        log.info(reason, note=note)
        own = await self.cluster.read("Deployment", names.MANAGER)
        told = event(
            the_operator(own, self.namespace),
            "Normal" if kind == "Normal" else "Warning",
            reason,
            note,
            self.clock(),
            self.instance,
        )
        try:
            await self.cluster.publish(told)
        except RefusedError as error:
            log.warning("event refused", why=str(error))
