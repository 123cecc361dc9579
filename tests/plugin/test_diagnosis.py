"""Facts → findings → verdict: what `kubectl telstar diagnose` says, for each way a channel can be unwell."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from telstar_kubectl.answers import channel_of, simlive_of, stored_of
from telstar_kubectl.complaints import complaints_about
from telstar_kubectl.diagnosis import Verdict, diagnose
from telstar_kubectl.facts import Answer, Facts, Live
from telstar_kubectl.findings import Finding, Mark
from telstar_kubectl.pods import pod_of, present

from .conftest import KID, NEXT_KID, NOW, POD

Json = dict[str, Any]
REVISION = "00112233aabbccdd"
GONE: Answer[Any] = Answer(problem="not found", missing=True)
Judge = Callable[..., tuple[dict[str, Finding], Verdict]]


@pytest.fixture
def judge(bodies: dict[str, Json]) -> Judge:
    """Diagnoses the bodies as they are then; keywords replace single facts."""

    def judged(**changes: Any) -> tuple[dict[str, Finding], Verdict]:
        pods = (pod_of(bodies["pod"]),) if bodies["pod"] else ()
        present_pod, channel = present(pods), channel_of(bodies["channel"])
        live = Live(channel, None)
        if present_pod:
            live = Live(
                channel,
                present_pod,
                Answer(simlive_of(bodies["status"])),
                Answer(stored_of(bodies["stored"])),
            )
        facts: dict[str, Any] = {
            "live": live,
            "namespace": "telstar",
            "now": NOW,
            "hours": 24,
            "pods": Answer(pods),
            "deployment": Answer({"status": {}}),
            "wished_revision": Answer(REVISION),
            "complaints": Answer(()),
        }
        findings, verdict = diagnose(Facts(**{**facts, **changes}))
        return {finding.area: finding for finding in findings}, verdict

    return judged


def test_a_channel_that_is_well(judge: Judge) -> None:
    found, verdict = judge()
    assert verdict.well
    assert verdict.sentence == "news is well (1 gap in the last 24 hours). Nothing to do."
    assert not [area for area, finding in found.items() if finding.mark is Mark.WRONG]
    assert list(found) == [
        "Channel", "Conditions", "Deployment", "Pod", "SimLive", "Source", "Clock", "Volume", "Segments",
        "Key", "Coverage", "Warnings",
    ]  # fmt: skip
    assert found["Pod"].headline == f"{POD} on node-1, Running, ready, 0 restarts"
    assert found["SimLive"].headline == "run 7, encodes, waiting for the next slot"
    assert found["Segments"].headline == "the newest ended 3 s ago; stored since 09:00:00Z (9 h)"
    assert found["Key"].headline == f"{KID} on the air since 17:12:00Z; next {NEXT_KID} in 12 min"
    assert found["Volume"].headline == "6 GiB of 8 GiB free"
    assert found["Coverage"].mark is Mark.NEITHER
    assert found["Coverage"].headline == (
        "99.98 % of 8 h 59 min since 09:00:00Z; 8098 slots, 12 GiB; 1 gap, 8 s together"
    )
    assert found["Coverage"].facts == ("12:00:00Z to 12:00:08Z (8 s)",)


def status(**changes: Any) -> Callable[[dict[str, Json]], None]:
    return lambda bodies: bodies["status"].update(changes)


def source(**changes: Any) -> Callable[[dict[str, Json]], None]:
    return lambda bodies: bodies["status"]["source"].update(changes)


def volume(**changes: Any) -> Callable[[dict[str, Json]], None]:
    return lambda bodies: bodies["status"]["volume"].update(changes)


def container(**changes: Any) -> Callable[[dict[str, Json]], None]:
    def change(bodies: dict[str, Json]) -> None:
        bodies["pod"]["status"]["conditions"][1]["status"] = "False"
        bodies["pod"]["status"]["containerStatuses"][0].update({"restartCount": 4, "state": {}, **changes})

    return change


def unscheduled(bodies: dict[str, Json]) -> None:
    bodies["pod"]["status"] = {
        "phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False", "message": "0/2 nodes are available"}],
    }


CRASH = {
    "exitCode": 2,
    "reason": "Error",
    "finishedAt": "2026-11-22T17:59:00Z",
    "message": '{"event": "started"}\n{"event": "cannot start", "reason": "no such font"}\n',
}


@pytest.mark.parametrize(
    ("change", "area", "says", "advises"),
    [
        (
            lambda bodies: bodies["channel"]["metadata"].update(generation=5),
            "Channel",
            "generation 5",
            "operator",
        ),
        (lambda bodies: bodies["channel"].pop("status"), "Channel", "has not seen it yet", "operator"),
        (lambda bodies: bodies.update(pod=None), "Pod", "there is none", "describe deployment simlive-news"),
        (unscheduled, "Pod", "no node takes it: 0/2 nodes are available", "describe pod"),
        (
            container(
                state={"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}, restartCount=0
            ),
            "Pod",
            "its container waits: ImagePullBackOff: no such image",
            "describe pod",
        ),
        (
            container(state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState={"terminated": CRASH}),
            "Pod",
            "4 restarts; its container waits: CrashLoopBackOff",
            "logs news --previous",
        ),
        (container(state={"terminated": CRASH}), "Pod", "its container has ended", "logs news --previous"),
        (container(state={"running": {}}), "Pod", "it publishes no segments", "logs news --since 10m"),
        (status(revision="f" * 16), "SimLive", f"{REVISION} is wished", "wait a minute"),
        (
            source(state="slate", message="No signal"),
            "Source",
            "slate since 17:00:00Z (1 h): No signal",
            "source",
        ),
        (source(state="backup-2"), "Source", "backup-2 since 17:00:00Z (1 h)", "preferred source"),
        (source(state="ended"), "Source", "ended", "loop"),
        (status(clock={"ahead_seconds": 90.0, "steps": 1}), "Clock", "1 min 30 s ahead", "NTP"),
        (volume(short=True, evicted=3), "Volume", "the oldest segments are given up", "larger"),
        (volume(late_seconds=33.0), "Volume", "the newest slot waits 33 s to be stored", "too slow"),
        (status(last_segment_time="2026-11-22T17:59:45Z"), "Segments", "15 s ago", "logs news"),
        (status(next_key={"kid": NEXT_KID, "from": "2026-11-22T17:59:00Z"}), "Key", "overdue", "logs news"),
    ],
)
def test_what_is_wrong_comes_first_in_the_verdict(
    bodies: dict[str, Json],
    judge: Judge,
    change: Callable[[dict[str, Json]], None],
    area: str,
    says: str,
    advises: str,
) -> None:
    change(bodies)
    found, verdict = judge()
    assert found[area].mark is Mark.WRONG
    assert says in found[area].headline
    assert advises in found[area].advice
    assert not verdict.well
    assert verdict.sentence.startswith(f"news is not well. {area}: ")
    assert f"Next: {found[area].advice}." in verdict.sentence


@pytest.mark.parametrize(
    ("kind", "reason", "advises"),
    [
        ("KeysReady", "SecretNotFound", "make the Secret"),
        ("KeysReady", "RegistryUnavailable", "-l app.kubernetes.io/component=api"),
        ("Streaming", "CrashLooping", "kubectl telstar logs news --previous"),
        ("Streaming", "SomethingNew", ""),
        ("SourceHealthy", "Slate", ""),
    ],
)
def test_a_failing_condition_is_the_verdict_in_its_own_words(
    fail_condition: Callable[[str, str, str], None], judge: Judge, kind: str, reason: str, advises: str
) -> None:
    fail_condition(kind, reason, "do this")
    found, verdict = judge()
    assert found[kind].mark is Mark.WRONG
    assert f"False for 8 h 59 min, {reason}: do this" in found[kind].headline
    assert advises in found[kind].advice
    assert bool(advises) == ("Next:" in verdict.sentence)
    assert not verdict.well
    assert kind not in found["Conditions"].headline
    assert verdict.sentence.startswith(f"news is not well. {kind}: do this.")


def test_a_channel_on_its_way_is_waited_for(
    bodies: dict[str, Json], fail_condition: Callable[[str, str, str], None], judge: Judge
) -> None:
    fail_condition("Streaming", "Starting", "the pod is being started")
    for condition in bodies["channel"]["status"]["conditions"]:
        condition["lastTransitionTime"] = (NOW - timedelta(seconds=20)).isoformat()
    _, verdict = judge()
    assert "Next: wait: it is on its way" in verdict.sentence


def test_the_others_that_are_wrong_are_named(bodies: dict[str, Json], judge: Judge) -> None:
    source(state="slate")(bodies)
    volume(short=True)(bodies)
    _, verdict = judge()
    assert verdict.sentence.endswith("Also wrong: Volume.")


def test_one_cause_is_not_told_twice(
    bodies: dict[str, Json], fail_condition: Callable[[str, str, str], None], judge: Judge
) -> None:
    fail_condition("Streaming", "Unschedulable", "no node takes the pod")
    unscheduled(bodies)
    found, verdict = judge()
    assert found["Pod"].mark is Mark.WRONG
    assert "Also wrong" not in verdict.sentence


def test_how_a_container_ended_is_told_in_its_last_words(bodies: dict[str, Json], judge: Judge) -> None:
    bodies["pod"]["status"]["containerStatuses"][0]["lastState"] = {"terminated": CRASH}
    found, verdict = judge()
    assert found["Pod"].facts == (
        "ended 1 min ago with exit code 2 (Error); its last words: cannot start: no such font",
    )
    assert verdict.well, "an end that is over is no fault of now"


def test_what_is_stopped_on_purpose_is_well(
    bodies: dict[str, Json], fail_condition: Callable[[str, str, str], None], judge: Judge
) -> None:
    bodies["channel"]["spec"]["state"] = "Stopped"
    bodies["pod"] = {}
    fail_condition("Streaming", "Stopped", "spec.state is Stopped")
    found, verdict = judge(deployment=GONE)
    assert verdict.well
    assert verdict.sentence == "news is stopped, as its spec says. Next: kubectl telstar resume news."
    assert found["Pod"].headline == "none, as it should be"


def test_what_may_not_be_asked_is_not_known_and_named(judge: Judge, bodies: dict[str, Json]) -> None:
    channel, refused = channel_of(bodies["channel"]), Answer[Any](problem="you may not get pods/proxy")
    live = Live(channel, pod_of(bodies["pod"]), refused, refused)
    found, verdict = judge(live=live, complaints=refused, deployment=refused)
    for area in ("Deployment", "SimLive", "Source", "Coverage", "Warnings"):
        assert found[area].headline == "not known: you may not get pods/proxy"
    assert "by the Channel's status" in found["Key"].headline
    assert found["Segments"].headline.endswith(
        "the newest ended 40 s ago; stored since 09:00:00Z (9 h), by the Channel's status"
    )
    assert found["Segments"].mark is Mark.NEITHER
    assert verdict.well
    assert "not known: Deployment, SimLive, Source, Clock, Volume, Coverage, Warnings" in verdict.sentence


def test_an_old_status_is_wrong_though_simlive_cannot_be_asked(judge: Judge, bodies: dict[str, Json]) -> None:
    bodies["channel"]["status"]["lastSegmentTime"] = "2026-11-22T17:55:00Z"
    live = Live(channel_of(bodies["channel"]), pod_of(bodies["pod"]))
    found, verdict = judge(live=live)
    assert found["Segments"].mark is Mark.WRONG
    assert not verdict.well


@pytest.mark.parametrize(
    ("change", "headline", "facts"),
    [
        (
            source(faults={"b.mp4": "404 Not Found"}),
            "preferred since 17:00:00Z (1 h): playing the feed srt://feed:9000; 1 source cannot be played",
            ("b.mp4: 404 Not Found",),
        ),
        (source(state="slate", since=None, message="not opened yet"), "not opened yet", ()),
    ],
)
def test_what_is_no_fault_of_the_source(
    bodies: dict[str, Json],
    judge: Judge,
    change: Callable[[dict[str, Json]], None],
    headline: str,
    facts: tuple[str, ...],
) -> None:
    change(bodies)
    found, verdict = judge()
    assert (found["Source"].headline, found["Source"].facts) == (headline, facts)
    assert found["Source"].mark is Mark.NEITHER
    assert verdict.well


def test_conditions_that_hold_may_have_something_to_say(bodies: dict[str, Json], judge: Judge) -> None:
    condition = bodies["channel"]["status"]["conditions"][0]
    condition.update(reason="RotationDelayed", message="the API is away")
    found, verdict = judge()
    assert found["Conditions"].facts == ("KeysReady, RotationDelayed: the API is away",)
    assert verdict.well


def test_passwords_in_addresses_are_not_shown(bodies: dict[str, Json], judge: Judge) -> None:
    bodies["status"]["source"]["message"] = "playing srt://ann:5ecret@feed:9000?passphrase=5ecret, well"
    bodies["status"]["source"]["faults"] = {"rtmp://feed/live?key=5ecret": "no answer of http://a:5ecret@b/"}
    bodies["status"]["log"] = ["[error] Error opening srt://feed:9000?passphrase=5ecret: refused"]
    found, verdict = judge()
    shown = "\n".join([verdict.sentence, *(str(finding) for finding in found.values())])
    assert "srt://feed:9000, well" in shown
    assert "5ecret" not in shown


def test_an_older_simlive_is_no_fault(bodies: dict[str, Json], judge: Judge) -> None:
    told = bodies["status"]
    bodies["status"] = {
        name: told[name] for name in ("channel", "run", "last_segment_time", "waiting_for", "log")
    }
    bodies["status"]["source"] = {"state": "ready", "message": "playing", "faults": {}}
    found, verdict = judge(wished_revision=GONE)
    assert verdict.well
    assert found["Clock"].headline == found["Volume"].headline == "not told"
    assert found["Source"].mark is Mark.WELL


def test_refused_pods_are_told_by_the_deployment(bodies: dict[str, Json], judge: Judge) -> None:
    bodies["pod"] = {}
    condition = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: tight"}
    found, verdict = judge(deployment=Answer({"status": {"conditions": [condition]}}))
    assert "exceeded quota: tight" in verdict.sentence
    assert found["Deployment"].mark is Mark.WRONG


def test_events_tell_of_the_past(judge: Judge) -> None:
    events = [
        {
            "type": "Warning",
            "reason": "Unhealthy",
            "message": "probe\nfailed",
            "count": 22,
            "lastTimestamp": f"2026-11-22T17:{minute:02}:00Z",
            "involvedObject": {"kind": "Pod", "name": POD},
        }
        for minute in range(10)
    ]
    complaints = complaints_about("news", events, NOW - timedelta(hours=24))
    found, verdict = judge(complaints=Answer(complaints))
    assert verdict.well
    assert found["Warnings"].headline == "10 Warning events in the last 24 hours"
    assert found["Warnings"].facts[0] == f"51 min ago: Pod {POD}: Unhealthy (×22): probe failed"
    assert found["Warnings"].facts[-1] == "… and 2 older"


@pytest.mark.parametrize(
    ("kind", "name", "concerned"),
    [
        ("Channel", "news", True),
        ("Channel", "news-2", False),
        ("Deployment", "simlive-news", True),
        ("ReplicaSet", "simlive-news-7bd877788f", True),
        ("Pod", POD, True),
        ("Pod", "simlive-news-2-7bd877788f-mvfnl", False),
        ("Job", "purge-news", True),
        ("Pod", "purge-news-x7x2m", True),
        ("Pod", "telstar-api-78598864fb-qwh68", False),
    ],
)
def test_whose_events_are_shown(kind: str, name: str, concerned: bool) -> None:
    event = {
        "reason": "X",
        "involvedObject": {"kind": kind, "name": name},
        "eventTime": "2026-11-22T17:00:00Z",
    }
    assert bool(complaints_about("news", [event], NOW - timedelta(hours=24))) is concerned
    assert complaints_about("news", [event], NOW) == ()
