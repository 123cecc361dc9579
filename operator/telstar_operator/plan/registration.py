"""Whether the API knows the channel as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telstar_operator.plan.actions import Action, Register
from telstar_operator.plan.conditions import Verdict, no, yes
from telstar_operator.plan.facts import Observed, RegistryAway
from telstar_operator.resources import Channel, seconds


@dataclass(frozen=True, slots=True)
class RegistrationDecision:
    """The verdict Registered, and the step towards it."""

    verdict: Verdict
    action: Action | None = None


def registration(channel: Channel) -> dict[str, Any]:
    """What the API shall know of the channel; durations in seconds.

    uid and reclaim_policy say what becomes of segments and keys once the Channel is gone.
    """
    spec = channel.spec
    return {
        "display_name": spec.display_name,
        "number": spec.number,
        "state": spec.state,
        "segment_seconds": seconds(spec.segment_duration),
        "retention_seconds": seconds(spec.retention),
        "drm_enabled": spec.drm.enabled,
        "uid": channel.metadata.uid,
        "reclaim_policy": spec.reclaim_policy,
    }


def registered_as(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the API's record says what it shall, as this installation's own.

    One of a former installation is adopted by registering anew. An older API does not have every field.
    """
    return known.get("own", True) and all(
        known[name] == value for name, value in wanted.items() if name in known
    )


def decide_registration(channel: Channel, observed: Observed) -> RegistrationDecision:
    """Registered, and the next step towards it.

    While the API is away, a registration that was seen for this generation is taken to last: the API keeps it
    in its database.
    """
    registered = yes("Registered", "the API knows the channel")
    if "registration" in observed.refused:
        return RegistrationDecision(no("RegistrationRefused", observed.refused["registration"]))
    if isinstance(observed.registry, RegistryAway):
        before = channel.status.condition("Registered")
        if before and before.holds and before.observed_generation == channel.metadata.generation:
            return RegistrationDecision(registered)
        return RegistrationDecision(
            no(
                "RegistryUnavailable",
                f"the API does not know the channel as it is now: {observed.registry.why}",
            )
        )
    wanted = registration(channel)
    known = observed.registry.registration
    if known is not None and registered_as(known, wanted):
        return RegistrationDecision(registered)
    return RegistrationDecision(no("Registering", "the channel is being registered"), Register(wanted))
