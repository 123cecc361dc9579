"""When a channel's key is followed by another (docs/architecture.md, "Rotation").

Everything is made, registered and announced ahead, so that neither the API's nor the operator's absence
ends a channel: the present key stays until there is a next one that the API knows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from telstar_operator.plan.actions import Action, ConfirmKey, MakeNext, PromoteKey, RestoreKey
from telstar_operator.plan.conditions import Verdict, no, yes
from telstar_operator.plan.facts import KeySecret, NextKey, Observed, RegistryAway
from telstar_operator.resources import Channel, seconds, written

LEAD_LIMIT = timedelta(minutes=15)
"""Longest time ahead of its use that a key is made."""
NOTICE = timedelta(seconds=20)
"""Shortest time that pods and viewers have to hear of a key."""
AGAIN = 15.0
"""Seconds until the next look while the API is away and the next key not overdue yet."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What follows the present key.

    verdict takes the place of KeysReady's where there is something to say; kid is the key in force where that
    is not the Secret's present one; next the one announced; check the seconds until there is something to do.
    """

    verdict: Verdict | None = None
    action: Action | None = None
    kid: str | None = None
    next: NextKey | None = None
    check: float | None = None


def lead(period: timedelta) -> timedelta:
    """How long ahead the next key is made."""
    return min(period * 3 / 4, LEAD_LIMIT)


def notice(period: timedelta) -> timedelta:
    """How long a key is announced at least, before it is used."""
    return max(lead(period) / 2, NOTICE)


def decide_rotation(channel: Channel, secret: KeySecret, observed: Observed, now: datetime) -> Rotation:
    """What to do about the next key, given a Secret whose present key is trusted."""
    if secret.next_problem is not None:
        return damaged(channel, secret.next_problem, observed)
    if secret.next is not None:
        return announced(channel, secret.next, observed, now)
    return due(channel, secret.kid or "", secret.since, observed, now)


def damaged(channel: Channel, problem: str, observed: Observed) -> Rotation:
    """The next key cannot be read: our own Secret is written anew from what the API knows."""
    if not channel.own_key_secret:
        words = f"Secret {channel.key_secret_name} of drm.keySecretRef has no good next key: {problem}"
        return Rotation(no("NextKeyInvalid", f"{words}; or remove data.next-kid, next-key and next-from"))
    words = f"the next key in Secret {channel.key_secret_name} is damaged ({problem})"
    if isinstance(observed.registry, RegistryAway):
        return Rotation(yes("RotationDelayed", f"{words} and waits for the API: {observed.registry.why}"))
    if "next-key" in observed.refused:
        return Rotation(yes("RotationDelayed", f"{words}: {observed.refused['next-key']}"))
    return Rotation(action=RestoreKey(None, step="next-key"))


def announced(channel: Channel, upcoming: NextKey, observed: Observed, now: datetime) -> Rotation:
    """The next key is in the Secret; the API must know it before it is used."""
    if upcoming.fingerprint in observed.conflicting_keys:
        problem = f"the API knows KID {upcoming.kid} with another key, or for another channel"
        if channel.own_key_secret:
            return damaged(channel, problem, observed)
        words = f"data.next-key of Secret {channel.key_secret_name} cannot be used: {problem}"
        return Rotation(no("KeyConflict", f"{words}; put another next-kid and next-key"))
    registered = upcoming.fingerprint in observed.confirmed_keys
    if isinstance(observed.registry, RegistryAway):
        registered = registered or upcoming.kid == channel.status.next_key_id
        if not registered:
            words = f"next key {upcoming.kid} is not registered with the API yet: {observed.registry.why}"
            return Rotation(yes("RotationDelayed", words))
    if not registered:
        if "next-key" in observed.refused:
            return Rotation(yes("RotationDelayed", observed.refused["next-key"]))
        return Rotation(action=ConfirmKey(upcoming.fingerprint, step="next-key"))
    if upcoming.start > now:
        return Rotation(next=upcoming, check=(upcoming.start - now).total_seconds())
    if channel.own_key_secret:
        return promoted(upcoming, observed)
    later = due(channel, upcoming.kid, upcoming.start, observed, now)
    return Rotation(later.verdict, kid=upcoming.kid, check=later.check)


def promoted(upcoming: NextKey, observed: Observed) -> Rotation:
    """Its time has come: SimLive uses it, whatever the Secret calls it."""
    if "next-key" in observed.refused:
        return Rotation(yes("RotationDelayed", observed.refused["next-key"]), kid=upcoming.kid)
    return Rotation(action=PromoteKey(upcoming.fingerprint), kid=upcoming.kid)


def due(channel: Channel, kid: str, since: datetime | None, observed: Observed, now: datetime) -> Rotation:
    """No next key is announced; is it time for one? Not where nothing streams."""
    since = since or observed.key_starts.get(kid)
    wanted = channel.spec.drm.rotation_period
    if wanted is None or since is None or channel.spec.state == "Stopped":
        return Rotation()
    period = timedelta(seconds=seconds(wanted))
    end = since + period
    if not channel.own_key_secret:
        return due_by_hand(channel, kid, end, now)
    begin = end - lead(period)
    if now < begin:
        return Rotation(check=(begin - now).total_seconds())
    overdue = f"key {kid} was to be replaced at {written(end)} and stays until a next one can be registered"
    if "next-key" in observed.refused:
        return Rotation(yes("RotationDelayed", f"{overdue}: {observed.refused['next-key']}"))
    if isinstance(observed.registry, RegistryAway):
        late = now >= end
        return Rotation(
            yes("RotationDelayed", f"{overdue}: {observed.registry.why}") if late else None, check=AGAIN
        )
    return Rotation(action=MakeNext(whole_second_after(max(end, now + notice(period)))))


def due_by_hand(channel: Channel, kid: str, end: datetime, now: datetime) -> Rotation:
    """The keys are a person's: say when the next is due."""
    if now < end:
        return Rotation(check=(end - now).total_seconds())
    words = (
        f"key {kid} was to be replaced at {written(end)} (drm.rotationPeriod): put data.next-kid, "
        f"data.next-key and data.next-from, a time in the near future, into Secret {channel.key_secret_name}"
    )
    return Rotation(yes("RotationDue", words))


def whole_second_after(moment: datetime) -> datetime:
    """The next whole second, so that a slot can begin at it."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)
