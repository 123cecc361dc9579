"""The models say what the schema says."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from telstar_operator import resources
from telstar_operator.resources import Channel, seconds

CRD = Path(__file__).parents[2] / "crds/channel.yaml"


@pytest.fixture(scope="module")
def spec_schema() -> dict[str, Any]:
    version = yaml.safe_load(CRD.read_text())["spec"]["versions"][0]
    return version["schema"]["openAPIV3Schema"]["properties"]["spec"]


def defaulted(schema: dict[str, Any], value: Any) -> Any:
    """Defaults as the API server fills them in."""
    if schema["type"] == "object" and isinstance(value, dict):
        filled = dict(value)
        for name, child in schema.get("properties", {}).items():
            if name not in filled and "default" in child:
                filled[name] = child["default"]
            if name in filled:
                filled[name] = defaulted(child, filled[name])
        return filled
    if schema["type"] == "array":
        return [defaulted(schema["items"], item) for item in value]
    return value


@pytest.mark.parametrize("source", [{"testPattern": {}}, {"playlist": {"items": ["file:///a"]}}])
def test_the_models_defaults_are_the_schemas(source: dict[str, Any], spec_schema: dict[str, Any]) -> None:
    smallest = {"displayName": "News", "number": 1, "source": source}
    channel = Channel.parse({"metadata": {"name": "n", "namespace": "n", "uid": "u"}, "spec": smallest})
    dumped = channel.spec.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert dumped == defaulted(spec_schema, smallest)


def names(model: type[BaseModel]) -> set[str]:
    return {str(field.alias) for field in model.model_fields.values()}


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (resources.ChannelSpec, ""),
        (resources.Source, "source"),
        (resources.TestPattern, "source.testPattern"),
        (resources.Playlist, "source.playlist"),
        (resources.Stream, "source.stream"),
        (resources.Overlay, "overlay"),
        (resources.Drm, "drm"),
        (resources.PodTemplate, "podTemplate"),
    ],
)
def test_the_models_have_the_schemas_fields(
    model: type[BaseModel], path: str, spec_schema: dict[str, Any]
) -> None:
    schema = spec_schema
    for name in filter(None, path.split(".")):
        schema = schema["properties"][name]
    assert names(model) == set(schema["properties"])


def test_the_status_model_has_the_schemas_fields() -> None:
    version = yaml.safe_load(CRD.read_text())["spec"]["versions"][0]
    status = version["schema"]["openAPIV3Schema"]["properties"]["status"]["properties"]
    assert names(resources.ChannelStatus) == set(status)
    assert names(resources.Condition) == set(status["conditions"]["items"]["properties"])


@pytest.mark.parametrize(("text", "expected"), [("4s", 4), ("90m", 5400), ("168h", 604800)])
def test_durations_are_seconds(text: str, expected: int) -> None:
    assert seconds(text) == expected
