"""The product's images: which there are, what each is made of, and whether it must be built again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cluster import machine
from cluster.cache import Cache
from cluster.docker import Docker
from cluster.errors import ClusterError
from cluster.fingerprint import fingerprint
from cluster.nodes import NODES, on_node
from cluster.process import pipe
from cluster.progress import progress

ROOT = Path(__file__).parent.parent
PRODUCT = ("operator", "api", "simlive", "edge", "postgres", "demo")
REPOSITORY = "telstar"
BASE_FILES = ("images/base", ".dockerignore")
BASES = ("base", "build")
"""Targets of images/base/Dockerfile, and the images the others are FROM."""
BUILDERS = 2


@dataclass(frozen=True)
class Image:
    """An image and the tag that its contents give it."""

    name: str
    tag: str

    @property
    def reference(self) -> str:
        """Its full name."""
        return f"{REPOSITORY}/{self.name}:{self.tag}"


def copied(dockerfile: str) -> list[str]:
    """The paths of the build context that a Dockerfile copies from, in the order they appear."""
    joined = re.sub(r"\\\n", " ", dockerfile)
    found: list[str] = []
    for line in joined.splitlines():
        words = line.split()
        if not words or words[0].upper() not in ("COPY", "ADD"):
            continue
        flags = [word for word in words[1:] if word.startswith("--")]
        if not any(flag.startswith("--from=") for flag in flags):
            found += [word for word in words[1 + len(flags) : -1] if "://" not in word]
    return found


def inputs(dockerfile: Path, root: Path) -> list[Path]:
    """Everything a Dockerfile's image is made of: itself, its ignore file, and what it copies."""
    sources: list[Path] = [dockerfile, dockerfile.with_name("Dockerfile.dockerignore")]
    for pattern in copied(dockerfile.read_text()):
        clean = pattern.removeprefix("./").rstrip("/")
        sources += [root] if clean in ("", ".") else root.glob(clean)
    return [source for source in sources if source.exists()]


def product_images(root: Path = ROOT) -> list[Image]:
    """The images whose Dockerfile exists, each with a tag that changes whenever what it is made of does."""
    base = base_image(root)
    found = [(name, root / "images" / name / "Dockerfile") for name in PRODUCT]
    return [
        Image(name, fingerprint(inputs(dockerfile, root), root=root, extra=[base.tag]))
        for name, dockerfile in found
        if dockerfile.exists()
    ]


def base_image(root: Path = ROOT) -> Image:
    """The image that the product's images are FROM."""
    return Image("base", fingerprint([root / file for file in BASE_FILES], root=root))


def ensure_base(docker: Docker) -> None:
    """Build what the product's images are FROM, unless the daemon holds it as it should be."""
    tag = base_image().tag
    for target in BASES:
        image = Image(target, tag)
        if not docker.has_image(image.reference):
            with progress.step(f"Image {image.name}"):
                docker.run(
                    "build",
                    "--network",
                    "host",
                    *secrets(),
                    "--file",
                    ROOT / "images/base/Dockerfile",
                    "--target",
                    target,
                    "--tag",
                    image.reference,
                    ROOT,
                )
        docker.output("tag", image.reference, f"{REPOSITORY}/{target}:latest")


def ensure_images(docker: Docker, cache: Cache) -> list[Image]:
    """Build those of the product's images that the daemon does not hold as they should be; return all."""
    images = product_images()
    missing = [image for image in images if not docker.has_image(image.reference)]
    with ThreadPoolExecutor(max_workers=BUILDERS) as pool:
        list(pool.map(lambda image: _build(docker, cache, image), missing))
    return images


def load_into_nodes(
    docker: Docker, cache: Cache, references: Iterable[str], nodes: Iterable[str] = NODES
) -> None:
    """Hand to each node those of the images it does not hold yet."""
    wanted = list(references)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda node: _load(docker, cache, wanted, node), nodes))


def _load(docker: Docker, cache: Cache, wanted: list[str], node: str) -> None:
    held = _held(docker, node)
    references = [reference for reference in wanted if qualified(reference) not in held]
    if not references:
        return
    with progress.step(f"Loading {', '.join(short(each) for each in references)} into {node}"):
        take = ["ctr", "--namespace=k8s.io", "images", "import", "-"]
        pipe(
            [docker.client, "save", *references],
            [docker.client, "exec", "--interactive", node, *take],
            log=cache.logs / f"load-{node}.log",
            env=docker.env,
        )


def _held(docker: Docker, node: str) -> list[str]:
    """The names of the images a node holds."""
    return on_node(docker, "ctr", "--namespace=k8s.io", "images", "list", "--quiet", node=node).split()


def qualified(reference: str) -> str:
    """An image's name as containerd knows it, with the registry that Docker leaves out."""
    first = reference.split("/")[0]
    has_registry = "/" in reference and ("." in first or ":" in first or first == "localhost")
    if has_registry:
        return reference
    return f"docker.io/{reference}" if "/" in reference else f"docker.io/library/{reference}"


def short(reference: str) -> str:
    """An image's name without registry and tag, for people."""
    return reference.rsplit(":", 1)[0].split("/")[-1]


def outdated(tags: Iterable[str], current: Iterable[Image]) -> list[str]:
    """Of the daemon's tags those of an earlier state of the product's images."""
    by_name = {f"{REPOSITORY}/{image.name}": image.reference for image in current}
    return [
        tag
        for tag in tags
        if tag.rsplit(":", 1)[0] in by_name
        and tag != by_name[tag.rsplit(":", 1)[0]]
        and re.fullmatch(r"[0-9a-f]{12}", tag.rsplit(":", 1)[1])
    ]


def remove_outdated(docker: Docker, images: list[Image], in_use: Iterable[str]) -> None:
    """Forget earlier builds, which would fill the disk over the days; what pods run (`in_use`) is kept."""
    tags = docker.output("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"{REPOSITORY}/*").split()
    for tag in outdated(tags, images):
        docker.succeeds("image", "rm", tag)
    kept = {qualified(reference) for reference in in_use}
    for node in NODES:
        names = [name.removeprefix("docker.io/") for name in _held(docker, node) if name not in kept]
        if unused := [qualified(name) for name in outdated(names, images)]:
            on_node(docker, "ctr", "--namespace=k8s.io", "images", "remove", *unused, node=node)


def secrets() -> list[str]:
    """The arguments that hand this machine's certificate authorities to a build, if it has any."""
    bundle = machine.ca_bundle()
    return ["--secret", f"id=ca,src={bundle}"] if bundle else []


def _build(docker: Docker, cache: Cache, image: Image) -> None:
    log = cache.logs / f"image-{image.name}.log"
    own_log = Docker(docker.client, docker.host, log)
    with progress.step(f"Image {image.name}"):
        own_log.run(
            "build",
            "--network",
            "host",
            "--progress",
            "plain",
            *secrets(),
            "--file",
            ROOT / "images" / image.name / "Dockerfile",
            "--tag",
            image.reference,
            "--tag",
            f"{REPOSITORY}/{image.name}:dev",
            ROOT,
        )
        if not docker.has_image(image.reference):
            raise ClusterError(f"{image.reference} was built but the daemon does not hold it; see {log}")
