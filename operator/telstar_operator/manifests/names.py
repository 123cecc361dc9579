"""Names, labels and ownership of what belongs to a channel (docs/architecture.md)."""

from telstar_operator.resources import API_VERSION, Channel, Manifest

MANAGER = "telstar-operator"
CHANNEL_LABEL = "telstar.dev/channel"
MANAGED = f"app.kubernetes.io/managed-by={MANAGER}"
"""Label selector of everything the operator makes."""


def workload(channel: str) -> str:
    """Name of a channel's Deployment and ConfigMap."""
    return f"simlive-{channel}"


def purge_job(channel: str) -> str:
    """Name of the Job that empties a channel's folder."""
    return f"purge-{channel}"


def labels(channel: str, application: str = "simlive") -> dict[str, str]:
    """Labels of every object of a channel; application tells the encoder's pods from those of the purge."""
    return {
        "app.kubernetes.io/name": application,
        "app.kubernetes.io/instance": channel,
        "app.kubernetes.io/part-of": "telstar",
        "app.kubernetes.io/managed-by": MANAGER,
        CHANNEL_LABEL: channel,
    }


def selector(channel: str) -> dict[str, str]:
    """Labels by which a Deployment knows its pods; immutable, hence few."""
    return {"app.kubernetes.io/name": "simlive", "app.kubernetes.io/instance": channel}


def metadata(channel: Channel, name: str) -> Manifest:
    """Metadata of an object that goes when its Channel goes."""
    return {
        "name": name,
        "namespace": channel.metadata.namespace,
        "labels": labels(channel.name),
        "ownerReferences": [
            {
                "apiVersion": API_VERSION,
                "kind": "Channel",
                "name": channel.name,
                "uid": channel.metadata.uid,
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }
