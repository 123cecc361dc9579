"""A real API server with the resource definitions applied, and a namespace of its own."""

import copy
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from kubernetes import client, config
from support.definitions import CHANNEL, apply_definition

Manifest = dict[str, Any]


@pytest.fixture(scope="session")
def api() -> client.ApiClient:
    """The API server of $KUBECONFIG, by default ~/.kube/config."""
    return config.new_client_from_config()


@pytest.fixture(scope="session")
def channel_definition() -> Manifest:
    """The resource definition as it is written."""
    return yaml.safe_load(CHANNEL.read_text())


@pytest.fixture(scope="session")
def applied(api: client.ApiClient) -> None:
    """The resource definition, applied and served."""
    apply_definition(api)


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
