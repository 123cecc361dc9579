"""One test and more for each builder."""

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from telstar_operator.manifests.channel_status import channel_status
from telstar_operator.manifests.config_map import Programme, config_map, programmes_json, revision
from telstar_operator.manifests.deployment import POD_HASH, deployment
from telstar_operator.manifests.event import event, the_channel, the_operator
from telstar_operator.manifests.key_secret import key_secret
from telstar_operator.manifests.pod import Runtime
from telstar_operator.manifests.purge_job import purge_job
from telstar_operator.resources import Channel, ChannelStatus

KID = "a" * 32
Make = Callable[..., Channel]
LABELS = {
    "app.kubernetes.io/name": "simlive",
    "app.kubernetes.io/instance": "news",
    "app.kubernetes.io/part-of": "telstar",
    "app.kubernetes.io/managed-by": "telstar-operator",
    "telstar.dev/channel": "news",
}


def assert_restricted(pod: dict[str, Any]) -> None:
    """The restricted pod security standard, and a read-only root file system."""
    assert pod["automountServiceAccountToken"] is False
    security = pod["securityContext"]
    assert (security["runAsNonRoot"], security["runAsUser"]) == (True, 10001)
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert {"name": "tmp", "emptyDir": {}} in pod["volumes"]


def test_everything_belongs_to_the_channel(make_channel: Make, runtime: Runtime) -> None:
    channel = make_channel()
    for made in (config_map(channel), key_secret(channel, {"kid": KID}), deployment(channel, runtime)):
        assert made["metadata"]["labels"] == LABELS
        (owner,) = made["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["name"], owner["uid"]) == ("Channel", "news", channel.metadata.uid)
        assert owner["controller"] is owner["blockOwnerDeletion"] is True


def test_the_config_map_tells_the_whole_spec_with_defaults(make_channel: Make) -> None:
    made = config_map(make_channel(spec={"displayName": "Nachrichten für Österreich"}))
    assert made["metadata"]["name"] == "simlive-news"
    told = json.loads(made["data"]["channel.json"])
    assert told["name"] == "news"
    assert told["spec"] == {
        "displayName": "Nachrichten für Österreich",
        "number": 101,
        "state": "Running",
        "source": {"testPattern": {"pattern": "smptehdbars", "toneHz": 440}},
        "renditions": [
            {"name": "720p", "width": 1280, "height": 720, "videoBitrate": "2500k"},
            {"name": "360p", "width": 640, "height": 360, "videoBitrate": "600k"},
        ],
        "frameRate": 25,
        "audioBitrate": "128k",
        "audioOnly": False,
        "overlay": {"clock": True, "name": True, "programme": False},
        "segmentDuration": "4s",
        "retention": "168h",
        "drm": {"enabled": True},
        "reclaimPolicy": "Delete",
    }


def test_the_key_secret_holds_hexadecimal_text(make_channel: Make) -> None:
    made = key_secret(make_channel(), {"kid": KID, "key": "b" * 32})
    assert made["metadata"]["name"] == "simlive-news-key"
    assert "annotations" not in made["metadata"]
    assert {name: base64.b64decode(value).decode() for name, value in made["data"].items()} == {
        "kid": KID,
        "key": "b" * 32,
    }


def test_the_deployment_runs_one_restricted_pod_at_a_time(make_channel: Make, runtime: Runtime) -> None:
    made = deployment(make_channel(), runtime)
    spec, template = made["spec"], made["spec"]["template"]
    assert (spec["replicas"], spec["revisionHistoryLimit"]) == (1, 2)
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1},
    }
    assert spec["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert template["metadata"]["labels"] == LABELS
    assert_restricted(template["spec"])
    assert template["spec"]["imagePullSecrets"] == [{"name": "pull"}]
    assert template["spec"]["terminationGracePeriodSeconds"] == 34


def test_the_container_sees_its_channel_its_key_and_only_its_folder(
    make_channel: Make, runtime: Runtime
) -> None:
    pod = deployment(make_channel(), runtime)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == "telstar/simlive:test"
    assert {entry["name"]: entry["value"] for entry in container["env"]} == {
        "TELSTAR_SIMLIVE_CHANNEL_FILE": "/etc/telstar/channel/channel.json",
        "TELSTAR_SIMLIVE_KEY_DIRECTORY": "/etc/telstar/key",
        "TELSTAR_SIMLIVE_SEGMENTS_PATH": "/segments",
        "TELSTAR_SIMLIVE_SPOOL_PATH": "/spool",
        "TELSTAR_SIMLIVE_HTTP_PORT": "8080",
    }
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    assert mounts["/segments"] == {"name": "segments", "mountPath": "/segments", "subPath": "news"}
    assert mounts.keys() == {"/segments", "/spool", "/tmp", "/etc/telstar/channel", "/etc/telstar/key"}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["segments"]["persistentVolumeClaim"] == {"claimName": "telstar-segments"}
    assert volumes["channel"]["configMap"] == {"name": "simlive-news"}
    key = {"secretName": "simlive-news-key", "defaultMode": 0o440, "optional": True}
    assert volumes["key"]["secret"] == key
    assert volumes["spool"]["emptyDir"] == {"sizeLimit": "2Gi"}
    assert container["resources"] == {"requests": {"cpu": "100m", "memory": "192Mi"}}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert container["readinessProbe"]["periodSeconds"] == 1
    assert container["livenessProbe"]["httpGet"] == container["startupProbe"]["httpGet"]


def test_a_key_of_ones_own_is_mounted(make_channel: Make, runtime: Runtime) -> None:
    made = deployment(make_channel(spec={"drm": {"keySecretRef": {"name": "my-keys"}}}), runtime)
    volumes = made["spec"]["template"]["spec"]["volumes"]
    assert [volume["secret"]["secretName"] for volume in volumes if "secret" in volume] == ["my-keys"]


def test_the_pod_template_is_passed_on(make_channel: Make, runtime: Runtime) -> None:
    template = {
        "resources": {"limits": {"cpu": "2"}},
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "tv", "operator": "Exists"}],
        "affinity": {"podAntiAffinity": {}},
    }
    channel = make_channel(spec={"podTemplate": template})
    pod = deployment(channel, runtime)["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"] == {"limits": {"cpu": "2"}}
    assert {name: pod[name] for name in ("nodeSelector", "affinity")} == {
        name: template[name] for name in ("nodeSelector", "affinity")
    }
    assert pod["tolerations"][:1] == template["tolerations"]


def test_a_channel_that_no_node_takes_can_be_purged(make_channel: Make, runtime: Runtime) -> None:
    template = {"nodeSelector": {"disk": "none"}, "tolerations": [{"key": "tv", "operator": "Exists"}]}
    channel = make_channel(spec={"podTemplate": template})
    purge = purge_job("news", "1234", "telstar", runtime, channel.spec.pod_template)["spec"]["template"][
        "spec"
    ]
    assert "nodeSelector" not in purge
    [preferred] = purge["affinity"]["nodeAffinity"].pop("preferredDuringSchedulingIgnoredDuringExecution")
    assert purge["affinity"] == {"nodeAffinity": {}}, "nothing else keeps it from a node"
    assert preferred["preference"] == {
        "matchExpressions": [{"key": "disk", "operator": "In", "values": ["none"]}]
    }
    assert purge["tolerations"] == template["tolerations"]


LOST = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]


@pytest.mark.parametrize(
    ("own", "seconds"),
    [
        ([], {LOST[0]: 30, LOST[1]: 30}),
        ([{"key": "tv", "operator": "Exists"}], {LOST[0]: 30, LOST[1]: 30}),
        ([{"key": LOST[0], "operator": "Exists", "tolerationSeconds": 5}], {LOST[0]: 5, LOST[1]: 30}),
        ([{"key": LOST[0], "operator": "Exists", "effect": "NoSchedule"}], {LOST[0]: 30, LOST[1]: 30}),
        ([{"operator": "Exists"}], {}),
    ],
)
def test_a_lost_node_costs_seconds_unless_the_pod_template_says_otherwise(
    own: list[dict[str, Any]], seconds: dict[str, int], make_channel: Make, runtime: Runtime
) -> None:
    channel = make_channel(spec={"podTemplate": {"tolerations": own}})
    found = deployment(channel, runtime)["spec"]["template"]["spec"]["tolerations"]
    assert found[: len(own)] == own
    assert {
        toleration["key"]: toleration["tolerationSeconds"]
        for toleration in found
        if "tolerationSeconds" in toleration
    } == seconds


NOBODY = [
    {"number": 7},
    {"reclaimPolicy": "Retain"},
    {"drm": {"rotationPeriod": "24h"}},
    {"state": "Stopped"},
]
SIMLIVE = [
    {"displayName": "Other"},
    {"retention": "1h"},
    {"frameRate": 50},
    {"audioBitrate": "96k"},
    {"audioOnly": True},
    {"overlay": {"clock": False}},
    {"overlay": {"programme": True}},
    {"source": {"testPattern": {"toneHz": 1000}}},
    {"backupSources": [{"testPattern": {}}]},
    {"renditions": [{"name": "a", "width": 64, "height": 64, "videoBitrate": "50k"}]},
    {"drm": {"enabled": False}},
]
POD = [
    {"podTemplate": {"nodeSelector": {"disk": "ssd"}}},
    {"podTemplate": {"resources": {"limits": {"cpu": "2"}}}},
    {"drm": {"keySecretRef": {"name": "my-keys"}}},
]


