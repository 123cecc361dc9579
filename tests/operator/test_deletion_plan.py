"""Deletion, step by step."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from telstar_operator.manifests.deployment import deployment
from telstar_operator.manifests.pod import Runtime
from telstar_operator.manifests.purge_job import purge_job
from telstar_operator.plan.actions import Apply, Deregister, DropFinalizer, Plan, Remove
from telstar_operator.plan.channel import plan
from telstar_operator.plan.facts import Observed, RegistryAway, RegistryView
from telstar_operator.resources import Channel

ASKED = "2026-11-22T18:23:50Z"
REMOVE_JOB = Remove("Job", "purge-news")
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


def job(channel: Channel, runtime: Runtime, ended: str | None = None, at: str = ASKED) -> dict[str, Any]:
    made = purge_job(channel, runtime)
    if ended:
        made["status"] = {"conditions": [{"type": ended, "status": "True", "lastTransitionTime": at}]}
    return made


def ready(decided: Plan) -> tuple[str, str]:
    entry = next(entry for entry in decided.status.conditions if entry.type == "Ready")
    assert entry.status == "False"
    return entry.reason, entry.message


def test_first_the_pod_ends(make_channel: Make, runtime: Runtime, now: datetime) -> None:
    channel = deleted(make_channel)
    live = deployment(channel, runtime)
    decided = plan(channel, Observed(RegistryView(), deployment=live), runtime, now)
    assert decided.actions == (Remove("Deployment", "simlive-news"),)
    assert ready(decided)[0] == "Deleting"
    live["metadata"]["deletionTimestamp"] = ASKED
    assert plan(channel, Observed(RegistryView(), deployment=live), runtime, now).actions == ()


def test_a_pod_that_does_not_end_is_named_after_two_minutes(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    pods = ({"metadata": {"name": "simlive-news-1"}},)
    decided = plan(
        deleted(make_channel), Observed(RegistryView(), pods=pods), runtime, now + timedelta(seconds=121)
    )
    reason, message = ready(decided)
    assert reason == "StopOverdue"
    assert "pod simlive-news-1" in message
    assert decided.actions == ()


def test_then_the_folder_is_emptied(make_channel: Make, runtime: Runtime, now: datetime) -> None:
    channel = deleted(make_channel)
    decided = plan(channel, Observed(RegistryView()), runtime, now)
    assert decided.actions == (Apply(purge_job(channel, runtime)),)
    assert ready(decided)[0] == "Purging"
    running = plan(channel, Observed(RegistryView(), purge_job=job(channel, runtime)), runtime, now)
    assert running.actions == ()


def test_a_failed_purge_is_told_and_tried_again_after_a_minute(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = deleted(make_channel)
    observed = Observed(RegistryView(), purge_job=job(channel, runtime, "Failed"))
    decided = plan(channel, observed, runtime, now)
    assert decided.actions == ()
    assert ready(decided)[0] == "PurgeFailed"
    assert "set spec.reclaimPolicy to Retain" in ready(decided)[1]
    assert plan(channel, observed, runtime, now + timedelta(seconds=60)).actions == (REMOVE_JOB,)


def test_a_former_channels_purge_says_nothing_of_this_one(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    former = job(make_channel(metadata={"uid": "former"}), runtime, "Complete")
    decided = plan(deleted(make_channel), Observed(RegistryView(), purge_job=former), runtime, now)
    assert decided.actions == (REMOVE_JOB,)


def test_then_the_api_forgets_the_channel_and_its_keys_and_the_channel_goes(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = deleted(make_channel)
    observed = Observed(RegistryView(), purge_job=job(channel, runtime, "Complete"))
    decided = plan(channel, observed, runtime, now)
    assert decided.actions == (Deregister("delete"), REMOVE_JOB, DropFinalizer())


def test_retain_purges_nothing_and_keeps_the_keys(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    decided = plan(deleted(make_channel, "Retain"), Observed(RegistryView()), runtime, now)
    assert decided.actions == (Deregister("retain"), DropFinalizer())


@pytest.mark.parametrize("policy", ["Delete", "Retain"])
def test_without_the_api_the_channel_waits(
    policy: str, make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = deleted(make_channel, policy)
    observed = Observed(RegistryAway("no route"), purge_job=job(channel, runtime, "Complete"))
    decided = plan(channel, observed, runtime, now)
    assert decided.actions == ()
    reason, message = ready(decided)
    assert reason == "RegistryUnavailable"
    assert "no route" in message


def test_a_refused_purge_is_told(make_channel: Make, runtime: Runtime, now: datetime) -> None:
    decided = plan(
        deleted(make_channel), Observed(RegistryView(), refused={"Job": "exceeded quota"}), runtime, now
    )
    assert decided.actions == ()
    assert ready(decided) == (
        "PurgeRefused",
        "Streaming: the API server refused the purge Job: exceeded quota",
    )


def test_when_the_whole_namespace_goes_the_channel_does_not_hold_it_up(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    refused = {"Job": "unable to create new content in namespace tv because it is being terminated"}
    channel = deleted(make_channel)
    gone = plan(channel, Observed(RegistryAway("no route"), refused=refused), runtime, now)
    assert gone.actions == (DropFinalizer(),)
    there = plan(channel, Observed(RegistryView(), refused=refused), runtime, now)
    assert there.actions == (Deregister("delete"), DropFinalizer())


def test_without_our_finalizer_there_is_nothing_to_do(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = deleted(make_channel, finalizers=["someone.else/holds"])
    decided = plan(channel, Observed(RegistryView()), runtime, now)
    assert decided.actions == ()
    assert decided.status == channel.status


def test_other_conditions_stay_as_they_were(make_channel: Make, runtime: Runtime, now: datetime) -> None:
    decided = plan(deleted(make_channel), Observed(RegistryView()), runtime, now)
    kept = {entry.type: (entry.status, entry.reason) for entry in decided.status.conditions}
    assert kept["KeysReady"] == kept["Registered"] == ("True", "Was")
