"""Whatever the values, pods keep to the restricted standard and hold no rights or secrets without need."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.helm_chart import Manifest, render

VALUE_SETS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "demo": {"demo": {"enabled": True}},
    "production": {
        "image": {"registry": "registry.example.com", "tag": "1.2.3", "pullSecrets": ["pull"]},
        "postgres": {"enabled": False},
        "database": {"existingSecret": "own-database"},
        "segments": {"existingClaim": "own-segments"},
        "api": {
            "replicas": 3,
            "tokenKey": {"existingSecret": "own-token-key"},
            "keyEncryptionKey": {"existingSecret": "own-kek", "formerSecrets": ["former-kek", "older-kek"]},
            "internalTLS": {"existingSecret": "own-tls"},
        },
        "edge": {"replicas": 2},
        "ingress": {"className": "contour", "host": "tv.example.com", "tls": {"secretName": "tv"}},
    },
}
CLUSTER_RIGHTS = {"telstar-api", "telstar-operator"}


@pytest.fixture(params=VALUE_SETS)
def release(request: pytest.FixtureRequest) -> list[Manifest]:
    return render(VALUE_SETS[request.param])


def of_kind(release: list[Manifest], *kinds: str) -> list[Manifest]:
    return [manifest for manifest in release if manifest["kind"] in kinds]


def pods(release: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Every pod (or pod template) of a release, with its owner's name."""
    for manifest in release:
        name = manifest["metadata"]["name"]
        match manifest["kind"]:
            case "Deployment" | "StatefulSet" | "Job":
                yield name, manifest["spec"]["template"]
            case "CronJob":
                yield name, manifest["spec"]["jobTemplate"]["spec"]["template"]
            case "Pod":
                yield name, manifest


def containers(pod: Manifest) -> list[Manifest]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def test_every_pod_keeps_to_the_restricted_pod_security_standard(release: list[Manifest]) -> None:
    found = list(pods(release))
    assert {"telstar-operator", "telstar-keeper", "telstar-api", "telstar-edge"} <= {
        name for name, _ in found
    }
    for name, pod in found:
        security = pod["spec"]["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] != 0, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod["spec"]), name
        assert all("hostPath" not in volume for volume in pod["spec"].get("volumes", [])), name
        for container in containers(pod):
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name
            assert own["readOnlyRootFilesystem"] is True, name


def test_every_container_says_what_it_needs_and_at_most_takes(release: list[Manifest]) -> None:
    for name, pod in pods(release):
        for container in containers(pod):
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
            assert "memory" in container["resources"]["limits"], name


def test_only_the_api_and_the_operator_hold_a_token_of_the_cluster(release: list[Manifest]) -> None:
    with_token = {
        name for name, pod in pods(release) if pod["spec"].get("automountServiceAccountToken") is not False
    }
    assert with_token == CLUSTER_RIGHTS
    for account in of_kind(release, "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


def test_the_api_may_have_tokens_reviewed_and_read_channels_and_nothing_else(release: list[Manifest]) -> None:
    roles = {role["metadata"]["name"]: role for role in of_kind(release, "ClusterRole", "Role")}
    bindings = [
        binding
        for binding in of_kind(release, "ClusterRoleBinding", "RoleBinding")
        if any(subject["name"] == "telstar-api" for subject in binding["subjects"])
    ]
    rights = {binding["kind"]: roles[binding["roleRef"]["name"]] for binding in bindings}
    assert len(bindings) == 2
    everywhere, in_the_namespace = rights["ClusterRoleBinding"], rights["RoleBinding"]
    assert everywhere["rules"] == [
        {"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]}
    ]
    assert in_the_namespace["kind"] == "Role"
    assert in_the_namespace["rules"] == [
        {"apiGroups": ["telstar.dev"], "resources": ["channels"], "verbs": ["get", "list", "watch"]}
    ]


def test_every_service_and_budget_and_policy_selects_a_pod(release: list[Manifest]) -> None:
    labels = [pod["metadata"]["labels"] for _, pod in pods(release)]

    def selects(selector: Manifest) -> bool:
        return any(selector.items() <= each.items() for each in labels)

    for service in of_kind(release, "Service"):
        assert selects(service["spec"]["selector"]), service["metadata"]["name"]
    for budget in of_kind(release, "PodDisruptionBudget"):
        assert selects(budget["spec"]["selector"]["matchLabels"]), budget["metadata"]["name"]
    policies = of_kind(release, "NetworkPolicy")
    assert policies
    for policy in policies:
        if policy["metadata"]["name"] != "telstar-simlive":  # its pods are the operator's
            assert selects(policy["spec"]["podSelector"]["matchLabels"]), policy["metadata"]["name"]


def test_every_service_port_is_a_port_of_its_pods(release: list[Manifest]) -> None:
    for service in of_kind(release, "Service"):
        selector = service["spec"]["selector"]
        matching = [pod for _, pod in pods(release) if selector.items() <= pod["metadata"]["labels"].items()]
        ports = {
            (port["name"], port.get("protocol", "TCP"))
            for pod in matching
            for container in containers(pod)
            for port in container.get("ports", [])
        }
        for port in service["spec"]["ports"]:
            assert (port["targetPort"], port.get("protocol", "TCP")) in ports, service["metadata"]["name"]


def test_secrets_stand_in_secrets_alone(release: list[Manifest]) -> None:
    values = {
        value
        for secret in of_kind(release, "Secret")
        for key, encoded in secret["data"].items()
        if key not in ("username", "database", "ca.crt", "tls.crt")
        for value in (encoded, base64.b64decode(encoded).decode())
    }
    elsewhere = json.dumps([manifest for manifest in release if manifest["kind"] != "Secret"])
    assert not [value for value in values if value in elsewhere or json.dumps(value)[1:-1] in elsewhere]


def test_every_secret_a_pod_reads_is_made_or_named_in_the_values(release: list[Manifest]) -> None:
    made = {secret["metadata"]["name"] for secret in of_kind(release, "Secret")}
    named = {"own-database", "own-token-key", "own-kek", "former-kek", "older-kek", "own-tls"}
    projected = {
        source["secret"]["name"]
        for _, pod in pods(release)
        for volume in pod["spec"].get("volumes", [])
        for source in volume.get("projected", {}).get("sources", [])
        if "secret" in source
    }
    read = (
        projected
        | {
            volume["secret"]["secretName"]
            for _, pod in pods(release)
            for volume in pod["spec"].get("volumes", [])
            if "secret" in volume
        }
        | {
            variable["valueFrom"]["secretKeyRef"]["name"]
            for _, pod in pods(release)
            for container in containers(pod)
            for variable in container.get("env", [])
            if "valueFrom" in variable
        }
    )
    assert read
    assert read <= (made or named)


def test_pods_carry_no_label_that_changes_with_the_chart_version(release: list[Manifest]) -> None:
    for name, pod in pods(release):
        if name != "telstar-test-viewing":  # made anew each time it runs
            assert "helm.sh/chart" not in pod["metadata"]["labels"], name