@pytest.mark.parametrize(
    ("spec", "simlive", "pod"),
    [
        *((spec, False, False) for spec in NOBODY),
        *((spec, True, False) for spec in SIMLIVE),
        *((spec, False, True) for spec in POD),
    ],
)
def test_who_has_to_follow_a_change(
    spec: dict[str, Any], simlive: bool, pod: bool, make_channel: Make, runtime: Runtime
) -> None:
    before, after = make_channel(), make_channel(spec=spec)
    assert (revision(before) != revision(after)) is simlive
    templates = [deployment(channel, runtime)["spec"]["template"] for channel in (before, after)]
    hashes = [template["metadata"]["annotations"][POD_HASH] for template in templates]
    assert (hashes[0] != hashes[1]) is pod
    assert (templates[0] != templates[1]) is pod


def test_a_revision_is_16_hexadecimal_digits_and_stands_in_the_configuration(make_channel: Make) -> None:
    channel = make_channel()
    assert re.fullmatch(r"[0-9a-f]{16}", revision(channel))
    assert json.loads(config_map(channel)["data"]["channel.json"])["revision"] == revision(channel)


def test_titles_stand_beside_the_configuration_where_they_are_burned_in(
    make_channel: Make, now: datetime
) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    titles = programmes_json([Programme(hour, hour + timedelta(hours=1), "Abendschau für alle")])
    assert json.loads(titles) == {
        "programmes": [
            {"start": "2026-11-22T18:00:00Z", "end": "2026-11-22T19:00:00Z", "title": "Abendschau für alle"}
        ]
    }
    channel = make_channel(spec={"overlay": {"programme": True}})
    assert config_map(channel, titles)["data"]["programmes.json"] == titles
    assert json.loads(config_map(channel)["data"]["programmes.json"]) == {"programmes": []}
    assert "programmes.json" not in config_map(make_channel(), titles)["data"]


def test_the_purge_job_sees_only_the_channels_folder_and_ends(make_channel: Make, runtime: Runtime) -> None:
    made = purge_job("news", "1234", "telstar", runtime)
    assert made["metadata"]["name"] == "purge-news"
    assert "ownerReferences" not in made["metadata"]
    assert made["spec"]["activeDeadlineSeconds"] == 600
    assert made["spec"]["ttlSecondsAfterFinished"] == 600
    pod = made["spec"]["template"]["spec"]
    assert_restricted(pod)
    assert pod["restartPolicy"] == "Never"
    (container,) = pod["containers"]
    assert container["command"] == ["telstar-simlive", "purge"]
    assert container["volumeMounts"][0]["subPath"] == "news"
    selector = deployment(make_channel(), runtime)["spec"]["selector"]["matchLabels"]
    assert not selector.items() <= made["spec"]["template"]["metadata"]["labels"].items()


def test_names_stay_within_limits_for_the_longest_channel_name(make_channel: Make, runtime: Runtime) -> None:
    channel = make_channel(metadata={"name": "n" * 50})
    for made in (
        deployment(channel, runtime),
        purge_job("news", "1234", "telstar", runtime, channel.spec.pod_template),
        key_secret(channel, {"kid": KID}),
    ):
        assert len(made["metadata"]["name"]) <= 63
        assert all(len(value) <= 63 for value in made["metadata"]["labels"].values())


def test_an_event_is_about_the_channel_and_not_too_long(make_channel: Make, now: datetime) -> None:
    made = event(
        the_channel(make_channel()), "Warning", "CrashLooping", "é" * 2000, now, "telstar-operator-1"
    )
    assert made["regarding"]["uid"] == make_channel().metadata.uid
    assert len(made["note"].encode()) <= 1024
    assert made["eventTime"] == "2026-11-22T18:24:00.250000Z"


def test_an_event_of_a_channel_that_is_gone_is_about_the_operator(now: datetime) -> None:
    for own, uid in (({"metadata": {"uid": "1234"}}, "1234"), (None, None)):
        made = event(the_operator(own, "tv"), "Normal", "ChannelPurged", "gone", now, "telstar-operator-1")
        assert (made["regarding"]["name"], made["regarding"].get("uid")) == ("telstar-operator", uid)
        assert made["metadata"] == {"generateName": "telstar-operator-", "namespace": "tv"}


def test_a_status_is_written_whole_and_without_what_is_absent(make_channel: Make, now: datetime) -> None:
    made = channel_status(
        make_channel(), ChannelStatus(observed_generation=3, restarts=0, last_segment_time=now)
    )
    assert made["status"] == {
        "observedGeneration": 3,
        "restarts": 0,
        "lastSegmentTime": "2026-11-22T18:24:00.250000Z",
        "conditions": [],
    }
    assert made["metadata"]["uid"] == make_channel().metadata.uid
