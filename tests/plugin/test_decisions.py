"""The smaller decisions: which namespace, which pod, the table's cells, keys, and what a refusal means."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telstar_kubectl import key_history, overview, switching
from telstar_kubectl.answers import channel_of, simlive_of, stored_of
from telstar_kubectl.facts import Answer, Live
from telstar_kubectl.gathering import chosen
from telstar_kubectl.namespace import Place, place
from telstar_kubectl.pods import last_words, pod_of, present
from telstar_kubectl.refusals import RefusedError, refusal

from .conftest import FORMER_KID, KID, NEXT_KID, NOW, POD

PLUGIN = Path(__file__).parents[2] / "plugin"
Json = dict[str, Any]


@pytest.fixture
def live(bodies: dict[str, Json]) -> Callable[[], Live]:
    """The channel as the bodies are then."""

    def made() -> Live:
        pod = pod_of(bodies["pod"]) if bodies["pod"] else None
        if pod is None:
            return Live(channel_of(bodies["channel"]), None)
        told, stored = Answer(simlive_of(bodies["status"])), Answer(stored_of(bodies["stored"]))
        return Live(channel_of(bodies["channel"]), pod, told, stored)

    return made


@pytest.mark.parametrize(
    ("asked", "context", "with_channels", "expected"),
    [
        ("staging", "prod", {"telstar"}, "staging"),
        (None, "prod", {"telstar"}, "prod"),
        (None, "default", {"telstar"}, "default"),
        (None, None, {"default", "telstar"}, "default"),
        (None, None, {"telstar"}, "telstar"),
        (None, None, set(), "default"),
    ],
)
def test_namespace(asked: str | None, context: str | None, with_channels: set[str], expected: str) -> None:
    found = place(asked, context, with_channels.__contains__)
    assert found.namespace == expected
    assert bool(found.remark) is (expected == "telstar"), "only what surprises is said"


def test_a_namespace_that_may_not_be_looked_into_has_no_channels() -> None:
    def has_channels(namespace: str) -> bool:
        if namespace == "default":
            raise RefusedError("forbidden", "no")
        return True

    assert place(None, None, has_channels).namespace == "telstar"


def test_a_cluster_that_cannot_be_reached_is_no_empty_namespace() -> None:
    def has_channels(namespace: str) -> bool:
        raise RefusedError("unreachable", "no")

    with pytest.raises(RefusedError, match="no"):
        place(None, None, has_channels)
    assert place("telstar", None, has_channels) == Place("telstar")


@pytest.mark.parametrize(
    ("stderr", "kind", "says"),
    [
        (
            'Error from server (Forbidden): pods "http:x:8080" is forbidden: User "ann" cannot get resource '
            '"pods/proxy" in API group "" in the namespace "telstar"',
            "forbidden",
            "ann may not get pods/proxy in namespace telstar: a Role that allows it needs the rule "
            '{apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"]}',
        ),
        (
            'Error from server (Forbidden): x is forbidden: User "ann" cannot list resource "channels" '
            'in API group "telstar.dev" at the cluster scope',
            "forbidden",
            "ann may not list channels in the whole cluster",
        ),
        ("Error from server (Forbidden): by an admission policy", "forbidden", "by an admission policy"),
        (
            "Error from server (ServiceUnavailable): error trying to reach service: dial tcp 10.0.0.1:8080: "
            "connect: connection refused",
            "pod-unreachable",
            "the API server cannot reach the pod: dial tcp 10.0.0.1:8080: connect: connection refused",
        ),
        (
            "Error from server (NotFound): the server could not find the requested resource",
            "no-such-path",
            "could not find",
        ),
        ('Error from server (NotFound): pods "x" not found', "not-found", 'pods "x" not found'),
        (
            'E1122 21:58:39.740910   15166 memcache.go:265] "Unhandled Error" err="x"\n'
            "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?",
            "unreachable",
            "the cluster cannot be reached: The connection to the server 127.0.0.1:1 was refused",
        ),
        ("Unable to connect to the server: dial tcp: lookup x: no such host", "unreachable", "no such host"),
        ('error: context "nope" does not exist', "unreachable", "get-contexts"),
        (
            "error: You must be logged in to the server (Unauthorized)",
            "unauthorized",
            "does not know who you are",
        ),
        ("Error from server (Conflict): too late", "refused", "too late"),
        ("", "refused", "without saying why"),
    ],
)
def test_refusals(stderr: str, kind: str, says: str) -> None:
    found = refusal(stderr)
    assert found.kind == kind
    assert says in str(found)
    assert "memcache" not in str(found)


def test_near_names_are_suggested(bodies: dict[str, Json]) -> None:
    channels = []
    for name in ("news", "cinema", "testcard"):
        bodies["channel"]["metadata"]["name"] = name
        channels.append(channel_of(bodies["channel"]))
    assert [found.name for found in chosen(channels, ["cinema", "news", "cinema"], "ns")] == [
        "cinema",
        "news",
    ]
    assert chosen(channels, [], "ns") == channels
    for wrong, says in (("nwes", "did you mean news?"), ("zzz", "it has cinema, news, testcard")):
        with pytest.raises(RefusedError, match=f"namespace ns has no channel {wrong!r}; .*") as refused:
            chosen(channels, [wrong], "ns")
        assert says in str(refused.value)
    with pytest.raises(RefusedError, match="none at all"):
        chosen([], ["news"], "ns")


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        (
            [("old", False, True), ("new", False, False)],
            "old",
        ),  # the former one plays on until the new one can
        ([("old", True, True), ("new", False, False)], "new"),
        ([("old", False, False), ("new", False, False)], "new"),
        ([("old", True, True)], None),
        ([], None),
    ],
)
def test_the_pod_that_counts(
    bodies: dict[str, Json], pods: list[tuple[str, bool, bool]], expected: str | None
) -> None:
    made = []
    for age, (name, leaving, ready) in enumerate(pods):
        body = {**bodies["pod"], "metadata": {"name": name, "creationTimestamp": f"2026-11-22T09:00:0{age}Z"}}
        if leaving:
            body["metadata"]["deletionTimestamp"] = "2026-11-22T10:00:00Z"
        conditions = [{"type": "Ready", "status": str(ready)}]
        made.append(pod_of({**body, "status": {**body["status"], "conditions": conditions}}))
    found = present(made)
    assert (found.name if found else None) == expected


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("", ""),
        ("Segmentation fault\n", "Segmentation fault"),
        ('{"event": "failed", "reason": "no room"}\n', "failed: no room"),
        ('{"event": "ffmpeg", "message": "bad"}', "ffmpeg: bad"),
        ('{"event": "stopped"}', "stopped"),
        ("[1]", "[1]"),
    ],
)
def test_last_words(message: str, words: str) -> None:
    assert last_words(message) == words


def test_a_row_of_the_table(live: Callable[[], Live]) -> None:
    assert overview.row(live(), NOW) == (
        "3", "news", "Running", "yes", "preferred", "3 s ago", "09:00:00Z", "48 min old, next in 12 min",
    )  # fmt: skip
    assert overview.troubles(live(), NOW) == []


def test_a_channel_without_a_pod(bodies: dict[str, Json], live: Callable[[], Live]) -> None:
    bodies["pod"] = {}
    assert overview.row(live(), NOW)[4:] == ("–", "40 s ago", "09:00:00Z", "every 1h")
    assert overview.troubles(live(), NOW) == ["it has no pod"]


def test_odd_sources_say_for_how_long(bodies: dict[str, Json], live: Callable[[], Live]) -> None:
    bodies["status"]["source"]["state"] = "backup-1"
    assert overview.row(live(), NOW)[4] == "backup-1 for 1 h"


@pytest.mark.parametrize(
    ("next_key", "period", "shown"),
    [
        (None, "1h", "48 min old, every 1h"),
        ("2026-11-22T17:59:00Z", "1h", "48 min old, next due 1 min ago"),
        (None, None, "48 min old"),
    ],
)
def test_a_key_s_age(
    bodies: dict[str, Json],
    live: Callable[[], Live],
    next_key: str | None,
    period: str | None,
    shown: str,
) -> None:
    bodies["status"]["next_key"] = {"kid": NEXT_KID, "from": next_key} if next_key else None
    bodies["channel"]["spec"]["drm"]["rotationPeriod"] = period
    assert overview.key(live(), NOW) == shown


def test_clear_channels_have_no_key(bodies: dict[str, Json], live: Callable[[], Live]) -> None:
    bodies["channel"]["spec"]["drm"] = {"enabled": False}
    assert overview.key(live(), NOW) == "in the clear"
    assert overview.as_json(live(), NOW)["key"] is None


def test_why_a_channel_is_not_well(
    bodies: dict[str, Json], fail_condition: Callable[[str, str, str], None], live: Callable[[], Live]
) -> None:
    fail_condition("SourceHealthy", "Slate", "no source plays")
    assert overview.troubles(live(), NOW) == ["SourceHealthy: no source plays"]
    bodies["channel"]["spec"]["state"] = "Stopped"
    fail_condition("SourceHealthy", "Stopped", "spec.state is Stopped")
    assert overview.troubles(live(), NOW) == []
    assert overview.ready(live().channel) == "–"


def test_what_the_operator_has_not_told_yet(bodies: dict[str, Json], live: Callable[[], Live]) -> None:
    later = NOW + timedelta(minutes=1)
    assert overview.troubles(live(), later) == ["no new segments; playing the feed srt://feed:9000"]
    bodies["status"]["volume"]["short"] = True
    assert overview.troubles(live(), NOW)[0].startswith("the volume is full")
    bodies["channel"]["metadata"]["generation"] = 9
    assert overview.troubles(live(), NOW) == ["the operator has not seen its last change; does it run?"]
    assert overview.ready(live().channel) == "no"


def test_what_the_status_tells_where_simlive_cannot_be_asked(live: Callable[[], Live]) -> None:
    silent = Live(live().channel, live().pod, Answer(problem="you may not"))
    assert overview.troubles(silent, NOW) == []
    assert overview.troubles(silent, NOW + timedelta(minutes=5)) == ["no new segments; see its log"]
    assert overview.unasked([silent, live(), silent]) == [
        "SimLive of news, news cannot be asked: you may not"
    ]


def test_deciding_runs_no_program() -> None:
    modules = "diagnosis, overview, key_history, switching, namespace, log_lines, refusals"
    look = f"import sys; from telstar_kubectl import {modules}; print('subprocess' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=PLUGIN, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False\n"


def test_json_has_times_in_utc(live: Callable[[], Live]) -> None:
    shown = overview.as_json(live(), NOW)
    assert shown["onAir"]["since"] == "2026-11-22T17:00:00Z"
    assert shown["key"] == {"kid": KID, "since": "2026-11-22T17:12:00Z"}
    assert shown["nextKey"] == {"kid": NEXT_KID, "from": "2026-11-22T18:12:00Z"}
    assert shown["problems"] == []


def test_keys_oldest_first(live: Callable[[], Live]) -> None:
    rows = key_history.history(live())
    assert [(row.kid, row.use) for row in rows] == [
        (FORMER_KID, "past"), (KID, "on the air"), (NEXT_KID, "announced"),
    ]  # fmt: skip
    assert key_history.cells(rows[0], NOW) == (FORMER_KID, "09:00:00Z", "17:12:00Z", "past")
    assert key_history.cells(rows[1], NOW)[1:3] == ("17:12:00Z", "–")


def test_a_key_s_beginning_may_lie_before_what_was_asked_for(
    bodies: dict[str, Json], live: Callable[[], Live]
) -> None:
    bodies["status"]["stored_from"] = "2026-11-20T09:00:00Z"
    assert key_history.cells(key_history.history(live())[0], NOW)[1] == "09:00:00Z or before"
    bodies["stored"]["from"] = bodies["stored"]["keys"][1]["from"]
    del bodies["stored"]["keys"][0]
    assert overview.key(live(), NOW) == "over 48 min old, next in 12 min"


def test_keys_without_a_pod_are_the_status_s(bodies: dict[str, Json], live: Callable[[], Live]) -> None:
    bodies["pod"] = {}
    bodies["channel"]["status"].update(nextKeyId=NEXT_KID, nextKeyFrom="2026-11-22T18:12:00Z")
    assert [row.use for row in key_history.history(live())] == ["on the air", "announced"]
    bodies["channel"]["spec"]["state"] = "Stopped"
    assert [row.use for row in key_history.history(live())] == ["in force", "announced"]


@pytest.mark.parametrize(
    ("state", "observed", "ready", "pods", "waits_for"),
    [
        ("Stopped", 1, "False", True, "the operator to see the change"),
        ("Stopped", 2, "False", True, f"pod {POD} to finish its segment and end"),
        ("Stopped", 2, "False", False, None),
        ("Running", 2, "False", True, "the channel to be Ready: Ready holds"),
        ("Running", 1, "True", True, "the operator to see the change"),
        ("Running", 2, "True", True, None),
    ],
)
def test_pausing_and_resuming(
    bodies: dict[str, Json], state: str, observed: int, ready: str, pods: bool, waits_for: str | None
) -> None:
    body = bodies["channel"]
    body["spec"]["state"], body["status"]["observedGeneration"] = state, observed
    body["status"]["conditions"][-1]["status"] = ready
    found = switching.progress(channel_of(body), [pod_of(bodies["pod"])] if pods else [])
    assert found.there is (waits_for is None)
    assert (waits_for or "") in found.waiting_for
