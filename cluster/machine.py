"""What this machine is and has, as far as anything is decided by it."""

from __future__ import annotations

import os
import platform
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from cluster.errors import ClusterError
from cluster.process import output, succeeds

CAP_SYS_RESOURCE = 24
GIB = 1 << 30
CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")
CA_PLACES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)


def is_root() -> bool:
    """Whether this process may install packages and start daemons."""
    return os.geteuid() == 0


def is_debian() -> bool:
    """Whether packages can be installed with apt-get here."""
    return shutil.which("apt-get") is not None and Path("/etc/debian_version").exists()


def architecture() -> str:
    """This machine's architecture under the name Go and Docker give it."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def has_capability(number: int, status: str) -> bool:
    """Whether the bounding set in the text of ``/proc/self/status`` holds the capability."""
    for line in status.splitlines():
        if line.startswith("CapBnd:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return True


def lacks_sys_resource() -> bool:
    """Whether containers must do without CAP_SYS_RESOURCE, as in many sandboxes."""
    status = Path("/proc/self/status")
    return status.exists() and not has_capability(CAP_SYS_RESOURCE, status.read_text())


def ca_bundle(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file with the certificate authorities this machine trusts, if there is one."""
    named = [environ[name] for name in CA_VARIABLES if environ.get(name)]
    return next((Path(place) for place in (*named, *CA_PLACES) if Path(place).is_file()), None)


def port_is_taken(port: int, address: str = "127.0.0.1") -> bool:
    """Whether something already listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return True
    return False


def require_space(where: Path, gib: float) -> None:
    """Fail unless the file system of `where` has that much free."""
    place = next(folder for folder in (where, *where.parents) if folder.exists())
    free = shutil.disk_usage(place).free / GIB
    if free < gib:
        raise ClusterError(
            f"{place} has {free:.1f} GiB free and {gib:.0f} GiB are needed. "
            "Free some, or point XDG_CACHE_HOME at a larger disk."
        )


def require_memory(gib: float) -> None:
    """Fail unless the machine has that much memory available; where that cannot be told, go on."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return
    available = available_gib(meminfo.read_text())
    if available < gib:
        raise ClusterError(f"{available:.1f} GiB of memory are available and {gib:.0f} GiB are needed.")


def available_gib(meminfo: str) -> float:
    """Available memory in GiB, from the text of ``/proc/meminfo``."""
    fields = dict(line.split(":", 1) for line in meminfo.splitlines() if ":" in line)
    return int(fields["MemAvailable"].split()[0]) * 1024 / GIB


def apt_packages(wanted: tuple[str, ...], known: set[str]) -> list[str]:
    """Of the wanted packages those that this Debian has (later ones split up the Docker package)."""
    return [name for name in wanted if name in known]


def missing_packages(wanted: tuple[str, ...]) -> list[str]:
    """The wanted packages that are not installed."""
    return [
        name
        for name in wanted
        if not succeeds(["dpkg-query", "--show", "--showformat=${db:Status-Status}", name])
        or output(["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]) != "installed"
    ]
