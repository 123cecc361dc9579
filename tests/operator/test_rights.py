"""What the operator may do, exactly: a right more is a decision, made here."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config
from support.operator_world import World, rendered_rbac

TEMPLATES = Path(__file__).parents[2] / "charts/telstar/templates"

RIGHTS = {
    "channels.telstar.dev": {"get", "list", "watch", "patch"},
    "channels/finalizers.telstar.dev": {"update"},
    "channels/status.telstar.dev": {"patch"},
    "secrets": {"get", "list", "watch", "create", "patch"},
    "configmaps": {"get", "list", "watch", "create", "patch"},
    "deployments.apps": {"get", "list", "watch", "create", "patch", "delete"},
    "jobs.batch": {"get", "list", "watch", "create", "patch", "delete"},
    "pods": {"get", "list", "watch"},
    "pods/status": {"patch"},
    "events.events.k8s.io": {"create"},
}
"""Verbs by resource and API group, within the release's namespace. It cannot delete a Secret, nor touch a
pod's spec, nor read a pod's log or enter it."""


def rights(rules: Iterable[dict[str, Any]]) -> dict[str, set[str]]:
    """Verbs by resource."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        assert not rule.get("nonResourceURLs")
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found.setdefault(f"{resource}.{group}".rstrip("."), set()).update(rule["verbs"])
    return found


def test_the_operator_may_do_this_and_nothing_else() -> None:
    manifests = rendered_rbac("telstar")
    assert [manifest["kind"] for manifest in manifests] == ["Role", "RoleBinding"]
    assert rights(manifests[0]["rules"]) == RIGHTS
    assert manifests[1]["roleRef"]["name"] == manifests[0]["metadata"]["name"]


def test_nothing_else_in_the_chart_gives_it_rights() -> None:
    binding = [path for path in TEMPLATES.rglob("*.yaml") if "Binding" in path.read_text()]
    to_the_operator = [
        path.relative_to(TEMPLATES).as_posix() for path in binding if "-operator" in path.read_text()
    ]
    assert to_the_operator == ["operator/rbac.yaml"]


@pytest.mark.cluster
@pytest.mark.asyncio(loop_scope="module")
async def test_the_api_server_sees_it_likewise(world: World) -> None:
    """What the operator's account may do in its namespace, beside what every account may."""
    api = config.new_client_from_config(world.environment["KUBECONFIG"])
    review = client.AuthorizationV1Api(api).create_self_subject_rules_review(
        {"spec": {"namespace": world.namespace}}
    )
    found = rights(
        {"apiGroups": rule.api_groups, "resources": rule.resources, "verbs": rule.verbs}
        for rule in review.status.resource_rules
    )
    everyone = {name for name in found if name.startswith("self")}
    assert {name: verbs for name, verbs in found.items() if name not in everyone} == RIGHTS
