"""What the operator may do, exactly: a right more is a decision, made here."""

from collections.abc import Iterable
from typing import Any

import pytest
from support.helm_chart import render

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


@pytest.fixture(scope="module")
def chart() -> list[Any]:
    return render()


def test_the_operator_may_do_this_and_nothing_else(chart: list[Any]) -> None:
    bindings = [
        manifest
        for manifest in chart
        if manifest["kind"] in ("RoleBinding", "ClusterRoleBinding")
        and any(subject["name"] == "telstar-operator" for subject in manifest["subjects"])
    ]
    assert [(binding["kind"], binding["roleRef"]["kind"]) for binding in bindings] == [
        ("RoleBinding", "Role")
    ]
    name = bindings[0]["roleRef"]["name"]
    (role,) = [found for found in chart if found["kind"] == "Role" and found["metadata"]["name"] == name]
    assert rights(role["rules"]) == RIGHTS


def test_simlive_pods_reach_no_kubernetes_api(chart: list[Any]) -> None:
    """They get no token (see the manifests' tests), and no account of theirs is bound to anything."""
    bound = {
        subject["name"]
        for manifest in chart
        if manifest["kind"] in ("RoleBinding", "ClusterRoleBinding")
        for subject in manifest["subjects"]
    }
    assert "default" not in bound


def test_the_operator_reaches_simlive_and_only_what_it_needs(chart: list[Any]) -> None:
    policies = {
        manifest["metadata"]["name"]: manifest["spec"]
        for manifest in chart
        if manifest["kind"] == "NetworkPolicy"
    }
    egress = [
        (peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"], rule["ports"][0]["port"])
        for rule in policies["telstar-operator"]["egress"]
        for peer in rule.get("to", [])
    ]
    assert ("simlive", 8080) in egress
    (ingress,) = policies["telstar-simlive"]["ingress"]
    assert ingress["ports"] == [{"port": 8080}]
