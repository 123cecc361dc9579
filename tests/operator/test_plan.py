"""The whole plan for a Channel, from nothing to streaming."""

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from telstar_operator.manifests import names
from telstar_operator.manifests.config_map import config_map, revision
from telstar_operator.manifests.deployment import deployment
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.actions import Apply, Plan, Register, Remove
from telstar_operator.plan.channel import RESYNC, SOON, plan
from telstar_operator.plan.facts import KeySecret, Observed, RegistryAway, RegistryView
from telstar_operator.plan.registration import registration
from telstar_operator.plan.simlive import SimLiveStatus
from telstar_operator.plan.streaming import CONFIGURATION, fingerprint
from telstar_operator.resources import Channel

KID = "a" * 32
CONFIRMED = frozenset({"print"})
START = "2026-11-22T18:23:50Z"
AWAY = RegistryAway("the API cannot be asked")
Make = Callable[..., Channel]


def settled(channel: Channel, runtime: Runtime, **changes: Any) -> Observed:
    """Everything as it shall be, with a ready pod that knows of it."""
    live = deployment(channel, runtime)
    facts = {
        "registry": RegistryView(registration=registration(channel), kids=(KID,)),
        "key_secret": KeySecret(KID, "print", metadata=names.metadata(channel, channel.key_secret_name)),
        "confirmed_keys": CONFIRMED,
        "config_map": config_map(channel),
        "deployment": live,
        "pods": (pod(live),),
        "simlive": SimLiveStatus(channel=channel.name, revision=revision(channel), kid=KID),
    }
    observed = Observed(**{**facts, **changes})
    for found in observed.pods:
        told = fingerprint(channel, config_map(channel, observed.titles), observed)
        found["metadata"]["annotations"].setdefault(CONFIGURATION, told)
    return observed


def pod(live: dict[str, Any], ready: bool = True, **status: Any) -> dict[str, Any]:
    template = copy.deepcopy(live["spec"]["template"])
    return {
        "metadata": {
            **template["metadata"], "name": "simlive-news-1", "uid": "pod-1",
            "creationTimestamp": "2026-11-22T18:23:00Z",
        },
        "status": {
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [
                {"name": "simlive", "restartCount": 2, "state": {"running": {"startedAt": START}}}
            ],
            **status,
        },
    }  # fmt: skip


def verdicts(decided: Plan) -> dict[str, tuple[str, str]]:
    return {entry.type: (entry.status, entry.reason) for entry in decided.status.conditions}


def kinds(decided: Plan) -> list[object]:
    return [
        f"Apply {action.step}" if isinstance(action, Apply) else type(action).__name__
        for action in decided.actions
    ]


