"""What all pods of the SimLive image have in common."""

from dataclasses import dataclass

from telstar_operator.resources import Manifest

USER = 10001
SEGMENTS = "/segments"


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the installation gives to SimLive pods."""

    image: str
    segments_claim: str
    image_pull_secrets: tuple[str, ...] = ()
    time_url: str = ""
    """Where SimLive asks for a second opinion on the time; without it, it goes by its own clock alone."""


def restricted_pod(runtime: Runtime) -> Manifest:
    """Pod fields of the restricted pod security standard; the claim's files belong to group 10001."""
    pod: Manifest = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    if runtime.image_pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in runtime.image_pull_secrets]
    return pod


def restricted_container(runtime: Runtime) -> Manifest:
    """Container fields of the restricted pod security standard, with a read-only root file system."""
    return {
        "image": runtime.image,
        "imagePullPolicy": "IfNotPresent",
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def volumes(runtime: Runtime) -> list[Manifest]:
    """The segment volume, and a place for temporary files."""
    return [
        {"name": "segments", "persistentVolumeClaim": {"claimName": runtime.segments_claim}},
        {"name": "tmp", "emptyDir": {}},
    ]


def mounts(channel: str) -> list[Manifest]:
    """A pod sees only its own channel's folder."""
    return [
        {"name": "segments", "mountPath": SEGMENTS, "subPath": channel},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - inside the container,
    ]
