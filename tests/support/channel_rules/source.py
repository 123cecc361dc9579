"""Where picture and sound come from; the same rules hold for the source and for each backup."""

from typing import Any

from support.channel_rules.rule import Changes, Rule

ONE_SOURCE = "a source must have exactly one of testPattern, playlist, stream"
ITEM = "a playlist item must be an http://, https:// or file:/// URL without spaces"
URL = "stream.url must be an srt://, rtmp://, udp://, rtp://, http:// or https:// URL without spaces"


def kinds(**kinds: Any) -> Changes:
    """A source of these kinds."""
    return kinds


def playlist(*items: str) -> Changes:
    """A source that plays these files."""
    return kinds(playlist={"items": list(items)})


def stream(url: str) -> Changes:
    """A source that is a live feed."""
    return kinds(stream={"url": url})


OF_A_SOURCE = [
    Rule("", ONE_SOURCE, kinds(testPattern={}), kinds(), ONE_SOURCE),
    Rule(
        "",
        ONE_SOURCE,
        stream("udp://239.0.0.1:5000"),
        kinds(testPattern={}, stream={"url": "udp://239.0.0.1:5000"}),
        ONE_SOURCE,
    ),
    Rule(
        ".testPattern.pattern",
        "enum",
        kinds(testPattern={"pattern": "testsrc2"}),
        kinds(testPattern={"pattern": "bars"}),
        'supported values: "smptehdbars"',
    ),
    Rule(
        ".testPattern.toneHz",
        "minimum",
        kinds(testPattern={"toneHz": 20}),
        kinds(testPattern={"toneHz": 19}),
        "greater than or equal to 20",
    ),
    Rule(
        ".testPattern.toneHz",
        "maximum",
        kinds(testPattern={"toneHz": 20000}),
        kinds(testPattern={"toneHz": 20001}),
        "less than or equal to 20000",
    ),
    Rule(
        ".playlist",
        "required",
        playlist("file:///media/a.mp4"),
        kinds(playlist={}),
        "playlist.items: Required value",
    ),
    Rule(
        ".playlist.items",
        "minItems",
        playlist("file:///media/a.mp4"),
        playlist(),
        "at least 1 items",
    ),
    Rule(
        ".playlist.items",
        "maxItems",
        playlist(*["file:///a"] * 300),
        playlist(*["file:///a"] * 301),
        "must have at most 300 items",
    ),
    Rule(
        ".playlist.items[]",
        "maxLength",
        playlist("file:///" + "a" * 2040),
        playlist("file:///" + "a" * 2041),
        "Too long",
    ),
    Rule(
        ".playlist.items[]",
        ITEM,
        playlist("https://example.com/a.mp4", "http://example.com/b.mp4"),
        playlist("ftp://example.com/a.mp4"),
        ITEM,
    ),
    Rule(
        ".playlist.items[]",
        ITEM,
        playlist("file:///media/b.mp4"),
        playlist("file://media/b.mp4"),
        ITEM,
    ),
    Rule(
        ".playlist.items[]",
        ITEM,
        playlist("https://example.com/a%20b.mp4"),
        playlist("https://example.com/a b.mp4"),
        ITEM,
    ),
    Rule(
        ".stream",
        "required",
        stream("srt://a:1"),
        kinds(stream={}),
        "stream.url: Required value",
    ),
    Rule(
        ".stream.url",
        "maxLength",
        stream("srt://" + "a" * 2042),
        stream("srt://" + "a" * 2043),
        "Too long",
    ),
    *(
        Rule(
            ".stream.url",
            URL,
            stream(f"{scheme}://feed.example.com:9000/a?mode=caller"),
            stream("rtsp://feed.example.com"),
            URL,
        )
        for scheme in ("srt", "rtmp", "udp", "rtp", "http", "https")
    ),
    Rule(".stream.url", URL, stream("srt://a"), stream("srt://a -y"), URL),
]
"""Rules by the path within a source."""


def preferred(source: Changes) -> Changes:
    """As spec.source."""
    return {"spec.source": source}


def backups(*sources: Changes) -> Changes:
    """As spec.backupSources."""
    return {"spec.backupSources": list(sources)}


BACKUPS = Rule(
    "spec.backupSources",
    "maxItems",
    backups(*[stream("srt://a:1")] * 3),
    backups(*[stream("srt://a:1")] * 4),
    "must have at most 3 items",
)
SOURCES = [
    BACKUPS,
    *(
        Rule(path + rule.path, rule.keyword, put(rule.accepted), put(rule.rejected), rule.says)
        for rule in OF_A_SOURCE
        for path, put in (("spec.source", preferred), ("spec.backupSources[]", backups))
    ),
]
