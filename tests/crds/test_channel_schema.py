"""Every rule of the Channel's schema, from both sides, on a real API server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kubernetes.client import ApiException
from support.channel_rules import RULES
from support.channel_rules.renditions import rendition
from support.channel_rules.rule import Changes, Rule

Build = Callable[[Changes], dict[str, Any]]
SEGMENT_FIXED = "segmentDuration cannot change while the channel exists"


def name_of(rule: Rule) -> str:
    return f"{rule.path or 'metadata'}: {rule.keyword[:40]}"


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_manifest_within_the_rule_is_accepted(rule: Rule, channels: Any, channel: Build) -> None:
    channels.create(channel(rule.accepted))


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_manifest_against_the_rule_is_rejected_with_words_that_help(
    rule: Rule, channels: Any, channel: Build
) -> None:
    assert rule.says in channels.refusal(channel(rule.rejected))


def test_the_segment_duration_cannot_change_but_everything_else_can(
    channels: Any, channel: Build, request: pytest.FixtureRequest
) -> None:
    channels.create(channel({"metadata.name": "fixed"}), dry_run=False)
    assert SEGMENT_FIXED in channels.patch_refusal("fixed", {"spec": {"segmentDuration": "6s"}})
    changed = channels.patch(
        "fixed",
        {
            "spec": {
                "segmentDuration": "4s", "displayName": "Other", "number": 7, "state": "Stopped",
                "source": {"testPattern": None, "stream": {"url": "srt://a:1"}}, "audioBitrate": "96k",
                "frameRate": 50,
                "renditions": [rendition(name="other")], "retention": "1h", "drm": {"enabled": False},
                "overlay": {"clock": False, "programme": True}, "audioOnly": True,
                "backupSources": [{"testPattern": {}}], "reclaimPolicy": "Retain",
            }
        },
    )  # fmt: skip
    assert changed["spec"]["displayName"] == "Other"
    assert changed["spec"]["renditions"] == [rendition(name="other")]


def test_the_smallest_channel_gets_all_defaults(channels: Any, channel: Build) -> None:
    assert channels.create(channel({}))["spec"] == {
        "displayName": "News 24",
        "number": 101,
        "state": "Running",
        "source": {"testPattern": {"pattern": "smptehdbars", "toneHz": 440}},
        "renditions": [
            {"name": "720p", "width": 1280, "height": 720, "videoBitrate": "2500k"},
            {"name": "360p", "width": 640, "height": 360, "videoBitrate": "600k"},
        ],
        "frameRate": 25,
        "audioBitrate": "128k",
        "audioOnly": False,
        "overlay": {"clock": True, "name": True, "programme": False},
        "segmentDuration": "4s",
        "retention": "168h",
        "drm": {"enabled": True},
        "reclaimPolicy": "Delete",
    }


def test_a_playlist_loops_by_default(channels: Any, channel: Build) -> None:
    stored = channels.create(channel({"spec.source": {"playlist": {"items": ["file:///media/a.mp4"]}}}))
    assert stored["spec"]["source"]["playlist"]["loop"] is True


def test_fields_of_a_pod_are_passed_on_as_they_are(channels: Any, channel: Build) -> None:
    template = {
        "resources": {"requests": {"cpu": "500m", "memory": "256Mi"}, "limits": {"cpu": 2}},
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "dedicated", "operator": "Equal", "value": "tv", "effect": "NoSchedule"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}]
                }
            }
        },
    }
    assert channels.create(channel({"spec.podTemplate": template}))["spec"]["podTemplate"] == template


def test_a_mistyped_field_is_rejected(channels: Any, channel: Build) -> None:
    with pytest.raises(ApiException, match="retenshun"):
        channels.create(channel({"spec.retenshun": "1h"}))


KEYWORDS = {
    "enum", "minimum", "maximum", "minItems", "maxItems", "required", "maxLength",
    "x-kubernetes-list-map-keys",
}  # fmt: skip


def rules_of(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """(path, keyword) of every rule in a schema; for CEL rules the message in place of the keyword."""
    for keyword in KEYWORDS & schema.keys():
        yield path, keyword
    for validation in schema.get("x-kubernetes-validations", []):
        yield path, validation["message"]
    for name, child in schema.get("properties", {}).items():
        if name not in ("status", "metadata"):
            yield from rules_of(child, f"{path}.{name}".strip("."))
    if isinstance(schema.get("items"), dict):
        yield from rules_of(schema["items"], f"{path}[]")


def test_no_rule_of_the_schema_is_left_out_here(channel_definition: dict[str, Any]) -> None:
    schema = channel_definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    told = {(rule.path, rule.keyword) for rule in RULES} | {("spec.segmentDuration", SEGMENT_FIXED)}
    untold = [
        (path, keyword)
        for path, keyword in rules_of(schema)
        if not any(path == p and keyword.startswith(k) for p, k in told)
    ]
    assert not untold


def descriptions(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    yield path, schema.get("description", "")
    for name, child in schema.get("properties", {}).items():
        if name != "metadata":
            yield from descriptions(child, f"{path}.{name}")
    if isinstance(schema.get("items"), dict) and schema["items"]["type"] == "object":
        yield from descriptions(schema["items"], f"{path}[]")


def test_every_field_is_described(channel_definition: dict[str, Any]) -> None:
    schema = channel_definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    lacking = [path for path, text in descriptions(schema) if not text and not path.endswith("[]")]
    assert not lacking


def test_kubectl_shows_what_matters(channel_definition: dict[str, Any]) -> None:
    names, version = channel_definition["spec"]["names"], channel_definition["spec"]["versions"][0]
    assert names["shortNames"] == ["ch", "chan"]
    assert names["categories"] == ["telstar"]
    columns = version["additionalPrinterColumns"]
    assert [column["name"] for column in columns if not column.get("priority")] == [
        "Number", "Display name", "State", "Ready", "Reason", "Last segment", "Age",
    ]  # fmt: skip
    assert version["subresources"] == {"status": {}}
