"""channel.json and the key files: what is wrong is named with what to do."""

import json
from pathlib import Path
from typing import Any

import pytest
from telstar_simlive.channel import ConfigurationError, load_channel, load_key

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


def test_tracks_are_the_renditions_in_order_and_audio(tmp_path: Path) -> None:
    small = {"name": "360p", "width": 640, "height": 360, "videoBitrate": "600k"}
    channel = load_channel(write(tmp_path, SPEC | {"renditions": [small, *SPEC["renditions"]]}))
    assert channel.tracks == ("360p", "720p", "audio")
    assert channel.spec.picture == (1280, 720)


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


def test_a_key_is_read_from_its_two_files(tmp_path: Path) -> None:
    (tmp_path / "kid").write_text("0123456789ABCDEF0123456789abcdef\n")
    (tmp_path / "key").write_text("00112233445566778899aabbccddeeff\n")
    key = load_key(tmp_path)
    assert (key.kid, key.key) == ("0123456789abcdef0123456789abcdef", "00112233445566778899aabbccddeeff")


@pytest.mark.parametrize(
    "key", ["", "00112233445566778899aabbccddeef", "zz112233445566778899aabbccddeeff", "é" * 32]
)
def test_a_bad_key_is_refused_without_showing_it(tmp_path: Path, key: str) -> None:
    (tmp_path / "kid").write_text("0123456789abcdef0123456789abcdef")
    (tmp_path / "key").write_text(key)
    with pytest.raises(ConfigurationError) as refused:
        load_key(tmp_path)
    assert not key or key not in str(refused.value)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: FileNotFoundError"):
        load_key(tmp_path)
