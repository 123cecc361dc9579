"""KeysReady: which key a channel gets, and when it waits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from telstar_operator.plan.actions import ConfirmKey, MakeKey, MendSecret, RestoreKey
from telstar_operator.plan.facts import KeySecret, Observed, RegistryAway, RegistryView
from telstar_operator.plan.keys import decide_keys
from telstar_operator.resources import Channel

KID = "0" * 31 + "1"
HELD = KeySecret(KID, "print")
BROKEN = KeySecret(None, None, "it has no data.key")
AWAY = RegistryAway("the API at https://api cannot be asked: no route")
EMPTY = RegistryView()
KNOWN = RegistryView(kids=(KID,))
OTHERS = RegistryView(kids=("f" * 32,))
OWN: dict[str, object] = {}
REFERRED = {"drm": {"keySecretRef": {"name": "my-keys"}}}

CASES = [
    (OWN, Observed(EMPTY), ("False", "Making"), MakeKey()),
    (OWN, Observed(KNOWN), ("False", "Restoring"), RestoreKey(None)),
    (OWN, Observed(AWAY), ("False", "RegistryUnavailable"), None),
    (OWN, Observed(EMPTY, BROKEN), ("False", "Making"), MakeKey()),
    (OWN, Observed(KNOWN, BROKEN), ("False", "Restoring"), RestoreKey(None)),
    (OWN, Observed(AWAY, BROKEN), ("False", "RegistryUnavailable"), None),
    (OWN, Observed(EMPTY, HELD), ("False", "Registering"), ConfirmKey("print")),
    (OWN, Observed(KNOWN, HELD, confirmed_keys=frozenset({"print"})), ("True", "KeyRegistered"), None),
    (OWN, Observed(AWAY, HELD, confirmed_keys=frozenset({"print"})), ("True", "KeyRegistered"), None),
    (OWN, Observed(AWAY, HELD), ("False", "RegistryUnavailable"), None),
    (
        OWN,
        Observed(KNOWN, HELD, confirmed_keys=frozenset({"another"})),
        ("False", "Registering"),
        ConfirmKey("print"),
    ),
    (
        OWN,
        Observed(KNOWN, HELD, conflicting_keys=frozenset({"print"})),
        ("False", "KeyConflict"),
        RestoreKey(KID),
    ),
    (
        OWN,
        Observed(OTHERS, HELD, conflicting_keys=frozenset({"print"})),
        ("False", "KeyConflict"),
        RestoreKey(None),
    ),
    (OWN, Observed(EMPTY, HELD, conflicting_keys=frozenset({"print"})), ("False", "KeyConflict"), MakeKey()),
    (OWN, Observed(AWAY, HELD, conflicting_keys=frozenset({"print"})), ("False", "KeyConflict"), None),
    (OWN, Observed(EMPTY, refused={"key": "quota exceeded"}), ("False", "KeyRefused"), None),
    (REFERRED, Observed(EMPTY), ("False", "SecretNotFound"), None),
    (REFERRED, Observed(EMPTY, BROKEN), ("False", "SecretInvalid"), None),
    (REFERRED, Observed(EMPTY, HELD), ("False", "Registering"), ConfirmKey("print")),
    (REFERRED, Observed(KNOWN, HELD, confirmed_keys=frozenset({"print"})), ("True", "KeyRegistered"), None),
    (REFERRED, Observed(KNOWN, HELD, conflicting_keys=frozenset({"print"})), ("False", "KeyConflict"), None),
    ({"drm": {"enabled": False}}, Observed(AWAY), ("True", "NotEncrypted"), None),
]


def mended(observed: Observed, held: Callable[..., KeySecret]) -> Observed:
    """With a Secret that carries our labels and owner."""
    if observed.key_secret is None:
        return observed
    return replace(observed, key_secret=replace(observed.key_secret, metadata=held().metadata))


@pytest.mark.parametrize(("spec", "observed", "verdict", "action"), CASES)
def test_the_key_a_channel_gets(
    spec: dict[str, object],
    observed: Observed,
    verdict: tuple[str, str],
    action: object,
    make_channel: Callable[..., Channel],
    held: Callable[..., KeySecret],
    now: datetime,
) -> None:
    decided = decide_keys(make_channel(spec=spec), mended(observed, held), now)
    assert (decided.verdict.status, decided.verdict.reason) == verdict
    assert decided.action == action
    assert decided.kid == (KID if verdict == ("True", "KeyRegistered") else None)


def test_a_key_that_was_registered_before_is_trusted_while_the_api_is_away(
    make_channel: Callable[..., Channel],
    now: datetime,
) -> None:
    channel = make_channel(status={"keyId": KID})
    assert decide_keys(channel, Observed(AWAY, HELD), now).kid == KID
    altered = decide_keys(channel, Observed(AWAY, HELD, confirmed_keys=frozenset({"another"})), now)
    assert altered.verdict.reason == "RegistryUnavailable"


def test_words_say_what_to_do(make_channel: Callable[..., Channel], now: datetime) -> None:
    channel = make_channel(spec=REFERRED)
    assert (
        "my-keys of drm.keySecretRef does not exist: create it"
        in decide_keys(channel, Observed(EMPTY), now).verdict.message
    )
    assert "it has no data.key" in decide_keys(channel, Observed(EMPTY, BROKEN), now).verdict.message
    conflict = decide_keys(
        channel, Observed(KNOWN, HELD, conflicting_keys=frozenset({"print"})), now
    ).verdict.message
    assert "put the former key back, or use a new KID" in conflict
    assert "no route" in decide_keys(make_channel(), Observed(AWAY), now).verdict.message


def test_a_secret_without_our_labels_or_owner_is_written_anew(
    make_channel: Callable[..., Channel], held: Callable[..., KeySecret], now: datetime
) -> None:
    facts = {"registry": KNOWN, "confirmed_keys": frozenset({"print"})}
    own, another = make_channel(), make_channel(spec=REFERRED)
    for lost in ("labels", "ownerReferences"):
        secret = held(KID, metadata={**held().metadata, lost: None})
        decided = decide_keys(own, Observed(key_secret=secret, **facts), now)
        assert (decided.action, decided.kid, decided.usable) == (MendSecret(), KID, True)
        assert decide_keys(another, Observed(key_secret=secret, **facts), now).action is None
