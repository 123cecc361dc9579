"""The Deployment that runs a channel's SimLive pod."""

import hashlib
import json

from telstar_operator.manifests import names, pod
from telstar_operator.manifests.pod import Runtime
from telstar_operator.resources import Channel, Manifest

ENCODER_HASH = "telstar.dev/encoder-hash"
CONTAINER = "simlive"
CHANNEL_DIRECTORY = "/etc/telstar/channel"
KEY_DIRECTORY = "/etc/telstar/key"
HTTP_PORT = 8080
DEFAULT_RESOURCES = {"requests": {"cpu": "100m", "memory": "192Mi"}}
ENCODER_FIELDS = {"source", "renditions", "frame_rate", "audio_bitrate", "overlay", "segment_duration"}


def encoder_hash(channel: Channel, kid: str | None) -> str:
    """Changes only with what must restart FFmpeg: number, retention and reclaim policy are not in it, and
    displayName only where it is burned into the picture.
    """
    parameters = channel.spec.model_dump(mode="json", include=ENCODER_FIELDS)
    parameters["kid"] = kid
    if channel.spec.overlay.name:
        parameters["display_name"] = channel.spec.display_name
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:16]


def deployment(channel: Channel, kid: str | None, runtime: Runtime) -> Manifest:
    """One replica, never two at once: both would write the same folder. kid is None without DRM."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": names.metadata(channel, names.workload(channel.name)),
        "spec": {
            "replicas": 1,
            "revisionHistoryLimit": 2,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": names.selector(channel.name)},
            "template": {
                "metadata": {
                    "labels": names.labels(channel.name),
                    "annotations": {ENCODER_HASH: encoder_hash(channel, kid)},
                },
                "spec": pod_spec(channel, kid is not None, runtime),
            },
        },
    }


def pod_spec(channel: Channel, encrypted: bool, runtime: Runtime) -> Manifest:
    """The SimLive pod; the key is mounted only where the channel is encrypted."""
    volumes = [
        *pod.volumes(runtime),
        {"name": "channel", "configMap": {"name": names.workload(channel.name)}},
    ]
    if encrypted:
        volumes.append(
            {"name": "key", "secret": {"secretName": channel.key_secret_name, "defaultMode": 0o440}}
        )
    return {
        **pod.restricted_pod(runtime),
        **pod.placement(channel),
        "terminationGracePeriodSeconds": 10,
        "containers": [container(channel, encrypted, runtime)],
        "volumes": volumes,
    }


def container(channel: Channel, encrypted: bool, runtime: Runtime) -> Manifest:
    """The SimLive container. It is alive while its supervisor answers, ready while segments appear."""
    mounts = [
        *pod.mounts(channel.name),
        {"name": "channel", "mountPath": CHANNEL_DIRECTORY, "readOnly": True},
    ]
    environment = {
        "TELSTAR_SIMLIVE_CHANNEL_FILE": f"{CHANNEL_DIRECTORY}/channel.json",
        "TELSTAR_SIMLIVE_SEGMENTS_PATH": pod.SEGMENTS,
        "TELSTAR_SIMLIVE_HTTP_PORT": str(HTTP_PORT),
    }
    if encrypted:
        mounts.append({"name": "key", "mountPath": KEY_DIRECTORY, "readOnly": True})
        environment["TELSTAR_SIMLIVE_KEY_DIRECTORY"] = KEY_DIRECTORY
    template = channel.spec.pod_template
    return {
        **pod.restricted_container(runtime),
        "name": CONTAINER,
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "ports": [{"name": "http", "containerPort": HTTP_PORT, "protocol": "TCP"}],
        "resources": (template and template.resources) or DEFAULT_RESOURCES,
        "startupProbe": probe("/healthz", period=1, failures=60),
        "livenessProbe": probe("/healthz", period=10, failures=3),
        "readinessProbe": probe("/readyz", period=1, failures=3),
        "volumeMounts": mounts,
    }


def probe(path: str, period: int, failures: int) -> Manifest:
    """An HTTP probe; period in seconds."""
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": period,
        "failureThreshold": failures,
        "timeoutSeconds": 5,
    }
