"""The two Debian images everything else is built on: pulled where possible, else made by debootstrap."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cluster import machine
from cluster.cache import Cache
from cluster.docker import Docker, install_packages
from cluster.errors import ClusterError
from cluster.process import pipe, run
from cluster.progress import progress

SUITES = ("bookworm", "trixie")
"""bookworm carries the kind node (trixie's systemd refuses cgroup v1), trixie everything else."""
DROPPED = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/info",
    "usr/share/locale",
    "var/cache/apt/archives",
    "var/lib/apt/lists",
)


def image_of(suite: str) -> str:
    """The name of a suite's base image, the same as that of the published one."""
    return f"debian:{suite}-slim"


def package_sources(suite: str, mirror: str) -> str:
    """An apt sources.list with the suite, its updates and its security fixes."""
    security = f"{mirror.rstrip('/')}-security"
    return (
        f"deb {mirror} {suite} main\n"
        f"deb {mirror} {suite}-updates main\n"
        f"deb {security} {suite}-security main\n"
    )


def ensure_bases(docker: Docker, cache: Cache, suites: Sequence[str] = SUITES) -> None:
    """Make sure that the daemon holds the base images of these suites."""
    missing = [suite for suite in suites if not docker.has_image(image_of(suite))]
    with ThreadPoolExecutor(max_workers=len(SUITES)) as pool:
        list(pool.map(lambda suite: _ensure(docker, cache, suite), missing))


def _ensure(docker: Docker, cache: Cache, suite: str) -> None:
    with progress.step(f"Base image {image_of(suite)}") as step:
        step.detail = "pulling"
        if docker.pull(image_of(suite)):
            return
        if not (machine.is_root() and machine.is_debian()):
            raise ClusterError(
                f"{image_of(suite)} can be neither pulled nor made here (that takes root on Debian). "
                "Load it into this Docker daemon and run this again."
            )
        step.detail = "making it with debootstrap"
        install_packages(cache)
        _bootstrap(docker, cache, suite)


def _bootstrap(docker: Docker, cache: Cache, suite: str) -> None:
    cache.build.mkdir(parents=True, exist_ok=True)
    log = cache.logs / f"debootstrap-{suite}.log"
    root = Path(tempfile.mkdtemp(prefix=f"{suite}-", dir=cache.build))
    try:
        run(
            ["debootstrap", "--variant=minbase", "--include=ca-certificates", suite, root],
            log=log,
            timeout=1200,
        )
        slim_down(root, suite)
        labels = ["--change", "LABEL dev.telstar.made-by=debootstrap", "--change", 'CMD ["bash"]']
        pipe(
            ["tar", "--directory", root, "--numeric-owner", "--create", "."],
            [docker.client, "import", *labels, "-", image_of(suite)],
            log=log,
            env=docker.env,
        )
    finally:
        shutil.rmtree(root, ignore_errors=True)


def slim_down(root: Path, suite: str) -> None:
    """Make a fresh system like the published slim images: no documentation, no leftovers, all sources."""
    for place in DROPPED:
        shutil.rmtree(root / place, ignore_errors=True)
        (root / place).mkdir(parents=True)
    (root / "var/cache/apt/archives/partial").mkdir()
    (root / "var/lib/apt/lists/partial").mkdir()
    excludes = "".join(f"path-exclude=/{place}/*\n" for place in DROPPED if place.startswith("usr/"))
    (root / "etc/dpkg/dpkg.cfg.d/slim").write_text(f"{excludes}path-include=/usr/share/doc/*/copyright\n")
    mirror = (root / "etc/apt/sources.list").read_text().split()[1]
    (root / "etc/apt/sources.list").write_text(package_sources(suite, mirror))
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    (root / "etc/hostname").unlink(missing_ok=True)
