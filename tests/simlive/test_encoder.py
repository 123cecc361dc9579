"""The FFmpeg commands, as tables of what must be in them."""

from typing import Any

import pytest
from pydantic import ValidationError
from telstar_simlive.channel import Channel, ContentKey
from telstar_simlive.encoder import encoder_command, filter_graph
from telstar_simlive.settings import Settings
from telstar_simlive.source import (
    Media,
    UnplayableError,
    frames_of,
    item_command,
    parse_probe,
    pattern_input,
    pipe_input,
    probe_command,
    stream_command,
)

KEY = ContentKey(kid="0123456789abcdef0123456789abcdef", key="00112233445566778899aabbccddeeff")
RENDITIONS = [
    {"name": "720p", "width": 1280, "height": 720, "videoBitrate": "2500k"},
    {"name": "360p", "width": 640, "height": 360, "videoBitrate": "600k"},
]


def channel(source: dict[str, Any] | None = None, **spec: Any) -> Channel:
    defaults = {"displayName": "News 24", "renditions": RENDITIONS, "source": source or {"testPattern": {}}}
    return Channel.model_validate({"name": "news", "spec": defaults | spec})


def command(of: Channel, key: ContentKey | None = KEY, **settings: Any) -> list[str]:
    pattern = of.spec.source.test_pattern
    inputs = pattern_input(pattern, of.spec) if pattern else pipe_input(7)
    return encoder_command("ffmpeg", Settings(**settings), of, inputs, 1795371840, key)


def value(arguments: list[str], option: str) -> str:
    assert arguments.count(option) == 1, f"{option} stands {arguments.count(option)} times in {arguments}"
    return arguments[arguments.index(option) + 1]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("-output_ts_offset", "1795371840"),
        ("-hls_time", "4"),
        ("-g", "100"),
        ("-keyint_min", "100"),
        ("-sc_threshold", "0"),
        ("-bf", "0"),
        ("-preset", "ultrafast"),
        ("-b:v:0", "2500000"),
        ("-maxrate:v:1", "600000"),
        ("-bufsize:v:1", "300000"),
        ("-b:a", "128000"),
        ("-hls_segment_filename", "%v/%06d.m4s"),
        ("-var_stream_map", "v:0,name:720p v:1,name:360p a:0,name:audio"),
        ("-hls_flags", "temp_file+independent_segments"),
        (
            "-hls_segment_options",
            "movflags=+frag_discont:encryption_scheme=cenc-aes-ctr"
            ":encryption_key=00112233445566778899aabbccddeeff"
            ":encryption_kid=0123456789abcdef0123456789abcdef",
        ),
    ],
)
def test_the_command_holds(option: str, expected: str) -> None:
    assert value(command(channel()), option) == expected


@pytest.mark.parametrize(
    ("rate", "duration", "group"), [(24, "1s", "24"), (50, "10s", "500"), (30, "2s", "60")]
)
def test_a_group_of_pictures_is_a_segment(rate: int, duration: str, group: str) -> None:
    arguments = command(channel(frameRate=rate, segmentDuration=duration))
    assert value(arguments, "-g") == value(arguments, "-keyint_min") == group


def test_initialisation_vectors_stay_random() -> None:
    assert not any("bitexact" in argument for argument in command(channel()))


def test_without_a_key_nothing_speaks_of_encryption() -> None:
    arguments = command(channel(drm={"enabled": False}), key=None)
    assert value(arguments, "-hls_segment_options") == "movflags=+frag_discont"


def test_the_cost_is_a_setting() -> None:
    arguments = command(channel(), preset="veryfast", threads=4)
    assert value(arguments, "-preset") == "veryfast"
    assert value(arguments, "-threads:v") == "4"


@pytest.mark.parametrize(
    ("overlay", "texts"),
    [
        ({"clock": True, "name": True}, 2),
        ({"clock": True, "name": False}, 1),
        ({"clock": False, "name": True}, 1),
        ({"clock": False, "name": False}, 0),
    ],
)
def test_clock_and_name_can_be_left_out(overlay: dict[str, bool], texts: int) -> None:
    graph = filter_graph(channel(overlay=overlay), 1795371840)
    assert graph.count("drawtext") == texts
    assert ("gmtime" in graph) is overlay["clock"]
    assert ("name.txt" in graph) is overlay["name"]


def test_nothing_a_user_wrote_stands_in_the_filter_graph() -> None:
    assert "evil" not in filter_graph(channel(displayName="evil',movie=/etc/passwd[x];"), 1795371840)


