"""What each command does, in the order in which it is done."""

from __future__ import annotations

import fcntl
import shlex
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from cluster import binaries, machine, process
from cluster.bases import SUITES, ensure_bases
from cluster.cache import Cache, remove
from cluster.daemon import OwnDaemon
from cluster.docker import Docker, ensure_docker, environment, running_docker
from cluster.errors import ClusterError
from cluster.images import REPOSITORY, Image, ensure_base, ensure_images, load_into_nodes, remove_outdated
from cluster.ingress import ensure_ingress
from cluster.kind_cluster import PORT, delete_cluster, ensure_cluster
from cluster.node_image import NodeImage, find_node_image, make_node_image, remove_earlier
from cluster.nodes import CONTEXT, Kubectl
from cluster.progress import progress
from cluster.release import ensure_demo_channels, ensure_release, images_of_pods
from cluster.storage import ensure_storage

NEEDED_GIB = 24.0
"""Free disk for a first run: compilers' caches, images, the nodes; measured 16 GiB, 3 more for the second."""
NEEDED_MEMORY_GIB = 4.0
LOCK_SECONDS = 3600.0

WELCOME = """
Telstar runs: http://127.0.0.1:{port}                                  ({total})

  Sign in with the password telstar-demo as
    free@example.com      no subscription
    basic@example.com     live on two channels
    premium@example.com   everything
    admin@example.com     the dashboard

  Try
    - a programme that is on: play it from its start; it ends when the programme ends
    - one of the guide's past programmes: catch-up, with what was not recorded marked as missing
    - a channel basic@example.com may not watch: the page says why, and what would unlock it
    - a third stream as basic@example.com: take the place of one of the others
    - Support, as admin@example.com: why somebody can or cannot watch something
    - kubectl --context {context} -n telstar get channels
    - kubectl --context {context} -n telstar apply -f examples/channel.yaml, then watch your own channel

  kubectl, helm, kind and docker of this cluster:  eval "$(python3 -m cluster env)"
  Take it away:  make down   (make clean removes what was cached as well)
"""


def up(cache: Cache, *, bare: bool) -> None:
    """Bring everything up; `bare` stops after the cluster, its ingress and its volumes."""
    with _only_one(cache):
        _check_room(cache)
        docker = ensure_docker(cache)
        with ThreadPoolExecutor() as pool:
            try:
                images = _cluster_and_images(docker, cache, pool, bare=bare)
            except BaseException:
                process.end_all()
                raise
        if bare:
            progress.say(f"\nThe cluster runs; its kubectl context is {CONTEXT}. ({progress.total()})")
            return
        kubectl = Kubectl(cache.tools / "kubectl")
        load_into_nodes(docker, cache, [image.reference for image in images])
        ensure_release(cache, kubectl, images)
        ensure_demo_channels(kubectl)
        remove_outdated(docker, images, images_of_pods(kubectl))
        remove_earlier(docker)
    progress.say(WELCOME.format(port=PORT, context=CONTEXT, total=progress.total()))


def down(cache: Cache) -> None:
    """Delete the cluster and stop the daemon, if it is ours."""
    with _only_one(cache):
        own = OwnDaemon(cache.docker)
        if own.has_containers() and not own.is_running():
            own.start(bounded=machine.lacks_sys_resource())
        docker = running_docker(cache)
        deleted = docker is not None and delete_cluster(docker, cache)
        stopped = own.is_running()
        if stopped:
            with progress.step("Stopping the Docker daemon of our own"):
                own.stop()
    if not (deleted or stopped):
        progress.say("There was nothing to take down.")


def clean(cache: Cache) -> None:
    """Take everything down and remove the cache; from another's daemon only the product's images."""
    down(cache)
    docker = running_docker(cache)
    if docker is not None:
        tags = docker.output("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"{REPOSITORY}/*").split()
        for tag in tags:
            docker.succeeds("image", "rm", tag)
    with progress.step(f"Removing {cache.root}"):
        remove(cache.root)


def images_only(cache: Cache) -> None:
    """Build the product's images."""
    with _only_one(cache):
        docker = _ready_docker(cache)
        for image in ensure_images(docker, cache):
            print(image.reference)


def docker_only(cache: Cache) -> None:
    """Have a Docker daemon and the images that others are built on."""
    with _only_one(cache):
        _ready_docker(cache)


def tools(cache: Cache, names: Sequence[str]) -> None:
    """Have these tools in the cache's tools folder; unknown names are refused."""
    known = [*binaries.TOOLS, "kubectl"]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ClusterError(f"No such tool: {', '.join(unknown)}. There are: {', '.join(known)}.")
    with _only_one(cache):
        for name in names or known:
            binaries.ensure_tool(name, cache, own_node=_has_own_components(cache))


def env(cache: Cache) -> None:
    """Print the shell lines with which other programs find this cluster."""
    for name, value in environment(cache).items():
        print(f"export {name}={shlex.quote(value)}")


def _cluster_and_images(docker: Docker, cache: Cache, pool: ThreadPoolExecutor, *, bare: bool) -> list[Image]:
    """The cluster with ingress and volumes; programs are compiled and images built beside it."""
    found = find_node_image(docker)
    own = found is None or found.own
    programs = pool.submit(_compile, cache, own_node=own, for_node=found is None)
    ensure_bases(docker, cache, SUITES if found is None else ("trixie",))
    ensure_base(docker)
    images = None if bare else pool.submit(ensure_images, docker, cache)
    programs.result()
    _cluster(docker, cache, found or make_node_image(docker, cache))
    return images.result() if images else []


def _cluster(docker: Docker, cache: Cache, node: NodeImage) -> None:
    kubectl = Kubectl(cache.tools / "kubectl")
    ensure_cluster(docker, cache, node)
    kubectl.output("--namespace", "kube-system", "scale", "deployment/coredns", "--replicas=1")
    ensure_storage(docker, kubectl)
    ensure_ingress(docker, cache, kubectl)


def _compile(cache: Cache, *, own_node: bool, for_node: bool) -> None:
    """Compile what the cluster will need, the most urgent first."""
    if for_node:
        binaries.node_components(cache)
        binaries.install(binaries.COREDNS, cache)
    for name in ("kind", "kubectl", "helm"):
        binaries.ensure_tool(name, cache, own_node=own_node)
    if for_node:
        binaries.install(binaries.CONTOUR, cache)


def _ready_docker(cache: Cache) -> Docker:
    docker = ensure_docker(cache)
    ensure_bases(docker, cache, ("trixie",))
    ensure_base(docker)
    return docker


def _has_own_components(cache: Cache) -> bool:
    return any(cache.binaries.glob("kube-*"))


def _check_room(cache: Cache) -> None:
    """Refuse early what would fail late; a cluster that runs already has taken its share."""
    if running_docker(cache) is None:
        machine.require_space(cache.root, NEEDED_GIB)
        machine.require_memory(NEEDED_MEMORY_GIB)


@contextmanager
def _only_one(cache: Cache) -> Iterator[None]:
    """Wait for another run on the same cache to end; two at once would get into each other's way."""
    cache.root.mkdir(parents=True, exist_ok=True)
    with (cache.root / "lock").open("w") as lock:
        deadline = time.monotonic() + LOCK_SECONDS
        with progress.step("Waiting for another run to end") if not _taken(lock.fileno()) else _nothing():
            while not _taken(lock.fileno()):
                if time.monotonic() > deadline:
                    raise ClusterError(
                        f"Another run has not ended for {LOCK_SECONDS / 60:.0f} min: {cache.root}/lock"
                    )
                time.sleep(1)
        yield


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
