"""The product on the cluster: the chart, then the demo's channels, each waited for until it works."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from cluster.cache import Cache
from cluster.errors import ClusterError
from cluster.fingerprint import fingerprint
from cluster.images import Image
from cluster.nodes import CONTEXT, Kubectl
from cluster.process import CommandError, output, run
from cluster.progress import Step, progress
from cluster.readiness import Object, name_of, pod_problem, unready_channels, unready_workloads

ROOT = Path(__file__).parent.parent
CHART = ROOT / "charts/telstar"
VALUES = Path(__file__).parent / "values.yaml"
DEMO = ROOT / "examples/demo"
NAMESPACE = "telstar"
RELEASE = "telstar"
STAMP = "telstar.dev/installed"
HELM_SECONDS = 420
WORKLOAD_SECONDS = 240
CHANNEL_SECONDS = 240
JOB_SECONDS = 120
POLL_SECONDS = 2.0


def tag_arguments(images: Iterable[Image]) -> list[str]:
    """Helm's arguments that name each image by its content, so that a changed one is rolled out."""
    return [part for image in images for part in ("--set-string", f"image.tags.{image.name}={image.tag}")]


def needs_upgrade(status: str | None, installed: str | None, wanted: str) -> bool:
    """Whether helm has to run: unless just this state of chart, values and images was deployed well."""
    return status != "deployed" or installed != wanted


def is_interrupted(status: str | None) -> bool:
    """Whether helm was ended in the middle of its work; it then refuses to go on by itself."""
    return status is not None and status.startswith("pending")


def ensure_release(cache: Cache, kubectl: Kubectl, images: list[Image]) -> bool:
    """Install or upgrade the chart and wait for what it runs; tells whether anything had to be done."""
    wanted = fingerprint([CHART, VALUES], root=ROOT, extra=tag_arguments(images))
    status = _release_status(cache)
    if not needs_upgrade(status, _stamp(kubectl), wanted):
        await_workloads(kubectl)
        return False
    if is_interrupted(status):
        _forget_interrupted(kubectl)
    with progress.step("Chart: helm upgrade --install") as step, ThreadPoolExecutor(1) as pool:
        helm = pool.submit(_helm, cache, images)
        _watch(helm, kubectl, step)
    await_workloads(kubectl)
    kubectl.output("annotate", "--overwrite", "namespace", NAMESPACE, f"{STAMP}={wanted}")
    return True


def ensure_demo_channels(kubectl: Kubectl) -> None:
    """Apply the demo's channels, wait until they stream, and have new ones put into the schedule."""
    with progress.step("Demo channels: applying"):
        applied = kubectl.output("--namespace", NAMESPACE, "apply", "--filename", str(DEMO))
    with progress.step("Demo channels: waiting until they stream") as step:
        _await(
            lambda: unready_channels(_demo_channels(kubectl)),
            CHANNEL_SECONDS,
            step,
            lambda: explain_channels(kubectl),
        )
    if "unchanged" not in applied or any(word in applied for word in (" created", " configured")):
        _schedule_now(kubectl)


def await_workloads(kubectl: Kubectl) -> None:
    """Wait until everything the release runs is rolled out."""

    def waiting() -> list[str]:
        kinds = "deployments.apps,statefulsets.apps,daemonsets.apps"
        workloads = kubectl.items(
            kinds, "--namespace", NAMESPACE, "--selector", f"app.kubernetes.io/instance={RELEASE}"
        )
        return unready_workloads(workloads, kubectl.items("pods", "--namespace", NAMESPACE))

    with progress.step("Chart: waiting for its pods") as step:
        _await(waiting, WORKLOAD_SECONDS, step, lambda: explain_pods(kubectl))


def images_of_pods(kubectl: Kubectl) -> set[str]:
    """The images that the product's pods run."""
    return {
        str(container["image"])
        for pod in kubectl.items("pods", "--namespace", NAMESPACE)
        for kind in ("containers", "initContainers")
        for container in pod["spec"].get(kind, [])
    }


def explain_pods(kubectl: Kubectl) -> str:
    """Events, and the last lines that the pods in trouble wrote."""
    pods = [pod for pod in kubectl.items("pods", "--namespace", NAMESPACE) if pod_problem(pod)]
    parts = [_tried(kubectl, "--namespace", NAMESPACE, "get", "pods", "--output", "wide"), _events(kubectl)]
    for pod in pods[:5]:
        logs = _tried(
            kubectl,
            "--namespace",
            NAMESPACE,
            "logs",
            name_of(pod),
            "--all-containers",
            "--tail=15",
            "--prefix",
        )
        parts.append(f"--- {name_of(pod)}: {pod_problem(pod)}\n{logs}")
    return "\n".join(parts)


