"""The Deployment that runs a channel's SimLive pod.

What SimLive follows by itself (docs/architecture.md, "Operator → SimLive pod") is not in here, so that it
makes no new pod: neither the spec's parameters nor whether there is a key.
"""

import hashlib
import json

from telstar_operator.manifests import names, pod
from telstar_operator.manifests.pod import Runtime
from telstar_operator.resources import Channel, Manifest, seconds

POD_HASH = "telstar.dev/pod-hash"
"""Tells a pod of the present template from one of a former."""
CONTAINER = "simlive"
CHANNEL_DIRECTORY = "/etc/telstar/channel"
KEY_DIRECTORY = "/etc/telstar/key"
SPOOL = "/spool"
SPOOL_LIMIT = "2Gi"
"""What segments may take up on the node's disk while they wait for a slow volume."""
HTTP_PORT = 8080
DEFAULT_RESOURCES = {"requests": {"cpu": "100m", "memory": "192Mi"}}
GRACE = 30
"""Seconds beyond a segment that SimLive has at most: for a slot that hangs, what a slow volume still waits
for, and giving the folder back. A healthy one ends with its slot.
"""
HANDOVER = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}
"""The new pod starts while the former one finishes its slot, and waits for the folder: only one can hold it
(telstar_simlive.lock).
"""
NODE_LOST = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
NODE_LOST_LIMIT = 30
"""Seconds after which a lost node's channel moves; Kubernetes' own default is five minutes."""


def deployment(channel: Channel, runtime: Runtime) -> Manifest:
    """One replica; a new pod is made while the former one ends."""
    spec = pod_spec(channel, runtime)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": names.metadata(channel, names.workload(channel.name)),
        "spec": {
            "replicas": 1,
            "revisionHistoryLimit": 2,
            "strategy": HANDOVER,
            "selector": {"matchLabels": names.selector(channel.name)},
            "template": {
                "metadata": {
                    "labels": names.labels(channel.name),
                    "annotations": {POD_HASH: pod_hash(spec)},
                },
                "spec": spec,
            },
        },
    }


def pod_hash(spec: Manifest) -> str:
    """Changes exactly with the pod."""
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]


def pod_spec(channel: Channel, runtime: Runtime) -> Manifest:
    """The SimLive pod; the key's volume is there without a key, too, so that one can come."""
    key = {"secretName": channel.key_secret_name, "defaultMode": 0o440, "optional": True}
    return {
        **pod.restricted_pod(runtime),
        **placement(channel),
        "tolerations": tolerations(channel),
        "terminationGracePeriodSeconds": seconds(channel.spec.segment_duration) + GRACE,
        "containers": [container(channel, runtime)],
        "volumes": [
            *pod.volumes(runtime),
            {"name": "spool", "emptyDir": {"sizeLimit": SPOOL_LIMIT}},
            {"name": "channel", "configMap": {"name": names.workload(channel.name)}},
            {"name": "key", "secret": key},
        ],
    }


def placement(channel: Channel) -> Manifest:
    """Where the channel's pod may run; nothing for what its podTemplate leaves open."""
    template = channel.spec.pod_template
    if template is None:
        return {}
    fields = template.model_dump(by_alias=True, include={"node_selector", "tolerations", "affinity"})
    return {name: value for name, value in fields.items() if value}


def tolerations(channel: Channel) -> list[Manifest]:
    """Those of the podTemplate; of a lost node for seconds only, where it says nothing of that."""
    template = channel.spec.pod_template
    own = list((template and template.tolerations) or [])
    added = [
        {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": NODE_LOST_LIMIT}
        for taint in NODE_LOST
        if not any(tolerates(toleration, taint) for toleration in own)
    ]
    return own + added


def tolerates(toleration: Manifest, taint: str) -> bool:
    """Whether a toleration says something of a taint with the effect NoExecute; an empty field means all."""
    return (toleration.get("key") or taint) == taint and (
        toleration.get("effect") or "NoExecute"
    ) == "NoExecute"


def container(channel: Channel, runtime: Runtime) -> Manifest:
    """The SimLive container. It is alive while its supervisor answers, ready while segments appear."""
    environment = {
        "TELSTAR_SIMLIVE_CHANNEL_FILE": f"{CHANNEL_DIRECTORY}/channel.json",
        "TELSTAR_SIMLIVE_KEY_DIRECTORY": KEY_DIRECTORY,
        "TELSTAR_SIMLIVE_SEGMENTS_PATH": pod.SEGMENTS,
        "TELSTAR_SIMLIVE_SPOOL_PATH": SPOOL,
        "TELSTAR_SIMLIVE_HTTP_PORT": str(HTTP_PORT),
    }
    if runtime.time_url:
        environment["TELSTAR_SIMLIVE_TIME_URL"] = runtime.time_url
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
        "volumeMounts": [
            *pod.mounts(channel.name),
            {"name": "spool", "mountPath": SPOOL},
            {"name": "channel", "mountPath": CHANNEL_DIRECTORY, "readOnly": True},
            {"name": "key", "mountPath": KEY_DIRECTORY, "readOnly": True},
        ],
    }


def probe(path: str, period: int, failures: int) -> Manifest:
    """An HTTP probe; period in seconds."""
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": period,
        "failureThreshold": failures,
        "timeoutSeconds": 5,
    }