def test_a_rendition_of_the_pictures_own_size_is_not_scaled() -> None:
    graph = filter_graph(channel(), 1795371840)
    assert "[s0]null[v0]" in graph
    assert "[s1]scale=640:360" in graph


def test_a_test_patterns_picture_and_tone_come_at_the_pace_of_the_clock() -> None:
    of = channel({"testPattern": {"pattern": "testsrc2", "toneHz": 1000}})
    arguments = command(of)
    assert "testsrc2=size=1280x720:rate=25" in arguments
    assert "sine=frequency=1000:sample_rate=48000" in arguments
    assert arguments.count("-re") == 2
    assert "1:a:0" in arguments


def test_a_played_source_comes_through_the_pipe() -> None:
    arguments = command(channel({"stream": {"url": "srt://feed:9000"}}))
    assert "pipe:7" in arguments
    assert "srt://feed:9000" not in arguments
    assert "0:a:0" in arguments


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("file:///media/a%20b.mp4", "file:/media/a b.mp4"),
        ("https://example.com/a%20b.mp4?x=1", "https://example.com/a%20b.mp4?x=1"),
    ],
)
def test_an_item_is_opened_by_the_name_ffmpeg_knows(item: str, name: str) -> None:
    of = channel({"playlist": {"items": [item]}})
    played = item_command("ffmpeg", item, Media(2.0, True, True), 0, of.spec, 2)
    assert name in played
    assert name in probe_command("ffmpeg", item)


@pytest.mark.parametrize(
    ("media", "first_frame", "expected"),
    [
        (Media(2.0, True, True), 0, ["[0:v:0]", "[0:a:0]", "trim=end_frame=50", "atrim=end_sample=96000"]),
        (Media(2.019, True, False), 50, ["anullsrc", "trim=end_frame=50", "2.000000"]),
        (
            Media(0.99, False, True),
            75,
            ["color=black:size=1280x720", "[0:a:0]", "trim=end_frame=24", "3.000000"],
        ),
    ],
)
def test_an_item_fills_whole_frames_with_as_much_sound(
    media: Media, first_frame: int, expected: list[str]
) -> None:
    of = channel({"playlist": {"items": ["file:///a.mp4"]}})
    played = " ".join(item_command("ffmpeg", "file:///a.mp4", media, first_frame, of.spec, 2))
    assert [part for part in expected if part not in played] == []


@pytest.mark.parametrize("duration", [None, 0.0, 0.01])
def test_an_item_without_a_length_is_unplayable(duration: float | None) -> None:
    with pytest.raises(UnplayableError, match="how long"):
        frames_of(Media(duration, True, True), channel().spec)


def test_a_stream_keeps_silence_ready() -> None:
    of = channel({"stream": {"url": "udp://239.0.0.1:5000"}})
    played = stream_command("ffmpeg", "udp://239.0.0.1:5000", of.spec, 2)
    maps = [played[index + 1] for index, argument in enumerate(played) if argument == "-map"]
    assert maps == ["[v]", "0:a:0?", "1:a:0"]
    assert "-re" not in played


PROBED = """Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'a.mp4':
  Metadata:
    title           : Stream #0:9: Video: no such thing
  Duration: 01:02:03.45, start: 0.000000, bitrate: 100 kb/s
  Stream #0:0[0x1](und): Video: h264 (High), yuv420p, 640x360
{audio}At least one output file must be specified
"""


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (PROBED.format(audio="  Stream #0:1[0x2](und): Audio: aac (LC)\n"), Media(3723.45, True, True)),
        (PROBED.format(audio=""), Media(3723.45, True, False)),
        (PROBED.format(audio="").replace("01:02:03.45", "N/A"), Media(None, True, False)),
    ],
)
def test_what_an_item_holds_is_read_from_ffmpegs_words(output: str, expected: Media) -> None:
    assert parse_probe(output) == expected


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ("[in#0 @ 0x1] Error opening input: No such file or directory\n", "No such file or directory"),
        ("what?\n", "not a media file"),
        (
            "Input #0, srt, from 'a.srt':\n  Duration: 00:00:01.00\n  Stream #0:0: Subtitle: subrip\n",
            "neither",
        ),
    ],
)
def test_an_item_that_cannot_be_played_says_why(output: str, complaint: str) -> None:
    with pytest.raises(UnplayableError, match=complaint):
        parse_probe(output)


def test_a_key_does_not_show_itself() -> None:
    assert KEY.key not in repr(KEY)
    with pytest.raises(ValidationError) as refused:
        ContentKey(kid=KEY.kid, key=KEY.key + "0")
    assert KEY.key not in str(refused.value)
