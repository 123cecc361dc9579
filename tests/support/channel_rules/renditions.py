"""What is made of the source: renditions, sound and what is burned in."""

from typing import Any

from support.channel_rules.rule import Changes, Rule

RENDITION_NAME = "a rendition's name must consist of a-z, 0-9 and '-'"
RESERVED = "a rendition must not be named audio, index, journal or runs"
WIDTH = "width must be an even number of pixels"
HEIGHT = "height must be an even number of pixels"
VIDEO_RATE = "videoBitrate must be whole kilobits per second from 50k to 50000k"
AUDIO_RATE = "audioBitrate must be whole kilobits per second from 32k to 512k"


def rendition(**changes: Any) -> dict[str, Any]:
    """A good rendition, with changes."""
    return {"name": "720p", "width": 1280, "height": 720, "videoBitrate": "2500k", **changes}


def without(field: str) -> dict[str, Any]:
    """A rendition that lacks a field."""
    return {name: value for name, value in rendition().items() if name != field}


def renditions(*items: dict[str, Any]) -> Changes:
    """These renditions."""
    return {"spec.renditions": list(items)}


def eight(count: int) -> Changes:
    """So many renditions."""
    return renditions(*(rendition(name=f"r{number}") for number in range(count)))


RENDITIONS = [
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
        for name in ("audio", "index", "journal", "runs")
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
    Rule("spec.audioOnly", "type", {"spec.audioOnly": True}, {"spec.audioOnly": "yes"}, "of type boolean"),
    *(
        Rule(
            f"spec.overlay.{name}",
            "type",
            {f"spec.overlay.{name}": True},
            {f"spec.overlay.{name}": "yes"},
            "of type boolean",
        )
        for name in ("clock", "name", "programme")
    ),
]
