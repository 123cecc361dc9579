"""Ending and freezing processes inside pods, at once and for certain."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from support.kube import Kube

# The encoder is the FFmpeg that writes segments; others may decode sources. Prints the time of the deed.
_SIGNAL = """
for process in /proc/[0-9]*; do
    case $(readlink "$process/exe") in *ffmpeg*) ;; *) continue ;; esac
    tr '\\0' '\\n' < "$process/cmdline" | grep -qx -- -hls_segment_filename || continue
    kill -%(signal)s "${process#/proc/}" && date +%%s.%%N
done
"""


def signal_encoder(kube: Kube, pod: str, signal: str) -> float:
    """Send the FFmpeg that makes segments a signal; when, in seconds since the epoch."""
    times = kube.run("exec", pod, "--", "sh", "-c", _SIGNAL % {"signal": signal}).split()
    assert times, f"no encoder runs in {pod}"
    return float(times[-1])


@contextmanager
def aimed_at(kube: Kube, selector: str) -> Iterator[subprocess.Popen[str]]:
    """A shell on the node that kills a pod's first container as soon as a line is written to it.

    The main process of a container can't be killed from inside it; and the node's shell waits ready, so that
    nothing lies between the moment that was waited for and the kill.
    """
    name = kube.pod(selector)
    pod = kube.get("pod", name)
    assert pod
    container = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    script = (
        f"pid=$(ctr --namespace k8s.io tasks list | awk '$1 == \"{container}\" {{print $2}}');"
        'test -n "$pid" && echo aimed && read _ && kill -9 "$pid" && echo killed'
    )
    with subprocess.Popen(
        ["docker", "exec", "--interactive", pod["spec"]["nodeName"], "sh", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as shell:
        assert shell.stdout
        assert shell.stdout.readline() == "aimed\n", f"{name}'s process was not found on its node"
        yield shell


def fire(shell: subprocess.Popen[str]) -> None:
    """Kill what the shell is aimed at."""
    answer, _ = shell.communicate("now\n", timeout=30)
    assert answer == "killed\n", f"not killed: {answer!r}"


def renew(kube: Kube, selector: str) -> None:
    """Give a killed container's Deployment a new pod, without the kubelet's pause before its next start."""
    kube.run("delete", "pods", f"--selector={selector}", "--grace-period=0", "--force", "--wait=false")
