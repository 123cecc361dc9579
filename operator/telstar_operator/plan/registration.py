"""Whether the API knows the channel as it is."""

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
    """What the API shall know of the channel; durations in seconds."""
    spec = channel.spec
    return {
        "display_name": spec.display_name,
        "number": spec.number,
        "state": spec.state,
        "segment_seconds": seconds(spec.segment_duration),
        "retention_seconds": seconds(spec.retention),
        "drm_enabled": spec.drm.enabled,
    }


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
    if known is not None and all(known.get(field) == value for field, value in wanted.items()):
        return RegistrationDecision(registered)
    return RegistrationDecision(no("Registering", "the channel is being registered"), Register(wanted))
