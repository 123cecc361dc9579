"""The kind cluster: making it, bringing it back after a stop, taking it away."""

from __future__ import annotations

import enum
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from string import Template

from cluster import machine
from cluster.cache import Cache
from cluster.docker import Docker
from cluster.errors import ClusterError
from cluster.network import ensure_network
from cluster.node_image import NodeImage
from cluster.nodes import NAME, NODE, NODES, Kubectl
from cluster.process import CommandError, run
from cluster.progress import progress

SEGMENTS = f"{NAME}-segments"
"""The daemon's volume that all nodes mount: a folder where the nodes are, whatever machine this is."""
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
CREATE_SECONDS = 360.0
READY_SECONDS = 180.0
RESTART_SECONDS = 180.0
REPORT_SECONDS = 10.0
"""How long kubelets take to tell what became of their pods."""


class State(enum.Enum):
    """What there is of the cluster."""

    ABSENT = "absent"
    INCOMPLETE = "incomplete"
    STOPPED = "stopped"
    RUNNING = "running"


class Action(enum.Enum):
    """What has to be done so that it runs."""

    CREATE = "create"
    CREATE_ANEW = "create anew"
    START = "start"
    NOTHING = "nothing"


def state_of(statuses: Sequence[str | None]) -> State:
    """The cluster's state from the status of each node's container (None: there is no such container)."""
    if not any(statuses):
        return State.ABSENT
    if not all(statuses):
        return State.INCOMPLETE
    return State.RUNNING if set(statuses) == {"running"} else State.STOPPED


def decide(state: State, *, api_answers: bool) -> Action:
    """What to do about a cluster in this state."""
    if state is State.ABSENT:
        return Action.CREATE
    if state is State.INCOMPLETE:
        return Action.CREATE_ANEW
    return Action.NOTHING if state is State.RUNNING and api_answers else Action.START


def configuration(text: str, *, own_node: bool, segments: str) -> str:
    """The configuration for kind; a node image of our own brings its network and smaller requests.

    `segments` is the folder with all channels' segments, as the Docker daemon knows it.
    """
    return Template(text).substitute(segments=segments) + (OWN_NODE if own_node else "")


def ensure_cluster(docker: Docker, cache: Cache, image: NodeImage) -> None:
    """Make the cluster run: create it, or start it again where it was stopped."""
    kubectl = Kubectl(cache.tools / "kubectl")
    action = decide(read_state(docker), api_answers=_api_answers(kubectl))
    if action is Action.START and not _start(docker, kubectl):
        progress.say("    The cluster that was left does not come up again; it is made anew.")
        action = Action.CREATE_ANEW
    elif action is Action.CREATE_ANEW:
        progress.say(f"    The cluster that was left lacks some of {', '.join(NODES)}; it is made anew.")
    if action is Action.CREATE_ANEW:
        delete_cluster(docker, cache)
    if action in (Action.CREATE, Action.CREATE_ANEW):
        _create(docker, cache, image)
    elif docker.output("container", "inspect", "--format", "{{.Config.Image}}", NODE).strip() != image.name:
        progress.say(
            f"    The nodes run another image than {image.name}; `make down` and up again renews them."
        )
    if image.own:
        ensure_network(docker, kubectl)
    _await_nodes(kubectl)


def read_state(docker: Docker) -> State:
    """What the daemon says about the nodes' containers."""
    return state_of([_status(docker, node) for node in NODES])


def delete_cluster(docker: Docker, cache: Cache) -> bool:
    """Delete the cluster, its segments and its entry in the kubeconfig; tells whether there was one."""
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
        docker.succeeds("volume", "rm", "--force", SEGMENTS)
    return True


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
        segments = _fresh_segments(docker)
        file.write(configuration(CONFIG.read_text(), own_node=image.own, segments=segments))
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
            ],
            env=_env(docker, cache),
            log=cache.logs / "kind.log",
            timeout=CREATE_SECONDS,
        )


def _fresh_segments(docker: Docker) -> str:
    """An empty volume for segments: its folder on the daemon's machine."""
    docker.succeeds("volume", "rm", "--force", SEGMENTS)
    docker.output("volume", "create", SEGMENTS)
    return docker.output("volume", "inspect", "--format", "{{.Mountpoint}}", SEGMENTS).strip()


def _status(docker: Docker, node: str) -> str | None:
    try:
        return docker.output("container", "inspect", "--format", "{{.State.Status}}", node).strip()
    except CommandError:
        return None


def _await_nodes(kubectl: Kubectl) -> None:
    with progress.step("Waiting for the nodes"):
        kubectl.output(
            "wait",
            "--for=condition=Ready",
            "nodes",
            "--all",
            f"--timeout={READY_SECONDS:.0f}s",
            timeout=READY_SECONDS + 10,
        )


def _start(docker: Docker, kubectl: Kubectl) -> bool:
    """Start stopped nodes and wait until the API answers; tells whether it did."""
    with progress.step(f"Starting the cluster {NAME} again") as step:
        for node in NODES:
            docker.succeeds("start", node)
        deadline = time.monotonic() + RESTART_SECONDS
        step.detail = "waiting for its API"
        while time.monotonic() < deadline:
            if _api_answers(kubectl):
                step.detail = "waiting for its nodes to report"
                return _nodes_report(kubectl, deadline)
            time.sleep(2)
    return False


def _nodes_report(kubectl: Kubectl, deadline: float) -> bool:
    """Wait until the kubelets are back: until then every pod is shown in the state in which it was left."""
    left: dict[str, str] = {}
    silent = set(NODES)
    while time.monotonic() < deadline:
        for node in sorted(silent):
            with suppress(CommandError):
                renewed = _lease(kubectl, node)
                if renewed != left.setdefault(node, renewed):
                    silent.remove(node)
        if not silent:
            time.sleep(REPORT_SECONDS)
            return True
        time.sleep(1)
    return False


def _lease(kubectl: Kubectl, node: str) -> str:
    """When the node's kubelet last said that it lives."""
    namespace = ("--namespace", "kube-node-lease")
    return kubectl.output(*namespace, "get", "lease", node, "--output", "jsonpath={.spec.renewTime}")


def _api_answers(kubectl: Kubectl) -> bool:
    try:
        return kubectl.output("get", "--raw", "/readyz", "--request-timeout=5s", timeout=10).strip() == "ok"
    except CommandError:
        return False


def _env(docker: Docker, cache: Cache) -> dict[str, str]:
    """Where kind looks for docker: it must find the one that was chosen here."""
    return {**docker.env, "PATH": f"{cache.tools}:{os.environ.get('PATH', '')}"}
