"""The image of the cluster's node: kind's own where it can be pulled, one made on the spot where it can't."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cluster import binaries, machine, versions
from cluster.cache import Cache
from cluster.docker import Docker
from cluster.errors import ClusterError
from cluster.fingerprint import fingerprint
from cluster.progress import progress

FOLDER = Path(__file__).parent.parent / "images/node"
PULLED = f"kindest/node:{versions.KUBERNETES}"
OWN = "telstar/node"
REGISTRY = "registry.k8s.io"


@dataclass(frozen=True)
class NodeImage:
    """An image the daemon holds; `own` where it was made here and brings its own network plugin settings."""

    name: str
    own: bool


def component_images() -> dict[str, list[str]]:
    """The image names kubeadm asks for, by the target of the Dockerfile that makes them."""
    kube = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
    return {
        "components": [
            *(f"{REGISTRY}/{name}:{versions.KUBERNETES}" for name in kube),
            f"{REGISTRY}/etcd:{versions.ETCD_IMAGE}",
        ],
        "pause": [f"{REGISTRY}/pause:{versions.PAUSE_IMAGE}"],
        "coredns": [f"{REGISTRY}/coredns/coredns:{versions.COREDNS}"],
    }


def own_image_name() -> str:
    """The tag of the image made here: a hash of all that goes into it."""
    words = [versions.KUBERNETES, versions.KIND, versions.COREDNS, versions.ETCD_IMAGE, versions.PAUSE_IMAGE]
    return f"{OWN}:{versions.KUBERNETES}-{fingerprint([FOLDER], root=FOLDER, extra=words)}"


def choose(held: set[str], own: str) -> NodeImage | None:
    """The image to use of those the daemon holds: the one made here before kind's own."""
    for name in (own, PULLED):
        if name in held:
            return NodeImage(name, own=name == own)
    return None


def find_node_image(docker: Docker) -> NodeImage | None:
    """The node image, if the daemon holds one or can pull one; None if it has to be made."""
    own = own_image_name()
    found = choose({name for name in (own, PULLED) if docker.has_image(name)}, own)
    if found is None:
        with progress.step(f"Node image: asking for {PULLED}"):
            found = NodeImage(PULLED, own=False) if docker.pull(PULLED) else None
    return found


def remove_earlier(docker: Docker) -> None:
    """Forget node images of an earlier state; one whose cluster still runs stays."""
    for tag in docker.output("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", OWN).split():
        if tag != own_image_name():
            docker.succeeds("image", "rm", tag)


def make_node_image(docker: Docker, cache: Cache) -> NodeImage:
    """The node image made of Debian's packages and compiled components."""
    name = own_image_name()
    _make(docker, cache, name)
    return NodeImage(name, own=True)


def _make(docker: Docker, cache: Cache, name: str) -> None:
    if machine.architecture() not in ("amd64", "arm64") or not binaries.has_go():
        raise ClusterError(
            f"{PULLED} can be neither pulled nor made here: making it takes Go on a Linux machine."
        )
    components = binaries.node_components(cache)
    coredns = binaries.install(binaries.COREDNS, cache)
    with progress.step("Node image") as step:
        context = cache.build / "node"
        _lay_out(context, components, coredns)
        for target, names in component_images().items():
            step.detail = target
            tags = [part for each in names for part in ("--tag", each)]
            docker.run("build", "--network", "host", "--target", target, *tags, context)
        step.detail = "node"
        saved = [each for names in component_images().values() for each in names]
        docker.run("save", "--output", context / "images.tar", *saved)
        docker.run(
            "build",
            "--network",
            "host",
            "--target",
            "node",
            "--tag",
            name,
            "--build-arg",
            f"KUBERNETES_VERSION={versions.KUBERNETES}",
            context,
        )
    docker.succeeds("image", "rm", *saved)
    shutil.rmtree(context)


def _lay_out(context: Path, components: Path, coredns: Path) -> None:
    """Put the build context together: our files, those of kind's base image, and the binaries."""
    shutil.rmtree(context, ignore_errors=True)
    shutil.copytree(FOLDER, context, ignore=shutil.ignore_patterns("components"))
    base = binaries.module_folder("sigs.k8s.io/kind", versions.KIND) / "images/base/files"
    shutil.copytree(base, context / "kind-base", copy_function=shutil.copyfile)
    for folder, _, _ in os.walk(context / "kind-base"):
        Path(folder).chmod(0o755)
    (context / "images.tar").touch()
    for name, binary in (("components", components), ("coredns", coredns)):
        os.link(binary, context / name)
