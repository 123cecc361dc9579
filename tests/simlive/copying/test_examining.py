"""Files are examined as FFmpeg reads them: each reason to refuse has a file that earns it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from aiohttp import web
from telstar_simlive.copying.eligibility import CopyPlan, Refusal
from telstar_simlive.copying.examine import ShapeCache, examine
from telstar_simlive.process import Redactor

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("name", "options", "changes", "reason"),
    [
        ("hevc.mp4", ("-c:v", "libx265", "-x265-params", "log-level=error"), {}, "its picture is hevc"),
        ("mp3.mp4", ("-c:a", "libmp3lame"), {}, "its sound is mp3"),
        ("mono.mp4", ("-ac", "1"), {}, "its sound is aac (LC), 48000 Hz, mono"),
        ("44100.mp4", ("-ar", "44100"), {}, "its sound is aac (LC), 44100 Hz, stereo"),
        ("silent.mp4", ("-an",), {}, "it has no sound"),
        ("dark.mp4", ("-vn",), {}, "it has no picture"),
        ("a.ts", (), {}, "it is mpegts: only MP4"),
        ("a.mkv", (), {}, "it is matroska: only MP4"),
        (
            "interlaced.mp4",
            ("-preset", "veryfast", "-x264-params", "tff=1:weightp=0", "-s", "160x96"),
            {},
            "its picture may be interlaced",
        ),
        ("422.mp4", ("-pix_fmt", "yuv422p"), {}, "its pixels are yuv422p"),
        ("size.mp4", ("-s", "320x180"), {}, "it is 320x180: rendition 90p is 160x90"),
        ("rate.mp4", ("-r", "50"), {}, "it has 50 pictures a second: the channel has 25"),
        ("ntsc.mp4", ("-r", "30000/1001"), {}, "do not come at a steady, whole number a second"),
        ("vfr.mp4", ("-vf", "select=not(n)+mod(n\\,7)", "-fps_mode", "vfr"), {}, "do not come at a steady"),
        (
            "long.mp4",
            (),
            {"segmentDuration": "3s"},
            "it lasts 4.000 s: it must be a whole number of segments",
        ),
        ("keys.mp4", ("-g", "40", "-keyint_min", "40"), {}, "it has no IDR picture at 2 s"),
        ("open.mp4", ("-bf", "2", "-x264-params", "open-gop=1"), {}, "it has no IDR picture at 2 s"),
        ("rich.mp4", ("-b:v", "400k", "-maxrate", "400k"), {}, "its picture takes up to"),
        (
            "loud.mp4",
            ("-b:a", "256k", "-aac_coder", "fast"),
            {"audioBitrate": "64k"},
            "its sound takes up to",
        ),
        ("late.mp4", ("-af", "asetpts=PTS+0.5/TB"), {}, "its sound begins at 0.4"),
        ("short.mp4", ("-af", "atrim=end=3.5"), {}, "s shorter than its picture"),
        ("over.mp4", ("-vf", "trim=end=2"), {}, "s longer than its picture"),
    ],
)
async def test_a_file_that_cannot_be_copied(
    name: str,
    options: tuple[str, ...],
    changes: dict[str, Any],
    reason: str,
    make_file: Make,
    spec_of: Make,
    plan_for: Make,
) -> None:
    path = make_file(name, 4, *options)
    refused = await plan_for(spec_of(path, **changes))
    assert isinstance(refused, Refusal), refused
    assert refused.reason.startswith(f"{path.as_uri()}: ")
    assert reason in refused.reason


async def test_files_that_differ_in_their_parameters(make_file: Make, spec_of: Make, plan_for: Make) -> None:
    files = make_file("base.mp4", 2), make_file("cabac.mp4", 2, "-coder", "ac")
    refused = await plan_for(spec_of(*files))
    assert isinstance(refused, Refusal)
    assert "one init segment cannot serve both" in refused.reason


async def test_a_cut_file(
    make_file: Make, spec_of: Make, plan_for: Make, tmp_path: Path, ffmpeg: Make
) -> None:
    """Cut without being encoded: an edit list hides what lies before the cut."""
    whole, cut = make_file("whole.mp4", 6), tmp_path / "cut.mp4"
    ffmpeg("-ss", "1", "-i", whole, "-t", "4", "-c", "copy", cut)
    refused = await plan_for(spec_of(cut))
    assert isinstance(refused, Refusal)
    assert "edit list" in refused.reason


async def test_a_torn_file(make_file: Make, spec_of: Make, plan_for: Make, tmp_path: Path) -> None:
    whole, torn = make_file("fast.mp4", 4, "-movflags", "+faststart"), tmp_path / "torn.mp4"
    torn.write_bytes(whole.read_bytes()[:-30_000])
    assert isinstance(await plan_for(spec_of(whole)), CopyPlan)
    assert isinstance(await plan_for(spec_of(torn)), Refusal)


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), (b"rubbish" * 100, "cannot be opened")]
)
async def test_no_media_file(
    content: bytes | None, reason: str, spec_of: Make, plan_for: Make, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    if content is not None:
        path.write_bytes(content)
    refused = await plan_for(spec_of(path))
    assert isinstance(refused, Refusal)
    assert reason in refused.reason


async def test_a_file_is_read_again_only_when_it_has_changed(
    make_file: Make, spec_of: Make, plan_for: Make, tmp_path: Path
) -> None:
    path, cache = tmp_path / "a.mp4", ShapeCache()
    shutil.copy(make_file("good.mp4", 4), path)
    spec = spec_of(path)
    assert isinstance(await plan_for(spec, cache), CopyPlan)
    assert await cache.changed([path.as_uri()]) is None
    before = path.stat()
    path.write_bytes(bytes(before.st_size))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert isinstance(await plan_for(spec, cache), CopyPlan), "it was read again"
    shutil.copy(make_file("mono-again.mp4", 4, "-ac", "1"), path)
    assert await cache.changed([path.as_uri()]) == path.as_uri()
    assert isinstance(await plan_for(spec, cache), Refusal)
    path.unlink()
    assert isinstance(await plan_for(spec, cache), Refusal)


async def test_it_is_told_what_is_waited_for_and_no_secret(make_file: Make, spec_of: Make) -> None:
    first, said = make_file("first.mp4", 2), []
    spec = spec_of(first, "http://user:secret@127.0.0.1:9/b.mp4")
    redactor = Redactor({"user:secret@": "***@"})
    shapes = await examine(FFMPEG, spec, redactor, ShapeCache(), said.append)
    assert said == [
        f"file 1 of 2 to be examined: {first.as_uri()}",
        "file 2 of 2 to be examined: http://***@127.0.0.1:9/b.mp4",
    ]
    assert "secret" not in str(shapes[1])
    assert str(shapes[1]).startswith("it cannot be read: ")


async def test_what_lies_behind_a_refused_item_is_not_read(make_file: Make, spec_of: Make) -> None:
    said: list[str] = []
    spec = spec_of(make_file("mono2.mp4", 2, "-ac", "1"), make_file("unread.mp4", 2))
    shapes = await examine(FFMPEG, spec, Redactor({}), ShapeCache(), said.append)
    assert len(said) == 1
    assert all(isinstance(shape, str) for shape in shapes)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[str, Path, list[str]]]:
    """A web server with ranges and entity tags: its URL, its folder, and what it was asked."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.method)
        if request.match_info["name"] == "unmarked":
            return web.Response(body=b"")
        path = tmp_path / request.match_info["name"]
        return web.FileResponse(path) if path.exists() else web.Response(status=404)

    app = web.Application()
    app.router.add_route("*", "/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", tmp_path, asked
    await runner.cleanup()


async def test_a_file_on_a_server(
    server: tuple[str, Path, list[str]], make_file: Make, spec_of: Make, plan_for: Make
) -> None:
    url, folder, asked = server
    shutil.copy(make_file("served.mp4", 4), folder / "a b.mp4")
    spec, cache = spec_of(f"{url}/a%20b.mp4"), ShapeCache()
    plan = await plan_for(spec, cache)
    assert isinstance(plan, CopyPlan), plan
    assert plan.slots == (2,)
    asked.clear()
    assert await plan_for(spec, cache) == plan
    assert asked == ["HEAD"]
    shutil.copy(make_file("other.mp4", 2), folder / "a b.mp4")
    assert (await plan_for(spec, cache)).slots == (1,)
    refused = await plan_for(spec_of(f"{url}/missing.mp4"))
    assert "404" in refused.reason
    unmarked = await plan_for(spec_of(f"{url}/unmarked"))
    assert "neither ETag nor Last-Modified" in unmarked.reason


async def test_a_file_is_copied_from_a_server(
    server: tuple[str, Path, list[str]], make_file: Make, spec_of: Make, plan_for: Make, copied: Make
) -> None:
    url, folder, _ = server
    shutil.copy(make_file("served4.mp4", 4), folder / "it's 4.mp4")
    shutil.copy(make_file("served2.mp4", 2), folder / "2.mp4")
    spec = spec_of(f"{url}/it's%204.mp4", f"{url}/2.mp4")
    run = await asyncio.to_thread(copied, spec, await plan_for(spec), 9)
    assert [one.samples for one in run.media("90p")] == [50] * 9
