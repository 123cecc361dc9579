"""A dockerd and its containerd that live wholly inside one folder and leave the machine's own alone."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cluster.errors import ClusterError
from cluster.process import succeeds, tail

LONGEST_FOLDER = 70
"""A Unix socket's path may have 107 characters; what follows the folder takes up to 35 of them."""
START_SECONDS = 60.0
STOP_SECONDS = 60.0
RUNTIME = Path(__file__).parent.parent / "images/node/files/usr/local/sbin/runc-bounded"


def state_folder(folder: Path) -> Path:
    """Where sockets go: inside `folder`, unless its path is too long for a Unix socket."""
    if len(str(folder)) <= LONGEST_FOLDER:
        return folder / "run"
    return Path("/run") / f"telstar-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"


def dockerd_configuration(folder: Path, *, bounded: bool) -> dict[str, object]:
    """The daemon.json of dockerd; `bounded` where containers must do without some capability."""
    state = state_folder(folder)
    configuration: dict[str, object] = {
        "data-root": str(folder / "data"),
        "exec-root": str(state / "exec"),
        "pidfile": str(state / "dockerd.pid"),
        "hosts": [f"unix://{state}/docker.sock"],
        "containerd": str(state / "containerd.sock"),
        "log-driver": "json-file",
        "log-opts": {"max-size": "10m", "max-file": "2"},
        "features": {"buildkit": True},
        "builder": {"gc": {"enabled": True, "defaultKeepStorage": "10GB"}},
    }
    if bounded:
        configuration["runtimes"] = {"telstar-runc": {"path": str(folder / "runc-bounded")}}
        configuration["default-runtime"] = "telstar-runc"
    return configuration


def containerd_configuration(folder: Path) -> str:
    """The config.toml of containerd: own folders and socket, without the Kubernetes part."""
    state = state_folder(folder)
    return (
        "version = 2\n"
        f'root = "{folder}/containerd"\n'
        f'state = "{state}/containerd"\n'
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
        "[grpc]\n"
        f'address = "{state}/containerd.sock"\n'
        "[debug]\n"
        'level = "warn"\n'
    )


@dataclass(frozen=True)
class OwnDaemon:
    """The pair of daemons whose configuration, data and sockets are under `folder`."""

    folder: Path

    @property
    def host(self) -> str:
        """The value of DOCKER_HOST that reaches it."""
        return f"unix://{state_folder(self.folder)}/docker.sock"

    def is_running(self) -> bool:
        """Whether our dockerd lives, whether or not it answers yet."""
        return self._alive("dockerd") is not None

    def has_containers(self) -> bool:
        """Whether containers were left, running or not."""
        return any((self.folder / "data/containers").glob("*"))

    def start(self, *, bounded: bool) -> None:
        """Start containerd and dockerd, detached from this process, and wait until dockerd answers."""
        state = state_folder(self.folder)
        for each in (self.folder, state):
            each.mkdir(parents=True, exist_ok=True, mode=0o711)
        self._configure(bounded=bounded)
        if self._alive("containerd") is None:
            (state / "containerd.sock").unlink(missing_ok=True)
            containerd = self._spawn(
                "containerd", ["containerd", "--config", str(self.folder / "containerd.toml")]
            )
            self._await("containerd", containerd, (state / "containerd.sock").exists)
        process: subprocess.Popen[bytes] | None = None
        if self._alive("dockerd") is None:
            (state / "dockerd.pid").unlink(missing_ok=True)
            process = self._spawn("dockerd", ["dockerd", "--config-file", str(self.folder / "daemon.json")])
        self._await("dockerd", process, self._answers)

    def stop(self) -> bool:
        """Stop both, dockerd first so that it ends its containers; tells whether anything ran."""
        return any([self._end("dockerd"), self._end("containerd")])

    def _configure(self, *, bounded: bool) -> None:
        wrapper = self.folder / "runc-bounded"
        wrapper.write_bytes(RUNTIME.read_bytes())
        wrapper.chmod(0o755)
        (self.folder / "containerd.toml").write_text(containerd_configuration(self.folder))
        configuration = dockerd_configuration(self.folder, bounded=bounded)
        (self.folder / "daemon.json").write_text(json.dumps(configuration, indent=2))

    def _answers(self) -> bool:
        return succeeds(["docker", "info"], env={"DOCKER_HOST": self.host}, timeout=10)

    def _spawn(self, name: str, argv: list[str]) -> subprocess.Popen[bytes]:
        state = state_folder(self.folder)
        path = f"/usr/sbin:/usr/bin:/sbin:/bin:{os.environ.get('PATH', '')}"
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                env={**os.environ, "PATH": path},
            )
        (state / f"{name}.started").write_text(str(process.pid))
        return process

    def _await(self, name: str, process: subprocess.Popen[bytes] | None, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            ended = process is not None and process.poll() is not None
            if ended or time.monotonic() > deadline:
                how = "ended at once" if ended else f"did not answer within {START_SECONDS:.0f} s"
                log = self.folder / f"{name}.log"
                raise ClusterError(f"{name} {how}. The end of {log}:\n\n{tail(log)}")
            time.sleep(0.3)

    def _alive(self, name: str) -> int | None:
        """The process id of our daemon, proven by the configuration file in its command line."""
        note = state_folder(self.folder) / f"{name}.started"
        if not note.exists():
            return None
        pid = int(note.read_text())
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return None
        return pid if str(self.folder) in command else None

    def _end(self, name: str) -> bool:
        pid = self._alive(name)
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self._alive(name) is not None:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.2)
        (state_folder(self.folder) / f"{name}.started").unlink(missing_ok=True)
        return True