def explain_channels(kubectl: Kubectl) -> str:
    """The channels' conditions, then what pods and operator say."""
    lines = []
    for channel in _demo_channels(kubectl):
        conditions = _conditions(channel)
        lines += [f"--- {name_of(channel)}", *(conditions or ["    no conditions"])]
    operator = _tried(kubectl, "--namespace", NAMESPACE, "logs", "deployment/telstar-operator", "--tail=25")
    return "\n".join([*lines, "--- telstar-operator", operator, explain_pods(kubectl)])


def _conditions(channel: Object) -> list[str]:
    return [
        f"    {each.get('type')}={each.get('status')} {each.get('reason', '')}: {each.get('message', '')}"
        for each in channel.get("status", {}).get("conditions", [])
    ]


def _helm(cache: Cache, images: list[Image]) -> None:
    run(
        [
            cache.tools / "helm",
            "upgrade",
            "--install",
            RELEASE,
            CHART,
            "--kube-context",
            CONTEXT,
            "--namespace",
            NAMESPACE,
            "--create-namespace",
            "--values",
            VALUES,
            "--timeout",
            f"{HELM_SECONDS}s",
            *tag_arguments(images),
        ],
        log=cache.logs / "helm.log",
        timeout=HELM_SECONDS + 60,
    )


def _forget_interrupted(kubectl: Kubectl) -> None:
    """Delete helm's note of an unfinished revision; the next one takes over what it had made."""
    selector = f"owner=helm,name={RELEASE},status in (pending-install,pending-upgrade,pending-rollback)"
    kubectl.output("--namespace", NAMESPACE, "delete", "secrets", "--selector", selector)


def _watch(helm: Future[None], kubectl: Kubectl, step: Step) -> None:
    """Show what the pods wait for while helm waits for its hooks; a failure explains itself by them."""
    while not helm.done():
        time.sleep(POLL_SECONDS)
        problems = [(name_of(pod), pod_problem(pod)) for pod in _pods(kubectl)]
        step.detail = "; ".join(f"{name} {why}" for name, why in problems if why)
    failed = helm.exception()
    if failed is not None:
        raise ClusterError(f"{failed}\n\n{explain_pods(kubectl)}") from failed


def _await(waiting: Callable[[], list[str]], limit: float, step: Step, explain: Callable[[], str]) -> None:
    """Poll until nothing is waited for any more; on reaching the limit fail with an explanation."""
    deadline = time.monotonic() + limit
    while lines := waiting():
        step.detail = "; ".join(lines)
        if time.monotonic() > deadline:
            still = "\n".join(f"  {line}" for line in lines)
            raise ClusterError(f"Waited {limit:.0f} s, and these are not ready:\n{still}\n\n{explain()}")
        time.sleep(POLL_SECONDS)


def _schedule_now(kubectl: Kubectl) -> None:
    """Run the demo's schedule job once, instead of waiting half an hour for its turn."""
    name = f"telstar-demo-schedule-{int(time.time())}"
    with progress.step("Demo schedule"):
        kubectl.output(
            "--namespace", NAMESPACE, "create", "job", name, "--from=cronjob/telstar-demo-schedule"
        )
        try:
            kubectl.output(
                "--namespace",
                NAMESPACE,
                "wait",
                "--for=condition=complete",
                f"job/{name}",
                f"--timeout={JOB_SECONDS}s",
                timeout=JOB_SECONDS + 10,
            )
        except CommandError as late:
            raise ClusterError(f"{late}\n\n{explain_pods(kubectl)}") from late
        kubectl.output("--namespace", NAMESPACE, "delete", "job", name, "--wait=false")


def _demo_channels(kubectl: Kubectl) -> list[Object]:
    listed = json.loads(
        kubectl.output("--namespace", NAMESPACE, "get", "--filename", str(DEMO), "--output", "json")
    )
    found: list[Object] = listed.get("items", [listed])
    return found


def _pods(kubectl: Kubectl) -> list[Object]:
    try:
        return list(kubectl.items("pods", "--namespace", NAMESPACE))
    except CommandError:
        return []


def _events(kubectl: Kubectl) -> str:
    printed = _tried(
        kubectl,
        "--namespace",
        NAMESPACE,
        "get",
        "events",
        "--sort-by=.lastTimestamp",
        "--field-selector=type=Warning",
    )
    return "\n".join(printed.splitlines()[-15:])


def _tried(kubectl: Kubectl, *arguments: str) -> str:
    try:
        return kubectl.output(*arguments)
    except CommandError as failure:
        return str(failure)


def _release_status(cache: Cache) -> str | None:
    try:
        printed = output(
            [
                cache.tools / "helm",
                "status",
                RELEASE,
                "--kube-context",
                CONTEXT,
                "--namespace",
                NAMESPACE,
                "--output",
                "json",
            ]
        )
    except CommandError:
        return None
    return str(json.loads(printed)["info"]["status"])


def _stamp(kubectl: Kubectl) -> str | None:
    path = "{.metadata.annotations." + STAMP.replace(".", r"\.") + "}"
    try:
        return kubectl.output("get", "namespace", NAMESPACE, "--output", f"jsonpath={path}")
    except CommandError:
        return None
