"""channel.json and the key files: what is wrong is named with what to do."""

import json
from pathlib import Path
from typing import Any

import pytest
from telstar_simlive.channel import ConfigurationError, load_channel, load_programmes
from telstar_simlive.content_keys import ContentKey, ContentKeys
from telstar_simlive.setup import setup_of

SPEC: dict[str, Any] = {
    "displayName": "News 24",
    "number": 101,
    "state": "Running",
    "source": {"playlist": {"items": ["https://example.com/a.mp4"], "loop": False}},
    "renditions": [{"name": "720p", "width": 1280, "height": 720, "videoBitrate": "2500k"}],
    "segmentDuration": "4s",
    "retention": "168h",
    "drm": {"enabled": True, "keySecretRef": {"name": "unknown to SimLive"}},
    "podTemplate": {"resources": {}},
}


def write(folder: Path, spec: dict[str, Any]) -> Path:
    path = folder / "channel.json"
    path.write_text(json.dumps({"name": "news", "spec": spec}))
    return path


def test_a_channel_is_read_in_seconds_and_bits_per_second(tmp_path: Path) -> None:
    spec = load_channel(write(tmp_path, SPEC)).spec
    assert (spec.segment_duration, spec.retention, spec.audio_bitrate) == (4, 604_800, 128_000)
    assert spec.renditions[0].video_bitrate == 2_500_000
    assert spec.source.playlist
    assert not spec.source.playlist.loop
    assert spec.overlay.clock


def test_the_largest_rendition_is_the_picture(tmp_path: Path) -> None:
    small = {"name": "360p", "width": 640, "height": 360, "videoBitrate": "600k"}
    channel = load_channel(write(tmp_path, SPEC | {"renditions": [small, *SPEC["renditions"]]}))
    setup = setup_of(channel.spec, ContentKeys(present=ContentKey(kid="1" * 32, key="2" * 32)), 0)
    assert setup
    assert setup.tracks == ("360p", "720p", "audio")
    assert setup.picture == (1280, 720)


def test_the_preferred_source_comes_before_its_backups(tmp_path: Path) -> None:
    backup = {"testPattern": {}}
    spec = load_channel(write(tmp_path, SPEC | {"backupSources": [backup]})).spec
    assert [one.test_pattern is not None for one in spec.sources] == [False, True]


def test_programmes_are_read_from_beside_the_channel(tmp_path: Path) -> None:
    path = tmp_path / "programmes.json"
    assert load_programmes(path) == ()
    path.write_text(
        '{"programmes": [{"start": "2026-11-22T18:00:00Z", "end": "2026-11-22T19:00:00Z", "title": "News"}]}'
    )
    (programme,) = load_programmes(path)
    assert (programme.title, programme.start.timestamp()) == ("News", 1795370400)
    path.write_text('{"programmes": [{"start": "2026-11-22T18:00:00", "end": "now", "title": "News"}]}')
    with pytest.raises(ConfigurationError, match=r"programmes\.0\.start"):
        load_programmes(path)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"segmentDuration": "1500ms"}, "segmentDuration"),
        ({"segmentDuration": "11s"}, "segmentDuration"),
        ({"segmentDuration": 4}, "segmentDuration"),
        ({"retention": "7d"}, "for example 4s or 168h"),
        ({"frameRate": 29.97}, "frameRate"),
        ({"audioBitrate": "128"}, "for example 2500k"),
        ({"source": {}}, "exactly one of testPattern, playlist, stream"),
        ({"source": {"testPattern": {}, "stream": {"url": "srt://a"}}}, "exactly one"),
        ({"source": {"testPattern": {"pattern": "movie=/etc/passwd"}}}, "pattern"),
        ({"source": {"playlist": {"items": ["/etc/passwd"]}}}, "http://, https://, file://"),
        ({"source": {"playlist": {"items": []}}}, "items"),
        ({"source": {"stream": {"url": "concat:a|b"}}}, "srt://, rtmp://, udp://"),
        ({"renditions": []}, "renditions"),
        ({"backupSources": [{"testPattern": {}}] * 4}, "backupSources"),
        ({"audioOnly": "perhaps"}, "audioOnly"),
        ({"renditions": SPEC["renditions"] * 2}, "a name of its own"),
        ({"renditions": [SPEC["renditions"][0] | {"name": "audio"}]}, "cannot be named audio"),
        ({"renditions": [SPEC["renditions"][0] | {"name": "../x"}]}, "name"),
        ({"renditions": [SPEC["renditions"][0] | {"width": 1281}]}, "width"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        load_channel(write(tmp_path, SPEC | change))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"channel\.json cannot be read: No such file"):
        load_channel(tmp_path / "channel.json")
