"""The chart against a real API server: everything is valid, restricted, and keeps its secrets."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from support.helm_chart import Manifest, helm_template

PRODUCTION: dict[str, Any] = {
    "demo": {"enabled": True},
    "api": {"replicas": 2},
    "edge": {"replicas": 2},
    "ingress": {"host": "tv.example.com", "tls": {"secretName": "tv"}},
    "networkPolicy": {
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
        "simliveIngress": [{"ports": [{"port": 9000, "protocol": "UDP"}]}],
    },
}


def kubectl(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["kubectl", *arguments], input=stdin, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def namespace() -> Iterator[str]:
    """A new namespace that enforces the restricted standard, also on what would become pods."""
    name = f"chart-{uuid.uuid4().hex[:8]}"
    kubectl("create", "namespace", name)
    standard = [f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "warn")]
    kubectl("label", "namespace", name, *standard)
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


def rendered(values: dict[str, Any], namespace: str) -> list[Manifest]:
    """What `helm upgrade` would apply: Helm looks into the cluster."""
    result = helm_template(values, namespace, cluster=True)
    assert result.returncode == 0, result.stderr
    return [manifest for manifest in yaml.safe_load_all(result.stdout) if manifest]


def secrets(release: list[Manifest]) -> dict[str, Any]:
    return {each["metadata"]["name"]: each["data"] for each in release if each["kind"] == "Secret"}


@pytest.mark.parametrize("values", [{}, PRODUCTION], ids=["defaults", "production"])
def test_the_api_server_takes_every_object_without_a_warning(values: dict[str, Any], namespace: str) -> None:
    release = rendered(values, namespace)
    applied = kubectl(
        *("apply", "--namespace", namespace, "--server-side", "--force-conflicts"),
        *("--dry-run=server", "--filename=-"),
        stdin="\n---\n".join(json.dumps(manifest) for manifest in release),
    )
    assert len(applied.stdout.splitlines()) == len(release)
    assert applied.stderr == ""


def test_generated_secrets_stay_as_they_are_once_they_exist(namespace: str) -> None:
    first = rendered({}, namespace)
    assert secrets(rendered({}, namespace)) != secrets(first)  # nothing applied yet: made anew
    made = [each for each in first if each["kind"] == "Secret"]
    assert len(made) == 4
    kubectl(
        *("apply", "--namespace", namespace, "--filename=-"),
        stdin="\n---\n".join(json.dumps(manifest) for manifest in made),
    )
    second = rendered({}, namespace)
    assert secrets(second) == secrets(first)
    assert hashes(second) == hashes(first)


def hashes(release: list[Manifest]) -> dict[str, str]:
    """What makes pods start anew when a secret changes."""
    return {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["annotations"][
            "telstar.dev/secrets-hash"
        ]
        for each in release
        if each["metadata"]["name"] in ("telstar-api", "telstar-operator") and each["kind"] == "Deployment"
    }
