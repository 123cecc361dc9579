"""A content key stands in its Secret, in the wrapped table and in SimLive's memory, and nowhere else."""

import base64
import gzip
import io
import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pytest
from support.database import sql
from support.kube import Kube
from support.waiting import wait_until

KINDS = (
    "channels",
    "pods",
    "deployments",
    "replicasets",
    "configmaps",
    "jobs",
    "serviceaccounts",
    "events",
    "statefulsets",
    "leases",
    "services",
)

# A channel, and its key in every spelling.
Subject = tuple[str, dict[str, str]]


@pytest.fixture(scope="module")
def subject(make_module_channel: Callable[..., str], kube: Kube) -> Subject:
    """A channel that has lived through a reconcile and a restart, and its key in every spelling."""
    channel = make_module_channel()
    found = kube.get("secret", f"simlive-{channel}-key")
    key = base64.b64decode(found["data"]["key"]).decode()
    raw = bytes.fromhex(key)
    kube.run("delete", "deployment", f"simlive-{channel}")
    wait_until("the repaired Deployment", lambda: kube.get("deployment", f"simlive-{channel}"), 60)
    kube.wait_for("channel", channel, "Ready")
    needles = {
        "hexadecimal": key,
        "upper case": key.upper(),
        "base64 of hexadecimal": base64.b64encode(key.encode()).decode(),
        "base64": base64.b64encode(raw).decode().rstrip("="),
        "base64url": base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }
    return channel, needles


def assert_absent(needles: dict[str, str], where: str, text: str) -> None:
    """No spelling of the key in a text that isn't empty."""
    assert text.strip(), f"{where} is empty: the test would prove nothing"
    for spelling, needle in needles.items():
        assert needle not in text, f"the key stands in {where} ({spelling})"


def test_no_key_in_any_object_but_its_secret(subject: Subject, kube: Kube) -> None:
    channel, needles = subject
    for kind in KINDS:
        assert_absent(needles, kind, kube.run("get", kind, "--output=json", "--show-managed-fields"))
    for secret in kube.list("secrets"):
        metadata = json.dumps(secret["metadata"])
        assert_absent(needles, f"metadata of secret {secret['metadata']['name']}", metadata)
        if secret["metadata"]["name"] != f"simlive-{channel}-key":
            assert_absent(needles, f"secret {secret['metadata']['name']}", json.dumps(secret))


def test_no_key_in_any_log(subject: Subject, kube: Kube) -> None:
    _, needles = subject
    for pod in kube.list("pods"):
        name = pod["metadata"]["name"]
        logs = kube.run("logs", name, "--all-containers", "--tail=-1", check=False)
        for spelling, needle in needles.items():
            assert needle not in logs, f"the key stands in the log of {name} ({spelling})"
    assert kube.run("logs", "deployment/telstar-operator").strip(), "the operator logs nothing"


def test_no_key_on_a_command_line_or_in_an_environment_outside_the_channels_own_pod(
    subject: Subject, kube: Kube
) -> None:
    channel, needles = subject
    for pod in kube.list("pods"):
        spec = json.dumps(pod["spec"])
        assert_absent(needles, f"the specification of {pod['metadata']['name']}", spec)
        assert not pod["spec"].get("hostPID") and not pod["spec"].get("shareProcessNamespace")
    pod = kube.pod(f"telstar.dev/channel={channel}")
    script = "for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ 2>/dev/null; done; true"
    assert_absent(
        needles, "an environment in the SimLive pod", kube.run("exec", pod, "--", "sh", "-c", script)
    )


def test_no_key_in_the_database(subject: Subject, kube: Kube) -> None:
    channel, needles = subject
    assert sql(kube, f"SELECT count(*) FROM drm_keys WHERE channel = '{channel}'").strip() == "1"
    dump = kube.run(
        "exec",
        "telstar-postgres-0",
        "--",
        "sh",
        "-c",
        'PGPASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")" '
        'pg_dump -h 127.0.0.1 -U "$POSTGRES_USER" "$POSTGRES_DB"',
    )
    raw = bytes.fromhex(needles["hexadecimal"])
    assert_absent({**needles, "bytea": "\\\\x" + raw.hex()}, "the database", dump)


def test_no_key_or_secret_in_an_image_layer(subject: Subject, kube: Kube) -> None:
    _, needles = subject
    secrets = [
        base64.b64decode(value)
        for secret in kube.list("secrets", "app.kubernetes.io/instance=telstar")
        for name, value in secret.get("data", {}).items()
        if not name.endswith(".crt")
    ]
    assert len(secrets) >= 4, "the chart's own secrets were not found"
    hidden = [needle.encode() for needle in needles.values()] + [
        secret for secret in secrets if len(secret) > 15
    ]
    images = {
        container["image"]
        for pod in kube.list("pods")
        for container in pod["spec"]["containers"] + pod["spec"].get("initContainers", [])
    }
    assert len(images) >= 5
    for image in images:
        plain, *found = stands_in_image(image, [b"Debian GNU/Linux", *hidden])
        assert plain, f"the layers of {image} could not be read: the test would prove nothing"
        assert not any(found), f"{image} holds a key or secret"


def stands_in_image(image: str, needles: list[bytes]) -> list[bool]:
    """Which needles stand in an image's configuration or in any of its layers."""
    found = [False] * len(needles)
    with (
        subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saving,
        tarfile.open(fileobj=saving.stdout, mode="r|") as archive,
    ):
        for part in (archive.extractfile(member) for member in archive if member.isfile()):
            assert isinstance(part, io.BufferedReader)
            packed = part.peek(2)[:2] == b"\x1f\x8b"
            for window in windows(
                gzip.GzipFile(fileobj=part) if packed else part, max(map(len, needles)) - 1
            ):
                found = [known or needle in window for known, needle in zip(found, needles, strict=True)]
    return found


def windows(file: BinaryIO, overlap: int) -> Iterator[bytes]:
    """A file's blocks, each with the end of the one before, so that nothing is cut in two."""
    rest = b""
    while block := file.read(1 << 24):
        yield rest + block
        rest = (rest + block)[-overlap:]
