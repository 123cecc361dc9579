"""A Docker daemon that answers: the one that runs already, else one of our own inside the cache folder."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cluster import machine
from cluster.cache import Cache, link
from cluster.daemon import OwnDaemon
from cluster.errors import ClusterError
from cluster.process import Argument, output, run, succeeds
from cluster.progress import progress

DEBIAN_CLIENT = Path("/usr/bin/docker")
PACKAGES = (
    "docker.io",
    "docker-cli",
    "docker-buildx",
    "containerd",
    "runc",
    "containernetworking-plugins",
    "debootstrap",
    "iptables",
    "jq",
    "ca-certificates",
)
NO_DOCKER = (
    "No Docker daemon answers, and one can be installed here only as root on Debian or Ubuntu. "
    "Start Docker (or point DOCKER_HOST at a daemon) and run this again."
)


@dataclass(frozen=True)
class Docker:
    """A client program and the daemon it talks to (`host` None: the client's own default)."""

    client: Path
    host: str | None
    log: Path

    @property
    def env(self) -> dict[str, str]:
        """What a program must find in its environment to use this daemon."""
        return {"DOCKER_BUILDKIT": "1", **({"DOCKER_HOST": self.host} if self.host else {})}

    def output(self, *arguments: Argument, stdin: str | None = None, timeout: float = 60) -> str:
        """Run a short docker command and return what it printed."""
        return output([self.client, *arguments], env=self.env, stdin=stdin, timeout=timeout)

    def succeeds(self, *arguments: Argument, timeout: float = 60) -> bool:
        """Whether a docker command ends well."""
        return succeeds([self.client, *arguments], env=self.env, timeout=timeout)

    def run(self, *arguments: Argument, timeout: float = 1800) -> None:
        """Run a long docker command, its output going to the log."""
        run([self.client, *arguments], env=self.env, log=self.log, timeout=timeout)

    def has_image(self, image: str) -> bool:
        """Whether the daemon holds the image."""
        return self.succeeds("image", "inspect", "--format", "{{.Id}}", image)

    def pull(self, image: str, timeout: float = 600) -> bool:
        """Try to pull an image and tell whether that went well."""
        return self.succeeds("pull", "--quiet", image, timeout=timeout)


def find_client() -> Path | None:
    """The docker client: Debian's own before others on the PATH, since it needs no plugin to build."""
    if DEBIAN_CLIENT.exists():
        return DEBIAN_CLIENT
    found = shutil.which("docker")
    return Path(found) if found else None


def running_docker(cache: Cache) -> Docker | None:
    """The daemon that answers now, ours first; None where none does."""
    client = find_client()
    if client is None:
        return None
    log = cache.logs / "docker.log"
    own = OwnDaemon(cache.docker)
    hosts = [own.host] if own.is_running() else []
    for host in (*hosts, None):
        docker = Docker(client, host, log)
        if docker.succeeds("info", timeout=20):
            return docker
    return None


def ensure_docker(cache: Cache) -> Docker:
    """A daemon that answers; installs and starts one of our own where none does."""
    docker = running_docker(cache)
    if docker is None:
        if not (machine.is_root() and machine.is_debian()):
            raise ClusterError(NO_DOCKER)
        install_packages(cache)
        docker = running_docker(cache) or _start_own(cache)
    link(cache.tools / "docker", docker.client)
    return docker


def install_packages(cache: Cache) -> None:
    """Install what a daemon and images made on the spot need from Debian's packages."""
    if not _missing():
        return
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    log = cache.logs / "apt.log"
    with progress.step("Debian packages: Docker, containerd, runc, debootstrap"):
        run(["apt-get", "update"], env=env, log=log, timeout=600)
        run(
            ["apt-get", "install", "--yes", "--no-install-recommends", *_missing()],
            env=env,
            log=log,
            timeout=900,
        )


def _missing() -> list[str]:
    known = set(output(["apt-cache", "--generate", "pkgnames"]).split())
    return machine.missing_packages(tuple(machine.apt_packages(PACKAGES, known)) or PACKAGES)


def _start_own(cache: Cache) -> Docker:
    client = find_client()
    if client is None:
        raise ClusterError(NO_DOCKER)
    own = OwnDaemon(cache.docker)
    with progress.step("Docker daemon of our own"):
        own.start(bounded=machine.lacks_sys_resource())
    return Docker(client, own.host, cache.logs / "docker.log")


def environment(cache: Cache) -> dict[str, str]:
    """The variables with which other programs find this cluster: DOCKER_HOST, KUBECONFIG, PATH."""
    docker = running_docker(cache)
    path = os.environ.get("PATH", "")
    kubeconfig = os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
    return {
        **(docker.env if docker else {}),
        "KUBECONFIG": kubeconfig,
        "PATH": path if path.startswith(f"{cache.tools}:") else f"{cache.tools}:{path}",
    }
