"""Whether a channel has the key it shall have, and how to come to it.

A key that segments may lie under is never replaced silently: a missing Secret is restored from the API, and
a new key is made only where the API has answered that there is none.
"""

from dataclasses import dataclass

from telstar_operator.plan.actions import Action, ConfirmKey, MakeKey, RestoreKey
from telstar_operator.plan.conditions import Verdict, no, yes
from telstar_operator.plan.facts import KeySecret, Observed, RegistryAway
from telstar_operator.resources import Channel


@dataclass(frozen=True, slots=True)
class KeyDecision:
    """The verdict KeysReady; the KID to encrypt with (None without DRM, or while there is no trusted key)."""

    verdict: Verdict
    kid: str | None = None
    action: Action | None = None


def decide_keys(channel: Channel, observed: Observed) -> KeyDecision:
    """KeysReady and the next step towards it."""
    if not channel.spec.drm.enabled:
        return KeyDecision(
            yes("NotEncrypted", "drm.enabled is false: segments are stored and sent in the clear")
        )
    if "key" in observed.refused:
        return KeyDecision(no("KeyRefused", observed.refused["key"]))
    secret = observed.key_secret
    if secret is None or secret.kid is None:
        return without_key(channel, secret, observed)
    return with_key(channel, secret, secret.kid, observed)


def without_key(channel: Channel, secret: KeySecret | None, observed: Observed) -> KeyDecision:
    """The Secret is missing or holds no key."""
    name = channel.key_secret_name
    if not channel.own_key_secret:
        if secret is None:
            return KeyDecision(
                no(
                    "SecretNotFound",
                    f"Secret {name} of drm.keySecretRef does not exist: create it with data.kid and data.key "
                    "of 32 hexadecimal digits each, or remove drm.keySecretRef",
                )
            )
        return KeyDecision(no("SecretInvalid", f"Secret {name} of drm.keySecretRef: {secret.problem}"))
    if isinstance(observed.registry, RegistryAway):
        lack = "is missing" if secret is None else f"holds no key ({secret.problem})"
        return KeyDecision(
            no(
                "RegistryUnavailable",
                f"Secret {name} {lack}; a key is restored or made when the API has said which keys "
                f"the channel has: {observed.registry.why}",
            )
        )
    if observed.registry.kids:
        return KeyDecision(no("Restoring", "the key is being restored from the API"), action=RestoreKey(None))
    return KeyDecision(no("Making", "a key is being made"), action=MakeKey())


def with_key(channel: Channel, secret: KeySecret, kid: str, observed: Observed) -> KeyDecision:
    """The Secret holds a key; is it the one the API knows?"""
    if secret.fingerprint == observed.confirmed_key:
        return KeyDecision(yes("KeyRegistered", f"the API knows key {kid}"), kid)
    if secret.fingerprint == observed.conflicting_key:
        return conflict(channel, kid, observed)
    if isinstance(observed.registry, RegistryAway):
        if channel.status.key_id == kid and observed.confirmed_key is None:
            return KeyDecision(yes("KeyRegistered", f"the API knows key {kid}"), kid)
        return KeyDecision(
            no(
                "RegistryUnavailable",
                f"key {kid} is not registered with the API yet: {observed.registry.why}",
            )
        )
    fingerprint = secret.fingerprint or ""
    return KeyDecision(no("Registering", f"key {kid} is being registered"), action=ConfirmKey(fingerprint))


def conflict(channel: Channel, kid: str, observed: Observed) -> KeyDecision:
    """The API knows this KID with another key, or for another channel."""
    verdict = no(
        "KeyConflict",
        f"Secret {channel.key_secret_name} holds another key for KID {kid} than the one registered, "
        "under which segments may be stored: put the former key back, or use a new KID with the new key",
    )
    if not channel.own_key_secret or isinstance(observed.registry, RegistryAway):
        return KeyDecision(verdict)
    if kid in observed.registry.kids:
        return KeyDecision(verdict, action=RestoreKey(kid))
    return KeyDecision(verdict, action=RestoreKey(None) if observed.registry.kids else MakeKey())
