"""The kind cluster: making it, bringing it back after a stop, taking it away."""

from __future__ import annotations

import enum
import json
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster import machine
from cluster.cache import Cache
from cluster.docker import Docker
from cluster.errors import ClusterError
from cluster.node_image import NodeImage
from cluster.process import CommandError, output, run
from cluster.progress import progress

NAME = "telstar"
NODE = f"{NAME}-control-plane"
CONTEXT = f"kind-{NAME}"
PORT = 8080
CONFIG = Path(__file__).parent / "kind.yaml"
OWN_NODE = """\
networking:
  disableDefaultCNI: true
kubeadmConfigPatches:
  - |
    kind: InitConfiguration
    patches:
      directory: /kind/patches
"""
CREATE_SECONDS = 240.0
RESTART_SECONDS = 180.0
REPORT_SECONDS = 10.0
"""How long a kubelet takes to tell what became of its pods."""


class State(enum.Enum):
    """What there is of the cluster."""

    ABSENT = "absent"
    STOPPED = "stopped"
    RUNNING = "running"


class Action(enum.Enum):
    """What has to be done so that it runs."""

    CREATE = "create"
    START = "start"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Kubectl:
    """kubectl, always on this cluster."""

    program: Path

    def command(self, *arguments: str | Path) -> list[str | Path]:
        """The command line of a kubectl call."""
        return [self.program, "--context", CONTEXT, *arguments]

    def output(self, *arguments: str | Path, stdin: str | None = None, timeout: float = 60) -> str:
        """Run kubectl and return what it printed."""
        return output(self.command(*arguments), stdin=stdin, timeout=timeout)

    def items(self, kind: str, *arguments: str) -> list[dict[str, Any]]:
        """The objects of a kind, as the API shows them."""
        listed = json.loads(self.output("get", kind, "--output", "json", *arguments))
        found: list[dict[str, Any]] = listed["items"]
        return found


def state_of(container_status: str | None) -> State:
    """The cluster's state from the status of its node's container (None: there is no such container)."""
    if container_status is None:
        return State.ABSENT
    return State.RUNNING if container_status == "running" else State.STOPPED


def decide(state: State, *, api_answers: bool) -> Action:
    """What to do about a cluster in this state."""
    if state is State.ABSENT:
        return Action.CREATE
    return Action.NOTHING if api_answers else Action.START


def configuration(text: str, *, own_node: bool) -> str:
    """The configuration for kind; a node image of our own brings its network and smaller requests."""
    return text + OWN_NODE if own_node else text


def ensure_cluster(docker: Docker, cache: Cache, image: NodeImage) -> None:
    """Make the cluster run: create it, or start it again where it was stopped."""
    kubectl = Kubectl(cache.tools / "kubectl")
    action = decide(read_state(docker), api_answers=_api_answers(kubectl))
    if action is Action.START and not _start(docker, kubectl):
        progress.say("    The cluster that was left does not come up again; it is made anew.")
        delete_cluster(docker, cache)
        action = Action.CREATE
    if action is Action.CREATE:
        _create(docker, cache, image)
    elif docker.output("container", "inspect", "--format", "{{.Config.Image}}", NODE).strip() != image.name:
        progress.say(
            f"    The node runs another image than {image.name}; `make down` and up again renews it."
        )


def read_state(docker: Docker) -> State:
    """What the daemon says about the node's container."""
    try:
        return state_of(docker.output("container", "inspect", "--format", "{{.State.Status}}", NODE).strip())
    except CommandError:
        return State.ABSENT


def delete_cluster(docker: Docker, cache: Cache) -> bool:
    """Delete the cluster and its entry in the kubeconfig; tells whether there was one."""
    if read_state(docker) is State.ABSENT:
        return False
    with progress.step(f"Deleting the cluster {NAME}"):
        kind = cache.tools / "kind"
        run(
            [kind, "delete", "cluster", "--name", NAME],
            env=_env(docker, cache),
            log=cache.logs / "kind.log",
            timeout=180,
        )
    return True


def on_node(docker: Docker, *argv: str, timeout: float = 60) -> str:
    """Run a command on the node and return what it printed."""
    return docker.output("exec", NODE, *argv, timeout=timeout)


def _create(docker: Docker, cache: Cache, image: NodeImage) -> None:
    if machine.port_is_taken(PORT):
        raise ClusterError(
            f"Port {PORT} of 127.0.0.1 is taken, and the page is to be published there. "
            f"`ss -ltnp sport = :{PORT}` tells by whom; end that and run this again."
        )
    with (
        progress.step(f"Creating the kind cluster {NAME}"),
        tempfile.NamedTemporaryFile("w", suffix=".yaml") as file,
    ):
        file.write(configuration(CONFIG.read_text(), own_node=image.own))
        file.flush()
        run(
            [
                cache.tools / "kind",
                "create",
                "cluster",
                "--name",
                NAME,
                "--image",
                image.name,
                "--config",
                file.name,
                "--wait",
                f"{CREATE_SECONDS:.0f}s",
            ],
            env=_env(docker, cache),
            log=cache.logs / "kind.log",
            timeout=CREATE_SECONDS + 120,
        )


def _start(docker: Docker, kubectl: Kubectl) -> bool:
    """Start a stopped node and wait until the API answers; tells whether it did."""
    with progress.step(f"Starting the cluster {NAME} again") as step:
        docker.succeeds("start", NODE)
        deadline = time.monotonic() + RESTART_SECONDS
        step.detail = "waiting for its API"
        while time.monotonic() < deadline:
            if _api_answers(kubectl):
                step.detail = "waiting for its node to report"
                return _node_reports(kubectl, deadline)
            time.sleep(2)
    return False


def _node_reports(kubectl: Kubectl, deadline: float) -> bool:
    """Wait until the kubelet is back: until then every pod is shown in the state in which it was left."""
    lease = ("--namespace", "kube-node-lease", "get", "lease", NODE, "--output", "jsonpath={.spec.renewTime}")
    left: str | None = None
    while time.monotonic() < deadline:
        with suppress(CommandError):
            renewed = kubectl.output(*lease)
            left = left or renewed
            if renewed != left:
                time.sleep(REPORT_SECONDS)
                return True
        time.sleep(1)
    return False


def _api_answers(kubectl: Kubectl) -> bool:
    try:
        return kubectl.output("get", "--raw", "/readyz", "--request-timeout=5s", timeout=10).strip() == "ok"
    except CommandError:
        return False


def _env(docker: Docker, cache: Cache) -> dict[str, str]:
    """Where kind looks for docker: it must find the one that was chosen here."""
    return {**docker.env, "PATH": f"{cache.tools}:{os.environ.get('PATH', '')}"}
