"""The programs that are compiled from the Go module proxy, kept in the cache by name and version."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster import versions
from cluster.cache import Cache, link, produce
from cluster.errors import ClusterError
from cluster.fingerprint import fingerprint
from cluster.process import Argument, output, run
from cluster.progress import progress

COMPONENTS = Path(__file__).parent.parent / "images/node/components"
NO_GO = (
    "Go is not installed, and {what} must be compiled. Install Go (1.25 or later), or put {what} on the PATH."
)


@dataclass(frozen=True)
class GoProgram:
    """A program that `go install` can build; `values` are variables to set in it, as ``path.name=value``."""

    name: str
    package: str
    version: str
    values: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The name of its folder in the cache."""
        return f"{self.name}-{self.version}"


KIND = GoProgram("kind", "sigs.k8s.io/kind", versions.KIND)
HELM = GoProgram(
    "helm",
    "helm.sh/helm/v3/cmd/helm",
    versions.HELM,
    # Without a cluster to ask, helm takes charts to be for this version; built without, for a very old one.
    (
        f"helm.sh/helm/v3/internal/version.version={versions.HELM}",
        *(
            f"helm.sh/helm/v3/pkg/{package}.k8sVersion{part}={number}"
            for package in ("chartutil", "lint/rules")
            for part, number in zip(("Major", "Minor"), versions.KUBERNETES[1:].split(".")[:2], strict=True)
        ),
    ),
)
COREDNS = GoProgram("coredns", "github.com/coredns/coredns", versions.COREDNS)
CONTOUR = GoProgram("contour", "github.com/projectcontour/contour/cmd/contour", versions.CONTOUR)


TOOLS = {
    program.name: program
    for program in (
        KIND,
        HELM,
        GoProgram(
            "kwok",
            "sigs.k8s.io/kwok/cmd/kwok",
            versions.KWOK,
            (f"sigs.k8s.io/kwok/pkg/consts.Version={versions.KWOK}",),
        ),
        GoProgram("kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform", versions.KUBECONFORM),
        GoProgram("vegeta", "github.com/tsenart/vegeta/v12", versions.VEGETA),
    )
}
"""What `python3 -m cluster tools NAME` can provide besides kubectl."""


def linker_flags(values: Iterable[str]) -> str:
    """Go's linker flags that leave debugging symbols out and set these variables."""
    return " ".join(["-s", "-w", *(f"-X {value}" for value in values)])


def version_values(version: str) -> list[str]:
    """What tells Kubernetes' programs which version they are; kubeadm refuses to work without."""
    major, minor = version.removeprefix("v").split(".")[:2]
    values = {
        "gitVersion": version,
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
        "gitCommit": "0" * 40,
    }
    return [f"k8s.io/component-base/version.{name}={value}" for name, value in values.items()]


def install(program: GoProgram, cache: Cache) -> Path:
    """The compiled program, built now unless it is in the cache."""
    target = cache.binaries / program.folder

    def build(folder: Path) -> None:
        with progress.step(f"Compiling {program.name} {program.version}"):
            flags = ["-trimpath", "-ldflags", linker_flags(program.values)]
            _go(
                ["install", *flags, f"{program.package}@{program.version}"],
                what=program.name,
                log=cache.logs / f"go-{program.name}.log",
                env={"GOBIN": str(folder)},
            )

    produce(target, build)
    return target / program.name


def node_components(cache: Cache) -> Path:
    """The one binary that is every Kubernetes component of a node, kubectl included."""
    digest = fingerprint([COMPONENTS], root=COMPONENTS, extra=[versions.KUBERNETES])
    return _build_kubernetes(
        "components", ".", cache.binaries / f"kube-{versions.KUBERNETES}-{digest}", cache
    )


def kubectl(cache: Cache) -> Path:
    """The kubectl program alone, for machines where the node image is pulled."""
    target = cache.binaries / f"kubectl-{versions.KUBERNETES}"
    return _build_kubernetes("kubectl", "k8s.io/kubernetes/cmd/kubectl", target, cache)


def _build_kubernetes(name: str, package: str, target: Path, cache: Cache) -> Path:
    def build(folder: Path) -> None:
        what = "Kubernetes" if package == "." else name
        with progress.step(f"Compiling {what} {versions.KUBERNETES}"):
            folder.mkdir()
            flags = ["-trimpath", "-ldflags", linker_flags(version_values(versions.KUBERNETES))]
            _go(
                ["build", *flags, "-o", folder / name, package],
                what=what,
                log=cache.logs / f"go-{name}.log",
                cwd=COMPONENTS,
            )

    produce(target, build)
    return target / name


def module_folder(module: str, version: str) -> Path:
    """The unpacked source of a Go module, downloaded unless Go has it already."""
    go = _go_program()
    if go is None:
        raise ClusterError(NO_GO.format(what=module))
    printed = output(
        [go, "mod", "download", "-json", f"{module}@{version}"],
        timeout=600,
        env={"GOFLAGS": "-mod=mod", "GOWORK": "off"},
    )
    return Path(json.loads(printed)["Dir"])


def ensure_tool(name: str, cache: Cache, *, own_node: bool) -> None:
    """Make a tool available in the cache's tools folder.

    It is compiled where Go is there, so that its version is the one tested; where it is not, the one on
    the PATH is taken. With a node image of our own kubectl is part of what was compiled for it.
    """
    if not has_go():
        program = _found(name, cache)
    elif name == "kubectl":
        program = node_components(cache) if own_node else kubectl(cache)
    else:
        program = install(TOOLS[name], cache)
    link(cache.tools / name, program)


def has_go() -> bool:
    """Whether Go programs can be compiled here."""
    return _go_program() is not None


def _go_program() -> str | None:
    return shutil.which("go") or next((str(p) for p in [Path("/usr/local/go/bin/go")] if p.exists()), None)


def _found(name: str, cache: Cache) -> Path:
    places = [place for place in os.environ.get("PATH", "").split(":") if place != str(cache.tools)]
    found = shutil.which(name, path=":".join(places))
    if found is None:
        raise ClusterError(NO_GO.format(what=name))
    return Path(found)


def _go(
    arguments: Sequence[Argument],
    *,
    what: str,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    go = _go_program()
    if go is None:
        raise ClusterError(NO_GO.format(what=what))
    plain = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
    run([go, *arguments], log=log, env={**plain, **(env or {})}, cwd=cwd, timeout=3600)
