"""A real API server with the resource definitions applied, and a namespace of its own."""

import copy
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config, dynamic

CRDS = Path(__file__).parents[2] / "crds"
Manifest = dict[str, Any]


@pytest.fixture(scope="session")
def api() -> client.ApiClient:
    """The API server of $KUBECONFIG, by default ~/.kube/config."""
    return config.new_client_from_config()


@pytest.fixture(scope="session")
def channel_definition() -> Manifest:
    """The resource definition as it is written."""
    return yaml.safe_load((CRDS / "channel.yaml").read_text())


@pytest.fixture(scope="session")
def applied(api: client.ApiClient, channel_definition: Manifest) -> None:
    """The resource definition, applied and served."""
    resources = dynamic.DynamicClient(api).resources
    definitions = resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    applied = definitions.server_side_apply(
        body=adoptable(channel_definition), field_manager="telstar-tests", force_conflicts=True
    )
    deadline = time.monotonic() + 30
    while not established(definitions.get(name=applied.metadata.name)):
        assert time.monotonic() < deadline, (
            "the API server did not establish channels.telstar.dev within 30 s"
        )
        time.sleep(0.1)


def adoptable(definition: Manifest) -> Manifest:
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


def established(definition: Any) -> bool:
    conditions = (definition.to_dict().get("status") or {}).get("conditions") or []
    return any(entry["type"] == "Established" and entry["status"] == "True" for entry in conditions)


@pytest.fixture(scope="session")
def namespace(api: client.ApiClient) -> Iterator[str]:
    """A namespace for this run."""
    core, name = client.CoreV1Api(api), f"crds-{uuid.uuid4().hex[:8]}"
    core.create_namespace({"metadata": {"name": name}})
    yield name
    core.delete_namespace(name)


class Channels:
    """Channels of one namespace, by the real API server."""

    def __init__(self, api: client.ApiClient, namespace: str) -> None:
        self._custom = client.CustomObjectsApi(api)
        self._place = ("telstar.dev", "v1alpha1", namespace, "channels")

    def create(self, manifest: Manifest, dry_run: bool = True) -> Manifest:
        """The object as it would be stored; ApiException where the server refuses it."""
        arguments = {"dry_run": "All"} if dry_run else {}
        return self._custom.create_namespaced_custom_object(
            *self._place, manifest, field_validation="Strict", **arguments
        )

    def refusal(self, manifest: Manifest) -> str:
        """Why the API server refuses to create this."""
        with pytest.raises(client.ApiException) as refused:
            self.create(manifest)
        assert refused.value.status == 422, refused.value.body
        return message(refused.value)

    def patch(self, name: str, patch: Manifest) -> Manifest:
        """A merge patch, in a dry run."""
        return self._custom.patch_namespaced_custom_object(
            *self._place, name, patch, dry_run="All", _content_type="application/merge-patch+json"
        )

    def patch_refusal(self, name: str, patch: Manifest) -> str:
        """Why the API server refuses to change it so."""
        with pytest.raises(client.ApiException) as refused:
            self.patch(name, patch)
        return message(refused.value)


def message(error: client.ApiException) -> str:
    return str(yaml.safe_load(error.body)["message"])


@pytest.fixture
def channels(api: client.ApiClient, applied: None, namespace: str) -> Channels:
    return Channels(api, namespace)


@pytest.fixture
def channel() -> Callable[..., Manifest]:
    """A small valid Channel, with values set at paths like spec.drm.enabled; None removes."""
    base: Manifest = {
        "apiVersion": "telstar.dev/v1alpha1",
        "kind": "Channel",
        "metadata": {"name": "news"},
        "spec": {"displayName": "News 24", "number": 101, "source": {"testPattern": {}}},
    }

    def build(changes: dict[str, Any]) -> Manifest:
        manifest = copy.deepcopy(base)
        for path, value in changes.items():
            *folders, last = path.split(".")
            place = manifest
            for folder in folders:
                place = place.setdefault(folder, {})
            if value is None:
                place.pop(last, None)
            else:
                place[last] = value
        return manifest

    return build
