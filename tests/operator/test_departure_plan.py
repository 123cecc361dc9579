"""What becomes of what a Channel leaves, as tables."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from telstar_operator.manifests.deployment import deployment
from telstar_operator.manifests.pod import Runtime
from telstar_operator.manifests.purge_job import purge_job
from telstar_operator.plan.actions import Action, Apply, Deregister, DropFinalizer, Register, Remove
from telstar_operator.plan.channel import plan
from telstar_operator.plan.conditions import Verdict, no
from telstar_operator.plan.departure import (
    Departed,
    Remains,
    complaint,
    departed,
    epilogue,
    next_step,
    without_channel,
)
from telstar_operator.plan.facts import Observed, RegistryView
from telstar_operator.plan.registration import registration
from telstar_operator.resources import Channel

Make = Callable[..., Channel]
UID = "11111111-1111-1111-1111-111111111111"
AT = "2026-11-22T18:23:50Z"
REMOVE_JOB = Remove("Job", "purge-news")
REMOVE_DEPLOYMENT = Remove("Deployment", "simlive-news")
DELETE, RETAIN = Departed("news", UID, "Delete"), Departed("news", UID, "Retain")
UNKNOWN = Departed("news", None, None)
FOREIGN = Departed("news", UID, "Delete", own=False)
POD = {"metadata": {"name": "simlive-news-1"}}


def job(runtime: Runtime, ended: str | None = None, uid: str = UID, **metadata: str) -> dict[str, Any]:
    made = purge_job("news", uid, "telstar", runtime)
    made["metadata"] |= metadata
    if ended:
        made["status"] = {"conditions": [{"type": ended, "status": "True", "lastTransitionTime": AT}]}
    return made


def step(
    former: Departed, runtime: Runtime, now: datetime, **left: Any
) -> tuple[Verdict, tuple[Action, ...]]:
    verdict, actions = next_step(former, Remains(**left), runtime, "telstar", now)
    assert verdict.status == "False"
    return verdict, actions


@pytest.mark.parametrize("former", [DELETE, RETAIN, UNKNOWN, FOREIGN])
def test_first_the_pod_ends(former: Departed, make_channel: Make, runtime: Runtime, now: datetime) -> None:
    live = deployment(make_channel(), runtime)
    verdict, actions = step(former, runtime, now, deployment=live)
    assert (verdict.reason, actions) == ("Stopping", (REMOVE_DEPLOYMENT,))
    live["metadata"]["deletionTimestamp"] = AT
    assert step(former, runtime, now, deployment=live)[1] == ()
    assert step(former, runtime, now, pods=(POD,)) == (verdict, ())


def test_a_pod_that_does_not_end_is_named_two_minutes_after_its_grace_period(
    runtime: Runtime, now: datetime
) -> None:
    pod = {"metadata": {"name": "simlive-news-1", "deletionTimestamp": AT}}
    assert step(DELETE, runtime, now, pods=(pod,))[0].reason == "Stopping"
    verdict, actions = step(DELETE, runtime, now + timedelta(seconds=121), pods=(pod,))
    assert (verdict.reason, actions) == ("StopOverdue", ())
    assert "pod simlive-news-1" in verdict.message


def test_then_the_folder_is_emptied(runtime: Runtime, now: datetime) -> None:
    verdict, actions = step(DELETE, runtime, now)
    assert (verdict.reason, actions) == ("Purging", (Apply(job(runtime)),))
    assert step(DELETE, runtime, now, purge_job=job(runtime)) == (verdict, ())


def test_a_failed_purge_is_told_and_tried_again_after_a_minute(runtime: Runtime, now: datetime) -> None:
    failed = job(runtime, "Failed")
    verdict, actions = step(DELETE, runtime, now, purge_job=failed)
    assert (verdict.reason, actions) == ("PurgeFailed", ())
    assert "spec.reclaimPolicy Retain" in verdict.message
    assert step(DELETE, runtime, now + timedelta(seconds=60), purge_job=failed)[1] == (REMOVE_JOB,)


def test_a_former_channels_purge_says_nothing_of_this_one(runtime: Runtime, now: datetime) -> None:
    of_another = job(runtime, "Complete", uid="another")
    assert step(DELETE, runtime, now, purge_job=of_another)[1] == (REMOVE_JOB,)
    assert step(DELETE, runtime, now, purge_job=job(runtime, "Complete", deletionTimestamp=AT))[1] == ()


def test_then_the_api_forgets_the_channel_and_its_keys(runtime: Runtime, now: datetime) -> None:
    done = step(DELETE, runtime, now, purge_job=job(runtime, "Complete"))[1]
    assert done == (Deregister("delete"), REMOVE_JOB)


@pytest.mark.parametrize("former", [RETAIN, UNKNOWN])
def test_what_is_retained_or_not_known_is_never_purged(
    former: Departed, runtime: Runtime, now: datetime
) -> None:
    assert step(former, runtime, now)[1] == (Deregister("retain"),)
    assert step(former, runtime, now, purge_job=job(runtime))[1] == (Deregister("retain"), REMOVE_JOB)


@pytest.mark.parametrize("policy", ["Delete", "Retain", None])
@pytest.mark.parametrize("uid", [UID, None])
def test_what_a_former_installation_registered_is_kept(
    uid: str | None, policy: Literal["Delete", "Retain"] | None, runtime: Runtime, now: datetime
) -> None:
    former = Departed("news", uid, policy, own=False)
    verdict, actions = step(former, runtime, now)
    assert (verdict.reason, actions) == ("ChannelKept", ())
    assert complaint(former, verdict) == verdict.message
    assert "apply its Channel" in verdict.message
    assert step(former, runtime, now, purge_job=job(runtime)) == (verdict, (REMOVE_JOB,))
    assert step(former, runtime, now, purge_job=job(runtime, deletionTimestamp=AT)) == (verdict, ())
    refused = {"Job": "forbidden"}
    assert step(former, runtime, now, purge_job=job(runtime), refused=refused) == (verdict, ())


@pytest.mark.parametrize(
    ("refused", "left", "reason"),
    [
        ("Job", {}, "PurgeRefused"),
        ("Deployment", {"pods": (POD,)}, "StopRefused"),
        ("registration", {"purge_job": "Complete"}, "DeregistrationRefused"),
    ],
)
def test_what_is_refused_is_told(
    refused: str, left: dict[str, Any], reason: str, runtime: Runtime, now: datetime
) -> None:
    if "purge_job" in left:
        left = {"purge_job": job(runtime, left["purge_job"])}
    verdict, actions = step(DELETE, runtime, now, refused={refused: "exceeded quota"}, **left)
    assert (verdict.reason, actions) == (reason, ())
    assert "exceeded quota" in verdict.message


def registered(
    uid: str | None = UID, policy: str | None = "Delete", own: bool | None = True
) -> dict[str, Any]:
    return {"number": 101, "uid": uid, "reclaim_policy": policy, "own": own}


@pytest.mark.parametrize(
    ("known", "channel", "expected"),
    [
        # no Channel any more: as it was registered
        (None, None, None),
        (registered(), None, DELETE),
        (registered(policy="Retain"), None, RETAIN),
        (registered(None, None), None, UNKNOWN),
        # a Channel of that name: the same, another, one that takes over
        (registered(), {}, None),
        (registered("former"), {}, Departed("news", "former", "Delete")),
        (registered("former", "Retain"), {}, None),
        (registered("former"), {"reclaimPolicy": "Retain"}, None),
        (registered(None, None), {}, None),
        # of a former installation, or of nobody knows which: a Channel of that name adopts it
        (registered(own=False), None, FOREIGN),
        (registered(own=None), None, FOREIGN),
        (registered(own=False), {}, None),
        (registered("former", own=False), {}, None),
        (registered("former", own=None), {}, None),
    ],
)
def test_whose_registration_it_is(
    known: dict[str, Any] | None,
    channel: dict[str, Any] | None,
    expected: Departed | None,
    make_channel: Make,
) -> None:
    there = None if channel is None else make_channel(spec=channel)
    assert departed("news", known, there) == expected


@pytest.mark.parametrize("deleting", [False, True])
@pytest.mark.parametrize("uid", [UID, "former"])
def test_a_former_installations_registration_is_made_our_own(
    uid: str, deleting: bool, make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    """Also by a Channel on its way out: it was there, and what it leaves is then as it said."""
    channel = make_channel(metadata={"deletionTimestamp": AT} if deleting else {})
    wanted = registration(channel)
    observed = Observed(RegistryView({**wanted, "uid": uid, "own": False}, ("0" * 32,)))
    assert Register(wanted) in plan(channel, observed, runtime, now).actions
    settled = Observed(RegistryView({**wanted, "own": True}, ("0" * 32,)))
    assert Register(wanted) not in plan(channel, settled, runtime, now).actions


def test_what_the_channel_said_last_counts(make_channel: Make) -> None:
    nodes = {"podTemplate": {"nodeSelector": {"disk": "ssd"}}}
    seen = make_channel(spec={"reclaimPolicy": "Retain", **nodes})
    former = departed("news", registered(), None, seen)
    assert former == Departed("news", UID, "Retain", seen.spec.pod_template)
    assert departed("news", registered("another"), None, seen) == Departed("news", "another", "Delete")


def test_what_is_registered_is_compared_with_what_there_is() -> None:
    registered = {"gone": "1", "news": "2", "anew": "3", "of-before": None, "gone-of-before": None}
    channels = {"news": "2", "anew": "4", "of-before": "5", "new": "6"}
    assert without_channel(registered, channels) == {"gone", "anew", "gone-of-before"}


@pytest.mark.parametrize(
    ("former", "told"),
    [
        (DELETE, ("Normal", "ChannelPurged")),
        (RETAIN, ("Normal", "ChannelKept")),
        (UNKNOWN, ("Warning", "ChannelKept")),
    ],
)
def test_how_it_ended_is_told(former: Departed, told: tuple[str, str]) -> None:
    assert epilogue(former)[:2] == told


def test_a_channel_made_anew_waits_for_its_predecessors_purge_and_makes_no_key(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    awaits = no("Purging", "waiting for the stored segments to be deleted")
    decided = plan(make_channel(), Observed(RegistryView(), predecessor=awaits), runtime, now)
    assert decided.actions == ()
    told = {entry.type: (entry.status, entry.reason) for entry in decided.status.conditions}
    assert told["Ready"] == told["Registered"] == told["KeysReady"] == ("False", "PurgingPredecessor")
    assert "stored segments to be deleted" in decided.status.conditions[0].message


def test_a_living_channel_loses_what_is_left_of_before(
    make_channel: Make, runtime: Runtime, now: datetime
) -> None:
    channel = make_channel(metadata={"finalizers": ["telstar.dev/channel"]})
    observed = Observed(RegistryView(), purge_job=job(runtime))
    assert plan(channel, observed, runtime, now).actions[:2] == (DropFinalizer(), REMOVE_JOB)
