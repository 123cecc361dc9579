"""Whether a channel has the key it shall have, and how to come to it.

A key that segments may lie under is never replaced silently: a missing Secret is restored from the API, and
a new key is made only where the API has answered that there is none.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from telstar_operator.manifests import names
from telstar_operator.plan.actions import Action, ConfirmKey, MakeKey, MendSecret, RestoreKey
from telstar_operator.plan.conditions import Verdict, no, yes
from telstar_operator.plan.differences import covers
from telstar_operator.plan.facts import KeySecret, NextKey, Observed, RegistryAway
from telstar_operator.plan.rotation import decide_rotation
from telstar_operator.resources import Channel, written


@dataclass(frozen=True, slots=True)
class KeyDecision:
    """The verdict KeysReady; the KID to encrypt with (None without DRM, or while there is no trusted key).

    usable: a channel may start or change with what there is. next is the key announced to follow; check the
    seconds until there is something to do.
    """

    verdict: Verdict
    kid: str | None = None
    action: Action | None = None
    usable: bool = False
    next: NextKey | None = None
    check: float | None = None


def decide_keys(channel: Channel, observed: Observed, now: datetime) -> KeyDecision:
    """KeysReady and the next step towards it."""
    if not channel.spec.drm.enabled:
        words = "drm.enabled is false: segments are stored and sent in the clear"
        return KeyDecision(yes("NotEncrypted", words), usable=True)
    if "key" in observed.refused:
        return KeyDecision(no("KeyRefused", observed.refused["key"]))
    secret = observed.key_secret
    if secret is None or secret.kid is None:
        return without_key(channel, secret, observed)
    present = with_key(channel, secret, secret.kid, observed)
    if present.kid is None:
        return present
    if channel.own_key_secret and not mended(channel, secret):
        return replace(present, action=MendSecret())
    return followed(channel, secret, present, observed, now)


def mended(channel: Channel, secret: KeySecret) -> bool:
    """Whether our own Secret carries our labels and belongs to this Channel."""
    return covers(secret.metadata, names.metadata(channel, channel.key_secret_name))


def followed(
    channel: Channel, secret: KeySecret, present: KeyDecision, observed: Observed, now: datetime
) -> KeyDecision:
    """A trusted present key, and what follows it."""
    rotation = decide_rotation(channel, secret, observed, now)
    verdict = rotation.verdict or present.verdict
    if rotation.kid and not rotation.verdict:
        verdict = yes("KeyRegistered", f"the API knows key {rotation.kid}")
    if rotation.next:
        words = (
            f"{present.verdict.message}; key {rotation.next.kid} follows at {written(rotation.next.start)}"
        )
        verdict = yes("KeyRegistered", words)
    return KeyDecision(
        verdict, rotation.kid or present.kid, rotation.action, True, rotation.next, rotation.check
    )


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
    known = KeyDecision(yes("KeyRegistered", f"the API knows key {kid}"), kid, usable=True)
    if secret.fingerprint in observed.confirmed_keys:
        return known
    if secret.fingerprint in observed.conflicting_keys:
        return conflict(channel, kid, observed)
    if isinstance(observed.registry, RegistryAway):
        if kid in (channel.status.key_id, channel.status.next_key_id) and not observed.confirmed_keys:
            return known
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
