"""Every rule of the Channel's schema, from both sides, on a real API server."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from kubernetes.client import ApiException

Build = Callable[[dict[str, Any]], dict[str, Any]]
Changes = dict[str, Any]


class Rule(NamedTuple):
    """A rule, by the schema's path and keyword (or a CEL rule's message).

    With it a manifest that it accepts, one that it rejects, and what the API server says of the latter.
    """

    path: str
    keyword: str
    accepted: Changes
    rejected: Changes
    says: str


def rendition(**changes: Any) -> dict[str, Any]:
    return {"name": "720p", "width": 1280, "height": 720, "videoBitrate": "2500k", **changes}


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in rendition().items() if name != field}


def renditions(*items: dict[str, Any]) -> Changes:
    return {"spec.renditions": list(items)}


def eight(count: int) -> Changes:
    return renditions(*(rendition(name=f"r{number}") for number in range(count)))


def source(**kinds: Any) -> Changes:
    return {"spec.source": kinds}


def playlist(*items: str) -> Changes:
    return source(playlist={"items": list(items)})


def stream(url: str) -> Changes:
    return source(stream={"url": url})


def own_key(name: str) -> Changes:
    return {"spec.drm.keySecretRef": {"name": name}}


def toleration(**fields: Any) -> Changes:
    return {"spec.podTemplate.tolerations": [fields]}


NAME_LENGTH = "metadata.name must have at most 50 characters"
NAME_FORM = "metadata.name must consist of a-z, 0-9 and '-'"
DISPLAY_NAME = "displayName must be one line of text and not be empty"
ONE_SOURCE = "a source must have exactly one of testPattern, playlist, stream"
ITEM = "a playlist item must be an http://, https:// or file:/// URL without spaces"
URL = "stream.url must be an srt://, rtmp://, udp://, rtp://, http:// or https:// URL without spaces"
RENDITION_NAME = "a rendition's name must consist of a-z, 0-9 and '-'"
RESERVED = "a rendition must not be named audio, index, journal or runs"
WIDTH = "width must be an even number of pixels"
HEIGHT = "height must be an even number of pixels"
VIDEO_RATE = "videoBitrate must be whole kilobits per second from 50k to 50000k"
AUDIO_RATE = "audioBitrate must be whole kilobits per second from 32k to 512k"
SEGMENT = "segmentDuration must be whole seconds from 1s to 10s"
SEGMENT_FIXED = "segmentDuration cannot change while the channel exists"
RETENTION = "retention must be a whole number of hours, minutes or seconds from 1m to 8760h"
KEY_UNUSED = "drm.keySecretRef has no use while drm.enabled is false"
KEY_NAME = "drm.keySecretRef.name must be the name of a Secret"
ROTATION = "drm.rotationPeriod must be a whole number of hours or minutes from 1h to 8760h"

RULES = [
    Rule("", NAME_LENGTH, {"metadata.name": "a" * 50}, {"metadata.name": "a" * 51}, NAME_LENGTH),
    Rule("", NAME_FORM, {"metadata.name": "news-24"}, {"metadata.name": "news.24"}, NAME_FORM),
    Rule("", "required", {}, {"spec": None}, "spec: Required value"),
    Rule("spec", "required", {}, {"spec.displayName": None}, "spec.displayName: Required value"),
    Rule("spec", "required", {}, {"spec.number": None}, "spec.number: Required value"),
    Rule("spec", "required", {}, {"spec.source": None}, "spec.source: Required value"),
    Rule(
        "spec.displayName",
        "maxLength",
        {"spec.displayName": "é" * 100},
        {"spec.displayName": "n" * 101},
        "Too long",
    ),
    Rule(
        "spec.displayName",
        DISPLAY_NAME,
        {"spec.displayName": "News 24"},
        {"spec.displayName": "  "},
        DISPLAY_NAME,
    ),
    Rule(
        "spec.displayName",
        DISPLAY_NAME,
        {"spec.displayName": "Ä & Ö"},
        {"spec.displayName": "a\nb"},
        DISPLAY_NAME,
    ),
    Rule("spec.number", "minimum", {"spec.number": 1}, {"spec.number": 0}, "greater than or equal to 1"),
    Rule(
        "spec.number", "maximum", {"spec.number": 9999}, {"spec.number": 10000}, "less than or equal to 9999"
    ),
    Rule(
        "spec.state",
        "enum",
        {"spec.state": "Stopped"},
        {"spec.state": "Paused"},
        'supported values: "Running", "Stopped"',
    ),
    Rule("spec.source", ONE_SOURCE, source(testPattern={}), source(), ONE_SOURCE),
    Rule(
        "spec.source",
        ONE_SOURCE,
        stream("udp://239.0.0.1:5000"),
        source(testPattern={}, stream={"url": "udp://239.0.0.1:5000"}),
        ONE_SOURCE,
    ),
    Rule(
        "spec.source.testPattern.pattern",
        "enum",
        source(testPattern={"pattern": "testsrc2"}),
        source(testPattern={"pattern": "bars"}),
        'supported values: "smptehdbars"',
    ),
    Rule(
        "spec.source.testPattern.toneHz",
        "minimum",
        source(testPattern={"toneHz": 20}),
        source(testPattern={"toneHz": 19}),
        "greater than or equal to 20",
    ),
    Rule(
        "spec.source.testPattern.toneHz",
        "maximum",
        source(testPattern={"toneHz": 20000}),
        source(testPattern={"toneHz": 20001}),
        "less than or equal to 20000",
    ),
    Rule(
        "spec.source.playlist",
        "required",
        playlist("file:///media/a.mp4"),
        source(playlist={}),
        "spec.source.playlist.items: Required value",
    ),
    Rule(
        "spec.source.playlist.items",
        "minItems",
        playlist("file:///media/a.mp4"),
        playlist(),
        "at least 1 items",
    ),
    Rule(
        "spec.source.playlist.items",
        "maxItems",
        playlist(*["file:///a"] * 300),
        playlist(*["file:///a"] * 501),
        "must have at most 300 items",
    ),
    Rule(
        "spec.source.playlist.items[]",
        "maxLength",
        playlist("file:///" + "a" * 2040),
        playlist("file:///" + "a" * 2041),
        "Too long",
    ),
    Rule(
        "spec.source.playlist.items[]",
        ITEM,
        playlist("https://example.com/a.mp4", "http://example.com/b.mp4"),
        playlist("ftp://example.com/a.mp4"),
        ITEM,
    ),
    Rule(
        "spec.source.playlist.items[]",
        ITEM,
        playlist("file:///media/b.mp4"),
        playlist("file://media/b.mp4"),
        ITEM,
    ),
    Rule(
        "spec.source.playlist.items[]",
        ITEM,
        playlist("https://example.com/a%20b.mp4"),
        playlist("https://example.com/a b.mp4"),
        ITEM,
    ),
    Rule(
        "spec.source.stream",
        "required",
        stream("srt://a:1"),
        source(stream={}),
        "spec.source.stream.url: Required value",
    ),
    Rule(
        "spec.source.stream.url",
        "maxLength",
        stream("srt://" + "a" * 2042),
        stream("srt://" + "a" * 2043),
        "Too long",
    ),
    *(
        Rule(
            "spec.source.stream.url",
            URL,
            stream(f"{scheme}://feed.example.com:9000/a?mode=caller"),
            stream("rtsp://feed.example.com"),
            URL,
        )
        for scheme in ("srt", "rtmp", "udp", "rtp", "http", "https")
    ),
    Rule("spec.source.stream.url", URL, stream("srt://a"), stream("srt://a -y"), URL),
    Rule(
        "spec.renditions", "minItems", renditions(rendition()), renditions(), "should have at least 1 items"
    ),
    Rule("spec.renditions", "maxItems", eight(8), eight(9), "must have at most 8 items"),
    Rule(
        "spec.renditions",
        "x-kubernetes-list-map-keys",
        renditions(rendition(), rendition(name="b")),
        renditions(rendition(), rendition()),
        "Duplicate value",
    ),
    *(
        Rule(
            "spec.renditions[]",
            "required",
            renditions(rendition()),
            renditions(without(field)),
            "Required value",
        )
        for field in ("name", "width", "height", "videoBitrate")
    ),
    Rule(
        "spec.renditions[].name",
        "maxLength",
        renditions(rendition(name="a" * 30)),
        renditions(rendition(name="a" * 31)),
        "Too long",
    ),
    Rule(
        "spec.renditions[].name",
        RENDITION_NAME,
        renditions(rendition(name="hd-1")),
        renditions(rendition(name="HD")),
        RENDITION_NAME,
    ),
    Rule(
        "spec.renditions[].name",
        RENDITION_NAME,
        renditions(rendition(name="a")),
        renditions(rendition(name="../a")),
        RENDITION_NAME,
    ),
    *(
        Rule(
            "spec.renditions[].name",
            RESERVED,
            renditions(rendition(name=f"{name}-1")),
            renditions(rendition(name=name)),
            RESERVED,
        )
        for name in ("audio", "journal", "runs")
    ),
    Rule(
        "spec.renditions[].width",
        "minimum",
        renditions(rendition(width=64)),
        renditions(rendition(width=62)),
        "greater than or equal to 64",
    ),
    Rule(
        "spec.renditions[].width",
        "maximum",
        renditions(rendition(width=7680)),
        renditions(rendition(width=7682)),
        "less than or equal to 7680",
    ),
    Rule(
        "spec.renditions[].width",
        WIDTH,
        renditions(rendition(width=854)),
        renditions(rendition(width=853)),
        WIDTH,
    ),
    Rule(
        "spec.renditions[].height",
        "minimum",
        renditions(rendition(height=64)),
        renditions(rendition(height=62)),
        "greater than or equal to 64",
    ),
    Rule(
        "spec.renditions[].height",
        "maximum",
        renditions(rendition(height=4320)),
        renditions(rendition(height=4322)),
        "less than or equal to 4320",
    ),
    Rule(
        "spec.renditions[].height",
        HEIGHT,
        renditions(rendition(height=480)),
        renditions(rendition(height=481)),
        HEIGHT,
    ),
    Rule(
        "spec.renditions[].videoBitrate",
        "maxLength",
        renditions(rendition(videoBitrate="50000k")),
        renditions(rendition(videoBitrate="500000000k")),
        "Too long",
    ),
    Rule(
        "spec.renditions[].videoBitrate",
        VIDEO_RATE,
        renditions(rendition(videoBitrate="50k")),
        renditions(rendition(videoBitrate="49k")),
        VIDEO_RATE,
    ),
    Rule(
        "spec.renditions[].videoBitrate",
        VIDEO_RATE,
        renditions(rendition(videoBitrate="50000k")),
        renditions(rendition(videoBitrate="50001k")),
        VIDEO_RATE,
    ),
    Rule(
        "spec.renditions[].videoBitrate",
        VIDEO_RATE,
        renditions(rendition(videoBitrate="2500k")),
        renditions(rendition(videoBitrate="2.5M")),
        VIDEO_RATE,
    ),
    Rule(
        "spec.frameRate",
        "enum",
        {"spec.frameRate": 50},
        {"spec.frameRate": 23},
        'supported values: "24", "25", "30", "50", "60"',
    ),
    Rule(
        "spec.audioBitrate",
        "maxLength",
        {"spec.audioBitrate": "512k"},
        {"spec.audioBitrate": "12800000k"},
        "Too long",
    ),
    Rule(
        "spec.audioBitrate",
        AUDIO_RATE,
        {"spec.audioBitrate": "32k"},
        {"spec.audioBitrate": "31k"},
        AUDIO_RATE,
    ),
    Rule(
        "spec.audioBitrate",
        AUDIO_RATE,
        {"spec.audioBitrate": "512k"},
        {"spec.audioBitrate": "513k"},
        AUDIO_RATE,
    ),
    Rule(
        "spec.segmentDuration",
        "maxLength",
        {"spec.segmentDuration": "10s"},
        {"spec.segmentDuration": "100s"},
        "Too long",
    ),
    Rule(
        "spec.segmentDuration",
        SEGMENT,
        {"spec.segmentDuration": "1s"},
        {"spec.segmentDuration": "0s"},
        SEGMENT,
    ),
    Rule(
        "spec.segmentDuration",
        SEGMENT,
        {"spec.segmentDuration": "10s"},
        {"spec.segmentDuration": "11s"},
        SEGMENT,
    ),
    Rule(
        "spec.segmentDuration",
        SEGMENT,
        {"spec.segmentDuration": "6s"},
        {"spec.segmentDuration": "1m"},
        SEGMENT,
    ),
    Rule(
        "spec.retention",
        "maxLength",
        {"spec.retention": "8760h"},
        {"spec.retention": "1000000000s"},
        "Too long",
    ),
    Rule("spec.retention", RETENTION, {"spec.retention": "1m"}, {"spec.retention": "59s"}, RETENTION),
    Rule("spec.retention", RETENTION, {"spec.retention": "8760h"}, {"spec.retention": "8761h"}, RETENTION),
    Rule("spec.retention", RETENTION, {"spec.retention": "90m"}, {"spec.retention": "7d"}, RETENTION),
    Rule(
        "spec.drm",
        KEY_UNUSED,
        own_key("my-keys"),
        {"spec.drm": {"enabled": False, "keySecretRef": {"name": "a"}}},
        KEY_UNUSED,
    ),
    Rule(
        "spec.drm",
        KEY_UNUSED,
        {"spec.drm.enabled": False},
        {"spec.drm.enabled": False, **own_key("a")},
        KEY_UNUSED,
    ),
    Rule(
        "spec.drm.keySecretRef",
        "required",
        own_key("a"),
        {"spec.drm.keySecretRef": {}},
        "spec.drm.keySecretRef.name: Required value",
    ),
    Rule("spec.drm.keySecretRef.name", "maxLength", own_key("a" * 253), own_key("a" * 254), "Too long"),
    Rule("spec.drm.keySecretRef.name", KEY_NAME, own_key("my.keys-1"), own_key("My_Keys"), KEY_NAME),
    Rule(
        "spec.drm.rotationPeriod",
        "maxLength",
        {"spec.drm.rotationPeriod": "24h"},
        {"spec.drm.rotationPeriod": "2400000000h"},
        "Too long",
    ),
    Rule(
        "spec.drm.rotationPeriod",
        ROTATION,
        {"spec.drm.rotationPeriod": "60m"},
        {"spec.drm.rotationPeriod": "59m"},
        ROTATION,
    ),
    Rule(
        "spec.drm.rotationPeriod",
        ROTATION,
        {"spec.drm.rotationPeriod": "8760h"},
        {"spec.drm.rotationPeriod": "8761h"},
        ROTATION,
    ),
    Rule(
        "spec.reclaimPolicy",
        "enum",
        {"spec.reclaimPolicy": "Retain"},
        {"spec.reclaimPolicy": "Recycle"},
        'supported values: "Delete", "Retain"',
    ),
    Rule(
        "spec.podTemplate.tolerations[].operator",
        "enum",
        toleration(operator="Exists"),
        toleration(operator="Is"),
        "supported values",
    ),
    Rule(
        "spec.podTemplate.tolerations[].effect",
        "enum",
        toleration(effect="NoExecute"),
        toleration(effect="Never"),
        "supported values",
    ),
]


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
                "overlay": {"clock": False}, "reclaimPolicy": "Retain",
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
        "overlay": {"clock": True, "name": True},
        "segmentDuration": "4s",
        "retention": "168h",
        "drm": {"enabled": True},
        "reclaimPolicy": "Delete",
    }


def test_a_playlist_loops_by_default(channels: Any, channel: Build) -> None:
    stored = channels.create(channel(playlist("file:///media/a.mp4")))
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
