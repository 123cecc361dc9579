"""The resource definitions on a cluster, with or without the product on it."""

import copy
import time
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, dynamic

CHANNEL = Path(__file__).parents[2] / "crds/channel.yaml"


def apply_definition(api: client.ApiClient, path: Path = CHANNEL) -> None:
    """Apply a resource definition and wait until the API server serves it."""
    definitions = dynamic.DynamicClient(api).resources.get(
        api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition"
    )
    body = adoptable(yaml.safe_load(path.read_text()))
    name = body["metadata"]["name"]
    definitions.server_side_apply(body=body, field_manager="telstar-tests", force_conflicts=True)
    deadline = time.monotonic() + 30
    while not established(definitions.get(name=name).to_dict()):
        assert time.monotonic() < deadline, f"the API server did not establish {name} within 30 s"
        time.sleep(0.1)


def adoptable(definition: dict[str, Any]) -> dict[str, Any]:
    """With the marks by which Helm takes it over when the chart is installed into this cluster later on."""
    definition = copy.deepcopy(definition)
    metadata = definition["metadata"]
    metadata["labels"]["app.kubernetes.io/managed-by"] = "Helm"
    metadata["annotations"] = {
        "helm.sh/resource-policy": "keep",
        "meta.helm.sh/release-name": "telstar",
        "meta.helm.sh/release-namespace": "telstar",
    }
    return definition


def established(definition: dict[str, Any]) -> bool:
    """Whether the API server serves it."""
    conditions = (definition.get("status") or {}).get("conditions") or []
    return any(entry["type"] == "Established" and entry["status"] == "True" for entry in conditions)
