"""A Channel whose deletion was asked for, and that something still holds."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telstar_operator.manifests.deployment import deployment
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.actions import DropFinalizer, Plan, Register, Remove
from telstar_operator.plan.channel import plan
from telstar_operator.plan.facts import Observed, RegistryAway, RegistryView
from telstar_operator.plan.registration import registration
from telstar_operator.resources import Channel

ASKED = "2026-11-22T18:23:50Z"
Make = Callable[..., Channel]


def deleted(make: Make, policy: str = "Delete", **metadata: Any) -> Channel:
    conditions = [
        {
            "type": kind, "status": "True", "reason": "Was", "message": "before", "observedGeneration": 3,
            "lastTransitionTime": "2026-11-22T18:00:00Z",
        }
        for kind in ("KeysReady", "Registered", "Streaming", "Ready")
    ]  # fmt: skip
    return make(
        spec={"reclaimPolicy": policy},
        metadata={"deletionTimestamp": ASKED, **metadata},
        status={"conditions": conditions},
    )


def registered(channel: Channel, **changes: Any) -> RegistryView:
    return RegistryView({**registration(channel), **changes})


def ready(decided: Plan) -> tuple[str, str]:
    entry = next(entry for entry in decided.status.conditions if entry.type == "Ready")
    assert entry.status == "False"
    return entry.reason, entry.message


def test_the_pod_ends_and_nothing_is_purged_while_the_channel_is_there(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = deleted(make_channel, finalizers=["example.com/other"])
    live = deployment(channel, runtime)
    decided = plan(channel, Observed(registered(channel), deployment=live), runtime, now)
    assert decided.actions == (Remove("Deployment", "simlive-news"),)
    reason, message = ready(decided)
    assert reason == "Deleting"
    assert "example.com/other" in message
    live["metadata"]["deletionTimestamp"] = ASKED
    assert plan(channel, Observed(registered(channel), deployment=live), runtime, now).actions == ()
    assert plan(channel, Observed(registered(channel)), runtime, now).actions == ()


def test_what_it_says_last_of_segments_and_keys_is_registered(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = deleted(make_channel, "Retain", finalizers=["example.com/other"])
    view = registered(channel, reclaim_policy="Delete")
    assert plan(channel, Observed(view), runtime, now).actions == (Register(registration(channel)),)


def test_a_channel_of_before_is_registered_with_its_uid_and_loses_its_finalizer(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = deleted(make_channel, finalizers=["telstar.dev/channel"])
    view = registered(channel, uid=None, reclaim_policy=None)
    decided = plan(channel, Observed(view), runtime, now)
    assert decided.actions == (Register(registration(channel)), DropFinalizer())


def test_nothing_keeps_the_former_finalizer_on_not_even_an_api_that_is_away(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = deleted(make_channel, finalizers=["telstar.dev/channel"])
    for observed in (
        Observed(RegistryAway("no route")),
        Observed(RegistryView()),
        Observed(registered(channel, uid=None), refused={"registration": "no"}),
    ):
        assert plan(channel, observed, runtime, now).actions == (DropFinalizer(),)


def test_anothers_registration_is_not_touched(make_channel: Make, runtime: Runtime, now: datetime) -> None:
    channel = deleted(make_channel, finalizers=["example.com/other"])
    decided = plan(channel, Observed(registered(channel, uid="former")), runtime, now)
    assert decided.actions == ()


def test_other_conditions_stay_as_they_were(make_channel: Make, runtime: Runtime, now: datetime) -> None:
    decided = plan(deleted(make_channel), Observed(RegistryView()), runtime, now)
    kept = {entry.type: (entry.status, entry.reason) for entry in decided.status.conditions}
    assert kept["KeysReady"] == kept["Registered"] == ("True", "Was")
