"""The volumes: folders with the right owner, PersistentVolumes to be claimed again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.docker import Docker
from cluster.nodes import Kubectl, on_node
from cluster.progress import progress

MANIFEST = Path(__file__).parent / "storage.yaml"
VOLUMES = ("telstar-segments", "telstar-postgres")
OWNER = 10001


@dataclass(frozen=True)
class Folder:
    """A folder on the first node; that of the segments is the same on all."""

    path: str
    mode: str


FOLDERS = (Folder("/var/local/telstar/segments", "2775"), Folder("/var/local/telstar/postgres", "0700"))


def releasable(volumes: Iterable[Mapping[str, Any]]) -> list[str]:
    """The volumes whose claim was deleted and that wait for someone to let the next claim have them."""
    return [
        volume["metadata"]["name"]
        for volume in volumes
        if volume.get("status", {}).get("phase") == "Released"
    ]


def absent(volumes: Iterable[Mapping[str, Any]]) -> list[str]:
    """The volumes that ought to be there and are not."""
    there = {volume["metadata"]["name"] for volume in volumes}
    return [name for name in VOLUMES if name not in there]


def ensure_storage(docker: Docker, kubectl: Kubectl) -> None:
    """Make the folders and the volumes, and free the volumes of claims that are gone."""
    with progress.step("Volumes for segments and database"):
        for folder in FOLDERS:
            on_node(
                docker, "install", "-d", "-o", str(OWNER), "-g", str(OWNER), "-m", folder.mode, folder.path
            )
        volumes = [each for each in kubectl.items("persistentvolumes") if _is_ours(each)]
        if absent(volumes):
            kubectl.output("apply", "--server-side", "--filename", str(MANIFEST))
        for name in releasable(volumes):
            patch = [
                {"op": "remove", "path": "/spec/claimRef/uid"},
                {"op": "remove", "path": "/spec/claimRef/resourceVersion"},
            ]
            kubectl.output("patch", "persistentvolume", name, "--type=json", f"--patch={json.dumps(patch)}")


def _is_ours(volume: Mapping[str, Any]) -> bool:
    return volume["metadata"]["name"] in VOLUMES