def test_a_new_channel_is_registered_and_given_a_key_before_anything_runs(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    decided = plan(make_channel(), Observed(RegistryView()), runtime, now)
    assert kinds(decided) == ["Register", "MakeKey"]
    assert verdicts(decided)["Streaming"] == ("False", "WaitingForKey")


def test_with_key_and_registration_configuration_and_pod_are_made(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = make_channel()
    observed = settled(channel, runtime, config_map=None, deployment=None, pods=())
    decided = plan(channel, observed, runtime, now)
    assert kinds(decided) == ["Apply ConfigMap", "Apply Deployment"]
    assert verdicts(decided)["Ready"] == ("False", "Starting")
    assert decided.next_check == SOON


def test_a_streaming_channel_needs_nothing(make_channel: Make, runtime: Runtime, now: datetime) -> None:
    channel = make_channel()
    view = RegistryView(registration(channel), (KID,), now, now - timedelta(hours=1))
    decided = plan(channel, settled(channel, runtime, registry=view), runtime, now)
    assert decided.actions == ()
    assert verdicts(decided) == {
        "KeysReady": ("True", "KeyRegistered"),
        "Registered": ("True", "Registered"),
        "Streaming": ("True", "Streaming"),
        "SourceHealthy": ("True", "SourcePlaying"),
        "Ready": ("True", "Ready"),
    }
    status = decided.status
    assert (status.observed_generation, status.key_id, status.restarts) == (3, KID, 2)
    assert (status.last_segment_time, status.stored_from) == (now, now - timedelta(hours=1))
    assert decided.next_check == RESYNC


def test_the_first_segments_time_is_looked_for_soon(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = make_channel()
    assert plan(channel, settled(channel, runtime), runtime, now).next_check == SOON


@pytest.mark.parametrize("missing", ["config_map", "deployment"])
def test_what_is_missing_is_made_again(
    missing: str, make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = make_channel()
    decided = plan(channel, settled(channel, runtime, **{missing: None}), runtime, now)
    assert [action.step.lower() for action in decided.actions] == [missing.replace("_", "")]


def test_what_was_edited_is_put_right(make_channel: Make, runtime: Runtime, now: datetime) -> None:
    channel = make_channel()
    edited = deployment(channel, runtime)
    edited["spec"]["template"]["spec"]["containers"][0]["image"] = "else"
    assert kinds(plan(channel, settled(channel, runtime, deployment=edited), runtime, now)) == [
        "Apply Deployment"
    ]


def test_without_the_api_a_lost_deployment_of_a_known_channel_is_made_again(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = make_channel()
    before = plan(channel, settled(channel, runtime), runtime, now).status
    known = channel.model_copy(update={"status": before})
    observed = settled(known, runtime, registry=AWAY, deployment=None, pods=(), confirmed_keys=frozenset())
    assert kinds(plan(known, observed, runtime, now)) == ["Apply Deployment"]


def test_without_the_api_a_new_generation_waits_and_the_pod_plays_on(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = make_channel()
    before = plan(channel, settled(channel, runtime), runtime, now).status
    changed = make_channel(spec={"frameRate": 50}, metadata={"generation": 4}).model_copy(
        update={"status": before}
    )
    decided = plan(changed, settled(channel, runtime, registry=AWAY), runtime, now)
    assert decided.actions == ()
    assert verdicts(decided)["Registered"] == ("False", "RegistryUnavailable")
    assert verdicts(decided)["Streaming"] == ("True", "Updating")
    assert decided.next_check == SOON


def test_what_only_the_api_knows_stays_while_it_is_away(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = make_channel(
        status={"lastSegmentTime": "2026-11-22T18:00:00Z", "storedFrom": "2026-11-22T17:00:00Z"}
    )
    status = plan(channel, settled(channel, runtime, registry=AWAY), runtime, now).status
    assert status.last_segment_time == channel.status.last_segment_time
    assert status.stored_from == channel.status.stored_from


def test_a_lost_key_does_not_touch_the_pod_that_has_it(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = make_channel(spec={"drm": {"keySecretRef": {"name": "gone"}}})
    decided = plan(channel, settled(channel, runtime, key_secret=None), runtime, now)
    assert decided.actions == ()
    assert verdicts(decided)["Streaming"] == ("True", "Streaming")
    assert verdicts(decided)["Ready"] == ("False", "SecretNotFound")


def test_stopped_means_no_deployment(make_channel: Make, runtime: Runtime, now: datetime) -> None:
    channel = make_channel(spec={"state": "Stopped"})
    decided = plan(channel, settled(channel, runtime), runtime, now)
    assert decided.actions == (Remove("Deployment", "simlive-news"),)
    assert verdicts(decided)["Streaming"] == ("False", "Stopped")
    gone = plan(channel, settled(channel, runtime, deployment=None, pods=()), runtime, now)
    assert gone.actions == ()
    assert verdicts(gone)["Ready"] == ("False", "Stopped")
    assert gone.next_check == RESYNC


def test_a_pod_of_a_former_template_does_not_count(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    former = deployment(make_channel(spec={"podTemplate": {"nodeSelector": {"disk": "hdd"}}}), runtime)
    channel = make_channel()
    decided = plan(channel, settled(channel, runtime, pods=(pod(former),)), runtime, now)
    assert verdicts(decided)["Streaming"] == ("False", "Starting")


def test_a_registration_that_differs_is_renewed(make_channel: Make, runtime: Runtime, now: datetime) -> None:
    channel = make_channel()
    view = RegistryView({**registration(channel), "number": 5}, (KID,))
    decided = plan(channel, settled(channel, runtime, registry=view), runtime, now)
    assert decided.actions == (Register(registration(channel)),)


def test_a_registration_says_durations_in_seconds_and_what_becomes_of_the_rest(make_channel: Make) -> None:
    assert registration(make_channel(spec={"retention": "90m", "segmentDuration": "6s"})) == {
        "display_name": "News 24", "number": 101, "state": "Running",
        "segment_seconds": 6, "retention_seconds": 5400, "drm_enabled": True,
        "uid": make_channel().metadata.uid, "reclaim_policy": "Delete",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("step", "condition", "reason"),
    [
        ("registration", "Registered", "RegistrationRefused"),
        ("key", "KeysReady", "KeyRefused"),
        ("Deployment", "Streaming", "ApplyRefused"),
        ("ConfigMap", "Streaming", "ApplyRefused"),
    ],
)
def test_a_refusal_is_told_and_not_repeated_at_once(
    step: str,
    condition: str,
    reason: str,
    make_channel: Make,
    held: Callable[..., KeySecret],
    runtime: Runtime,
    now: datetime,
) -> None:
    channel = make_channel()
    observed = Observed(
        RegistryView() if step == "registration" else RegistryView(registration(channel), ()),
        key_secret=None if step == "key" else held(), confirmed_keys=CONFIRMED,
        refused={step: "because of the quota"},
    )  # fmt: skip
    decided = plan(channel, observed, runtime, now)
    assert verdicts(decided)[condition] == ("False", reason)
    assert step not in [action.step for action in decided.actions]
    entry = next(entry for entry in decided.status.conditions if entry.type == condition)
    assert "because of the quota" in entry.message


def test_an_unencrypted_channel_needs_no_key(make_channel: Make, runtime: Runtime, now: datetime) -> None:
    channel = make_channel(spec={"drm": {"enabled": False}}, status={"keyId": KID})
    observed = Observed(RegistryView(registration(channel)))
    decided = plan(channel, observed, runtime, now)
    assert kinds(decided) == ["Apply ConfigMap", "Apply Deployment"]
    assert decided.status.key_id is None


def test_no_finalizer_is_held_and_that_of_an_operator_of_before_is_taken_off(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    decided = plan(make_channel(), Observed(RegistryView()), runtime, now)
    assert kinds(decided) == ["Register", "MakeKey"]
    of_before = make_channel(metadata={"finalizers": ["telstar.dev/channel"]})
    decided = plan(of_before, Observed(RegistryView()), runtime, now)
    assert kinds(decided) == ["DropFinalizer", "Register", "MakeKey"]


def test_an_older_api_that_keeps_no_uid_is_not_registered_with_for_ever(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = make_channel()
    known = {
        name: value for name, value in registration(channel).items() if name not in ("uid", "reclaim_policy")
    }
    decided = plan(channel, settled(channel, runtime, registry=RegistryView(known, (KID,))), runtime, now)
    assert decided.actions == ()
    of_before = {**known, "uid": None, "reclaim_policy": None}
    decided = plan(channel, settled(channel, runtime, registry=RegistryView(of_before, (KID,))), runtime, now)
    assert kinds(decided) == ["Register"]
