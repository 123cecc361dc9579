"""The Job that empties the folder of a deleted channel."""

from telstar_operator.manifests import names, pod
from telstar_operator.manifests.pod import Runtime
from telstar_operator.resources import Manifest, PodTemplate

UID_LABEL = "telstar.dev/channel-uid"
"""Which Channel of that name a Job is for: a former one's Job says nothing of this one's segments."""
LIMIT = 600
"""Seconds after which the Job is given up."""


def purge_job(
    channel: str, uid: str, namespace: str, runtime: Runtime, template: PodTemplate | None = None
) -> Manifest:
    """`telstar-simlive purge` over the folder of a Channel that is gone.

    template is what is known of its podTemplate. The Job has no ownerReference, since its owner is no more.
    The operator deletes it afterwards, and its time to live where the operator could not.
    """
    labels = names.labels(channel, application="simlive-purge")
    spec = {
        **pod.restricted_pod(runtime),
        **placement(template),
        "restartPolicy": "Never",
        "containers": [
            {
                **pod.restricted_container(runtime),
                "name": "purge",
                "command": ["telstar-simlive", "purge"],
                "env": [{"name": "TELSTAR_SIMLIVE_SEGMENTS_PATH", "value": pod.SEGMENTS}],
                "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}},
                "volumeMounts": pod.mounts(channel),
            }
        ],
        "volumes": pod.volumes(runtime),
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": names.purge_job(channel),
            "namespace": namespace,
            "labels": {**labels, UID_LABEL: uid},
        },
        "spec": {
            "backoffLimit": 2,
            "activeDeadlineSeconds": LIMIT,
            "ttlSecondsAfterFinished": 600,
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def placement(template: PodTemplate | None) -> Manifest:
    """The podTemplate's tolerations, and its nodes where there are any: a channel that no node takes must
    be deletable, too.
    """
    if template is None:
        return {}
    wished = [
        {"key": label, "operator": "In", "values": [value]}
        for label, value in (template.node_selector or {}).items()
    ]
    preferred = [{"weight": 100, "preference": {"matchExpressions": wished}}]
    fields = {
        "tolerations": template.tolerations,
        "affinity": wished
        and {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}},
    }
    return {name: value for name, value in fields.items() if value}
