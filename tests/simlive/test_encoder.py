"""The encoder's command, as tables of what must be in it, and what FFmpeg draws with it."""

import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from PIL import Image
from support.clock_reading import read_clock, recognise
from telstar_simlive import overlay
from telstar_simlive.channel import ChannelSpec, Programme
from telstar_simlive.content_keys import ContentKey, ContentKeys
from telstar_simlive.encoder import FONT_FILE, encoder_command, filter_graph
from telstar_simlive.settings import Settings
from telstar_simlive.setup import Setup, setup_of

T = 1795371840_000
KEY = ContentKey(kid="0123456789abcdef0123456789abcdef", key="00112233445566778899aabbccddeeff")
RENDITIONS = [
    {"name": "720p", "width": 1280, "height": 720, "videoBitrate": "2500k"},
    {"name": "360p", "width": 640, "height": 360, "videoBitrate": "600k"},
]
INPUTS = ["-i", "pipe:7", "-i", "pipe:8"]


def setup(key: ContentKey | None = KEY, **spec: Any) -> Setup:
    defaults = {"displayName": "News 24", "renditions": RENDITIONS, "source": {"testPattern": {}}}
    made = setup_of(ChannelSpec.model_validate(defaults | spec), ContentKeys(present=key) if key else None, T)
    assert made
    return made


def command(of: Setup, preset: str = "ultrafast", threads: int = 2) -> list[str]:
    return encoder_command("ffmpeg", of, INPUTS, T // 1000, preset, threads)


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
    assert value(command(setup()), option) == expected


@pytest.mark.parametrize(
    ("rate", "duration", "group"), [(24, "1s", "24"), (50, "10s", "500"), (30, "2s", "60")]
)
def test_a_group_of_pictures_is_a_segment(rate: int, duration: str, group: str) -> None:
    arguments = command(setup(frameRate=rate, segmentDuration=duration))
    assert value(arguments, "-g") == value(arguments, "-keyint_min") == group


def test_initialisation_vectors_stay_random() -> None:
    assert not any("bitexact" in argument for argument in command(setup()))


def test_without_a_key_nothing_speaks_of_encryption() -> None:
    arguments = command(setup(key=None, drm={"enabled": False}))
    assert value(arguments, "-hls_segment_options") == "movflags=+frag_discont"


def test_the_cost_is_a_setting() -> None:
    arguments = command(setup(), preset="veryfast", threads=4)
    assert value(arguments, "-preset") == "veryfast"
    assert value(arguments, "-threads:v") == "4"


def test_frames_come_from_the_playout_which_paces_them() -> None:
    arguments = command(setup())
    assert [arguments[index + 1] for index, one in enumerate(arguments) if one == "-i"] == [
        "pipe:7",
        "pipe:8",
    ]
    assert "-re" not in arguments
    assert "1:a:0" in arguments


@pytest.mark.parametrize("name", [True, False])
@pytest.mark.parametrize("programme", [True, False])
def test_name_and_title_can_be_left_out(name: bool, programme: bool) -> None:
    graph = filter_graph(setup(overlay={"name": name, "programme": programme}))
    assert ("name.txt" in graph, "title.txt" in graph) == (name, programme)
    assert "clock.txt" in graph, "the slate has the clock in any case"


def test_a_rendition_of_the_pictures_own_size_is_not_scaled() -> None:
    graph = filter_graph(setup())
    assert "[s0]null[v0]" in graph
    assert "[s1]scale=640:360" in graph


def test_a_key_does_not_show_itself() -> None:
    assert KEY.key not in repr(KEY)
    assert KEY.key not in repr(setup())


class Drawing:
    """The real filter graph over a grey picture."""

    def __init__(self, folder: Path, of: Setup) -> None:
        self.folder, self.setup = folder, of
        (folder / FONT_FILE).symlink_to(Settings().font_file)

    def picture(self, texts: dict[str, str], frame: int = 0) -> Path:
        for name, text in texts.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        width, height = self.setup.picture
        grey = f"color=gray:size={width}x{height}:rate={self.setup.frame_rate}"
        graph = filter_graph(self.setup)
        path = self.folder / "picture.png"
        subprocess.run(
            [
                *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", grey),
                *(
                    "-filter_complex",
                    graph,
                    "-map",
                    "[v0]",
                    "-frames:v",
                    str(frame + 1),
                    "-update",
                    "1",
                    path,
                ),
            ],
            cwd=self.folder,
            check=True,
            timeout=60,
        )
        return path


@pytest.fixture
def drawing(tmp_path: Path) -> Drawing:
    return Drawing(tmp_path, setup(overlay={"programme": True}, renditions=RENDITIONS[:1]))


def extrema(picture: Path) -> tuple[int, int]:
    with Image.open(picture) as image:
        found: tuple[int, int] = image.convert("L").getextrema()  # type: ignore[assignment]
        return found


def test_an_empty_text_draws_nothing_not_even_its_box(drawing: Drawing) -> None:
    darkest, brightest = extrema(
        drawing.picture(dict.fromkeys((overlay.NAME_FILE, overlay.TITLE_FILE, overlay.CLOCK_FILE), ""))
    )
    assert brightest - darkest <= 2


def test_the_clock_is_the_time_of_the_frame(drawing: Drawing) -> None:
    texts = overlay.texts(drawing.setup, "News", [], T, T, slate=False)
    assert round(read_clock(drawing.picture(texts, frame=30)).timestamp()) == T // 1000 + 1


def test_what_users_wrote_is_drawn_as_it_is(drawing: Drawing) -> None:
    name, title = "100%: %{pts} 'News' \\n", "50% off: Tonight"
    on = [Programme.model_validate({"start": T / 1000 - 60, "end": T / 1000 + 60, "title": title})]
    texts = overlay.texts(drawing.setup, name, on, T, T, slate=False)
    with Image.open(drawing.picture(texts)) as image:
        black_on_white = image.convert("L").point(lambda level: 0 if level > 200 else 255)
        read = "".join(recognise(black_on_white.crop((0, top, 1280, top + 90))) for top in (10, 110))
    assert "100%" in read
    assert "News" in read
    assert "{pts}" in read
    assert "50% off: Tonight" in read
