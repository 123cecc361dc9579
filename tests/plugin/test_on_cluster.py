"""`kubectl telstar` against the real cluster and its demo channels, with the operator and SimLive at work."""

import base64
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.kube import Kube
from support.waiting import wait_until

pytestmark = pytest.mark.cluster

REPOSITORY = Path(__file__).parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs `kubectl telstar …` in the namespace telstar."""
    folder = tmp_path_factory.mktemp("bin")
    subprocess.run([sys.executable, REPOSITORY / "scripts/build-plugin", folder], check=True, timeout=60)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["kubectl", "telstar", *arguments, "--namespace=telstar"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
        )

    return run


@pytest.fixture(scope="module")
def channel() -> Iterator[str]:
    """A channel of its own, small, that rotates its key each minute; it goes when the tests are done."""
    kube, name = Kube(), f"plugin-{uuid.uuid4().hex[:6]}"
    kube.apply(
        {
            "apiVersion": "telstar.dev/v1alpha1",
            "kind": "Channel",
            "metadata": {"name": name},
            "spec": {
                "displayName": "Plugin",
                "number": 9000 + int(name[-2:], 16),
                "source": {"testPattern": {}},
                "renditions": [{"name": "180p", "width": 320, "height": 180, "videoBitrate": "100k"}],
                "segmentDuration": "2s",
                "retention": "1h",
                "drm": {"rotationPeriod": "1m"},
            },
        }
    )
    try:
        kube.wait_for("channel", name, "Ready")
        yield name
    finally:
        kube.delete("channel", name)


@pytest.fixture(scope="module")
def keys(channel: str) -> list[str]:
    """Every spelling of the keys in the channel's Secret."""
    secret = Kube().get("secret", f"simlive-{channel}-key")
    assert secret is not None
    spelled = []
    for name in ("key", "next-key"):
        if name in secret["data"]:
            key = base64.b64decode(secret["data"][name]).decode()
            raw = base64.b64encode(bytes.fromhex(key)).decode().rstrip("=")
            spelled += [key, key.upper(), secret["data"][name], raw]
    assert len(spelled) >= 4
    return spelled


def test_status_lists_the_channel(run: Run, channel: str) -> None:
    done = run("status", channel, "-o", "json")
    assert done.returncode == 0, done.stderr
    (shown,) = json.loads(done.stdout)["channels"]
    assert (shown["state"], shown["ready"], shown["problems"]) == ("Running", True, [])
    assert shown["onAir"]["state"] == "preferred"
    assert shown["key"]["kid"] and shown["key"]["since"]


def test_diagnose_finds_nothing_wrong(run: Run, channel: str) -> None:
    done = run("diagnose", channel, "-o", "json")
    shown = json.loads(done.stdout)
    assert done.returncode == 0, shown["verdict"]
    assert shown["verdict"].startswith(f"{channel} is well")
    results = {finding["area"]: finding for finding in shown["findings"]}
    for area in ("Channel", "Conditions", "Deployment", "Pod", "SimLive", "Source", "Clock", "Volume"):
        assert results[area]["result"] == "well", results[area]
    assert "not known" not in results["Coverage"]["headline"]


def test_keys_rotate_and_are_told_by_their_ids(run: Run, channel: str) -> None:
    def used() -> set[str]:
        rows = json.loads(run("keys", channel, "-o", "json").stdout)["keys"]
        uses = {row["use"] for row in rows}
        return uses if {"past", "on the air"} <= uses else set()

    assert wait_until("a key to be changed", used, 120, every=3)


def test_logs(run: Run, channel: str) -> None:
    done = run("logs", channel, "--tail", "200")
    assert "run started" in done.stdout
    assert all(not line.startswith("{") for line in done.stdout.splitlines())


def test_no_output_holds_a_key(run: Run, channel: str, keys: list[str]) -> None:
    for command in (
        *(["status", channel], ["status", channel, "-o", "json"], ["diagnose", channel]),
        *(["diagnose", channel, "-o", "json"], ["keys", channel], ["keys", channel, "-o", "json"]),
        *(["logs", channel], ["logs", channel, "--raw"], ["version"]),
    ):
        done = run(*command)
        assert done.stdout.strip(), command
        for key in keys:
            assert key not in done.stdout + done.stderr, command


def test_pause_and_resume(run: Run, channel: str) -> None:
    paused = run("pause", channel, "--timeout", "90s")
    assert paused.returncode == 0, paused.stderr
    assert Kube().list("pods", f"telstar.dev/channel={channel}") == []
    stopped = run("diagnose", channel)
    assert stopped.returncode == 0
    assert stopped.stdout.splitlines()[-1].startswith(f"{channel} is stopped, as its spec says.")
    resumed = run("resume", channel, "--timeout", "90s")
    assert (resumed.returncode, resumed.stdout) == (0, f"channel {channel} is on the air\n"), resumed.stderr
    fields = Kube().run("get", "channel", channel, "--output=json", "--show-managed-fields")
    managers = {entry["manager"] for entry in json.loads(fields)["metadata"]["managedFields"]}
    assert "kubectl-telstar" in managers


def test_a_channel_that_cannot_start_is_explained(run: Run, channel: str) -> None:
    kube = Kube()
    nowhere = {"spec": {"podTemplate": {"nodeSelector": {"telstar.dev/no-such-node": "true"}}}}
    kube.run("patch", "channel", channel, "--type=merge", f"--patch={json.dumps(nowhere)}")
    kube.wait_for("channel", channel, "Ready", "False")

    def explained() -> str:
        done = run("diagnose", channel)
        return done.stdout if done.returncode == 1 and "no node takes" in done.stdout else ""

    shown = wait_until("the verdict that no node takes the pod", explained, 60, every=2)
    assert shown.splitlines()[-1].startswith(f"{channel} is not well. Streaming: no node takes the pod")
    assert f"✗ {channel}: Streaming: no node takes the pod" in run("status", channel).stdout
