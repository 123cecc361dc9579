"""One test and more for each builder."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from telstar_operator.manifests.channel_status import channel_status
from telstar_operator.manifests.config_map import config_map
from telstar_operator.manifests.deployment import ENCODER_HASH, deployment, encoder_hash
from telstar_operator.manifests.event import event
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
    for made in (config_map(channel), key_secret(channel, KID, KID), deployment(channel, KID, runtime)):
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
        "overlay": {"clock": True, "name": True},
        "segmentDuration": "4s",
        "retention": "168h",
        "drm": {"enabled": True},
        "reclaimPolicy": "Delete",
    }


def test_the_key_secret_holds_hexadecimal_text(make_channel: Make) -> None:
    made = key_secret(make_channel(), KID, "b" * 32)
    assert made["metadata"]["name"] == "simlive-news-key"
    assert "annotations" not in made["metadata"]
    assert {name: base64.b64decode(value).decode() for name, value in made["data"].items()} == {
        "kid": KID,
        "key": "b" * 32,
    }


def test_the_deployment_runs_one_restricted_pod_at_a_time(make_channel: Make, runtime: Runtime) -> None:
    made = deployment(make_channel(), KID, runtime)
    spec, template = made["spec"], made["spec"]["template"]
    assert (spec["replicas"], spec["strategy"], spec["revisionHistoryLimit"]) == (1, {"type": "Recreate"}, 2)
    assert spec["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert template["metadata"]["labels"] == LABELS
    assert_restricted(template["spec"])
    assert template["spec"]["imagePullSecrets"] == [{"name": "pull"}]
    assert template["spec"]["terminationGracePeriodSeconds"] == 10


def test_the_container_sees_its_channel_its_key_and_only_its_folder(
    make_channel: Make, runtime: Runtime
) -> None:
    pod = deployment(make_channel(), KID, runtime)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == "telstar/simlive:test"
    assert {entry["name"]: entry["value"] for entry in container["env"]} == {
        "TELSTAR_SIMLIVE_CHANNEL_FILE": "/etc/telstar/channel/channel.json",
        "TELSTAR_SIMLIVE_KEY_DIRECTORY": "/etc/telstar/key",
        "TELSTAR_SIMLIVE_SEGMENTS_PATH": "/segments",
        "TELSTAR_SIMLIVE_HTTP_PORT": "8080",
    }
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    assert mounts["/segments"] == {"name": "segments", "mountPath": "/segments", "subPath": "news"}
    assert mounts.keys() == {"/segments", "/tmp", "/etc/telstar/channel", "/etc/telstar/key"}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["segments"]["persistentVolumeClaim"] == {"claimName": "telstar-segments"}
    assert volumes["channel"]["configMap"] == {"name": "simlive-news"}
    assert volumes["key"]["secret"] == {"secretName": "simlive-news-key", "defaultMode": 0o440}
    assert container["resources"] == {"requests": {"cpu": "100m", "memory": "192Mi"}}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert container["readinessProbe"]["periodSeconds"] == 1
    assert container["livenessProbe"]["httpGet"] == container["startupProbe"]["httpGet"]


def test_without_drm_no_key_is_mounted(make_channel: Make, runtime: Runtime) -> None:
    made = deployment(make_channel(spec={"drm": {"enabled": False}}), None, runtime)
    assert "key" not in [volume["name"] for volume in made["spec"]["template"]["spec"]["volumes"]]
    assert "KEY_DIRECTORY" not in json.dumps(made)


def test_a_key_of_ones_own_is_mounted(make_channel: Make, runtime: Runtime) -> None:
    made = deployment(make_channel(spec={"drm": {"keySecretRef": {"name": "my-keys"}}}), KID, runtime)
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
    pod = deployment(channel, KID, runtime)["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"] == {"limits": {"cpu": "2"}}
    for place in (pod, purge_job(channel, runtime)["spec"]["template"]["spec"]):
        assert {field: place[field] for field in template if field != "resources"} == {
            field: value for field, value in template.items() if field != "resources"
        }


@pytest.mark.parametrize(
    ("spec", "restarts"),
    [
        ({"number": 7}, False),
        ({"retention": "1h"}, False),
        ({"reclaimPolicy": "Retain"}, False),
        ({"displayName": "Other"}, True),
        ({"frameRate": 50}, True),
        ({"audioBitrate": "96k"}, True),
        ({"segmentDuration": "6s"}, True),
        ({"overlay": {"clock": False}}, True),
        ({"source": {"testPattern": {"toneHz": 1000}}}, True),
        ({"renditions": [{"name": "a", "width": 64, "height": 64, "videoBitrate": "50k"}]}, True),
    ],
)
def test_the_encoder_hash_changes_with_what_must_restart_ffmpeg(
    spec: dict[str, Any], restarts: bool, make_channel: Make, runtime: Runtime
) -> None:
    before, after = (
        deployment(make_channel(spec=changes), KID, runtime)["spec"]["template"] for changes in ({}, spec)
    )
    same = before["metadata"]["annotations"][ENCODER_HASH] == after["metadata"]["annotations"][ENCODER_HASH]
    assert same is not restarts
    assert (before == after) is not restarts


def test_a_name_that_is_not_burned_in_may_change(make_channel: Make) -> None:
    plain = {"overlay": {"name": False}}
    renamed = make_channel(spec={**plain, "displayName": "Other"})
    assert encoder_hash(make_channel(spec=plain), KID) == encoder_hash(renamed, KID)


def test_another_key_restarts(make_channel: Make) -> None:
    assert encoder_hash(make_channel(), KID) != encoder_hash(make_channel(), "b" * 32)


def test_the_purge_job_sees_only_the_channels_folder_and_ends(make_channel: Make, runtime: Runtime) -> None:
    made = purge_job(make_channel(), runtime)
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
    selector = deployment(make_channel(), None, runtime)["spec"]["selector"]["matchLabels"]
    assert not selector.items() <= made["spec"]["template"]["metadata"]["labels"].items()


def test_names_stay_within_limits_for_the_longest_channel_name(make_channel: Make, runtime: Runtime) -> None:
    channel = make_channel(metadata={"name": "n" * 50})
    for made in (
        deployment(channel, KID, runtime),
        purge_job(channel, runtime),
        key_secret(channel, KID, KID),
    ):
        assert len(made["metadata"]["name"]) <= 63
        assert all(len(value) <= 63 for value in made["metadata"]["labels"].values())


def test_an_event_is_about_the_channel_and_not_too_long(make_channel: Make, now: datetime) -> None:
    made = event(make_channel(), "Warning", "CrashLooping", "é" * 2000, now, "telstar-operator-1")
    assert made["regarding"]["uid"] == make_channel().metadata.uid
    assert len(made["note"].encode()) <= 1024
    assert made["eventTime"] == "2026-11-22T18:24:00.250000Z"


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
