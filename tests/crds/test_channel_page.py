"""docs/channel.md and docs/operator.md say what the schema and the operator say."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from telstar_operator.handlers.departing import QUIET
from telstar_operator.plan.departure import KEPT

REPOSITORY = Path(__file__).parents[2]
PLAN = REPOSITORY / "operator/telstar_operator/plan"


@pytest.fixture(scope="module")
def page() -> str:
    return (REPOSITORY / "docs/channel.md").read_text()


def fields(schema: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """(path, schema, required) of the fields that Telstar defines, not those of Kubernetes' pod."""
    for name, child in schema.get("properties", {}).items():
        place = f"{path}.{name}"
        yield place, child, name in schema.get("required", ())
        if not path.endswith("podTemplate"):
            yield from fields(child, place)
            if child["type"] == "array":
                yield from fields(child["items"], f"{place}[]")


def rows(page: str) -> dict[str, str]:
    """Default by field, from the page's tables."""
    return dict(re.findall(r"^\| `((?:spec|status)\.[^`]+)` \|([^|]*)\|", page, re.MULTILINE))


def test_every_field_is_on_the_page_with_its_default(page: str, channel_definition: dict[str, Any]) -> None:
    schema = channel_definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    told = rows(page)
    expected = {}
    for path, child, required in fields(schema, "spec"):
        default = child.get("default")
        if isinstance(default, bool | int | str):
            expected[path] = f"`{str(default).lower() if isinstance(default, bool) else default}`"
        elif required:
            expected[path] = "required"
        else:
            expected[path] = told.get(path, "not told")  # in words
    assert {path: default.strip() for path, default in told.items() if path.startswith("spec")} == {
        path: default.strip() for path, default in expected.items()
    }


def test_every_field_of_the_status_is_on_the_page(page: str, channel_definition: dict[str, Any]) -> None:
    schema = channel_definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]
    assert {path for path in rows(page) if path.startswith("status")} == {
        f"status.{name}" for name in schema["properties"]
    }


def test_every_reason_is_on_the_operators_page_and_no_other() -> None:
    page = (REPOSITORY / "docs/operator.md").read_text()
    source = "".join(path.read_text() for path in PLAN.glob("*.py") if path.name != "departure.py")
    given = set(re.findall(r'\b(?:yes|no|unknown)\(\s*"(\w+)"', source)) - {"Ready"}
    given |= {f"WaitingFor{lack}" for lack in ("Key", "Registration")}
    assert 'f"WaitingFor{lack.title()}"' in source
    conditions = page.partition("## Conditions")[2].partition("## Events")[0]
    told = re.findall(r"^\| ((?:`\w+`,? ?)+) \| (?:True|False|Unknown) \|", conditions, re.MULTILINE)
    assert {reason for row in told for reason in re.findall(r"\w+", row)} == given


def test_every_reason_of_a_channel_that_is_gone_is_among_the_events() -> None:
    """It has no conditions: where a person should see to something, an Event on the operator says so."""
    page = (REPOSITORY / "docs/operator.md").read_text()
    source = (PLAN / "departure.py").read_text()
    given = set(re.findall(r'\bno\(\s*"(\w+)"', source)) - QUIET | {KEPT, "ChannelPurged"}
    events = page.partition("Of a Channel that is gone")[2].partition("## ")[0]
    told = re.findall(r"^\| ((?:`\w+`,? ?)+) \| (?:Normal|Warning) \|", events, re.MULTILINE)
    assert {reason for row in told for reason in re.findall(r"\w+", row)} == given


def test_the_columns_of_kubectl_are_on_the_page(page: str, channel_definition: dict[str, Any]) -> None:
    text = page.partition("## kubectl")[2]
    for column in channel_definition["spec"]["versions"][0]["additionalPrinterColumns"]:
        assert column["name"] in text
