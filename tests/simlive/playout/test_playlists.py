"""Playlists of real files, received frame by frame as an encoder would."""

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from support.playing import OnAir, make_clip, run_ffmpeg, until
from telstar_simlive.channel import Source
from telstar_simlive.playout import Place

MakeOnAir = Callable[..., OnAir]


def playlist(*paths: Path, loop: bool = True) -> dict[str, Any]:
    """The source; a space in a path is percent-encoded, as in any URL."""
    return {"playlist": {"items": [f"file://{path}".replace(" ", "%20") for path in paths], "loop": loop}}


def reel(clip: int, frames: int) -> list[tuple[int, int]]:
    """The whole of a clip: clip and luma of each frame."""
    return [(clip, 16 + index % 200) for index in range(frames)]


async def test_items_follow_each_other_without_a_frame_too_many_or_too_few(
    on_air: MakeOnAir, reels: Path
) -> None:
    air = on_air()
    receiver = await air.begin(
        playlist(reels / "a one.mkv", reels / "two.mkv", reels / "three.mkv", reels / "three.mkv")
    )
    once = reel(40, 50) + reel(80, 25) + reel(120, 5) + reel(120, 5)
    shown = await air.frames(receiver, 2 * len(once) + 10)
    assert [(one.clip, one.luma) for one in shown] == (once * 3)[: len(shown)]
    assert all(one.loud is (one.clip != 80) for one in shown)
    assert air.playout.status.state == "preferred"
    assert air.playout.status.repeated == 0
    assert air.playout.status.faults == {}


async def test_it_can_begin_in_the_middle_and_tells_where_it_is(on_air: MakeOnAir, reels: Path) -> None:
    air = on_air()
    source = playlist(reels / "two.mkv", reels / "a one.mkv", reels / "three.mkv")
    receiver = await air.begin(source, place=Place(1, 0.4))
    shown = await air.frames(receiver, 70)
    begun = shown[0].luma - 16
    assert shown[0].clip == 40
    assert begun >= 10, "played from the item's beginning"
    expected = reel(40, 50)[begun:] + reel(120, 5) + reel(80, 25)
    assert [(one.clip, one.luma) for one in shown[: len(expected)]] == expected[: len(shown)]
    before = air.playout.place(Source.model_validate(source))
    assert before is not None
    assert 0 <= before.seconds < 2
    assert air.playout.place(Source.model_validate(playlist(reels / "two.mkv"))) is None
    assert air.playout.status.faults == {}


async def test_items_that_cannot_be_played_are_named_and_left_out(
    on_air: MakeOnAir, reels: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.mp4").write_text("no film at all\n" * 100)
    (tmp_path / "empty.mp4").touch()
    air = on_air()
    receiver = await air.begin(
        playlist(
            tmp_path / "missing.mp4",
            reels / "a one.mkv",
            tmp_path / "text.mp4",
            tmp_path / "empty.mp4",
            reels / "two.mkv",
        )
    )
    shown = await air.frames(receiver, 100)
    assert [(one.clip, one.luma) for one in shown] == (reel(40, 50) + reel(80, 25) + reel(40, 50))[:100]
    faults = air.playout.status.faults
    assert {name.rpartition("/")[2] for name in faults} == {"missing.mp4", "text.mp4", "empty.mp4"}
    assert faults[f"file://{tmp_path}/missing.mp4"] == "No such file or directory"


async def test_an_item_torn_in_the_middle_gives_way_to_the_next_at_once_and_is_named(
    on_air: MakeOnAir, reels: Path, tmp_path: Path
) -> None:
    whole = make_clip(tmp_path / "whole.mkv", 100, 160)
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    air = on_air()
    receiver = await air.begin(playlist(torn, reels / "two.mkv"))
    shown = await air.frames(receiver, 120)
    clips = [one.clip for one in shown]
    length = clips.index(80)
    assert 30 < length < 80, "the torn item was not played as far as it goes, or filled up"
    assert [one.luma for one in shown[:length]] == [16 + index for index in range(length)]
    assert [(one.clip, one.luma) for one in shown[length : length + 25]] == reel(80, 25)
    assert shown[length + 25][:2] == (160, 16)
    (fault,) = air.playout.status.faults.values()
    assert fault.startswith("it broke off after "), fault
    assert " of 4.0 s: " in fault, fault


async def test_odd_items_are_brought_to_the_form(on_air: MakeOnAir, reels: Path, tmp_path: Path) -> None:
    """30 frames a second of another shape · sound alone, mono · sound that ends early · 5 s apart in time."""
    colour = "color=white:s=320x180:r=30:d=1"
    tone = ("-f", "lavfi", "-i", "sine=440:d=1,volume=4")
    run_ffmpeg("-f", "lavfi", "-i", colour, *tone, "-c:v", "libx264", "-c:a", "aac", tmp_path / "wide.mp4")
    run_ffmpeg("-f", "lavfi", "-i", "sine=880:d=1:r=44100,volume=4", tmp_path / "radio.mp3")
    short = ("-f", "lavfi", "-i", "sine=440:d=1,volume=4")
    run_ffmpeg("-f", "lavfi", "-i", "color=gray:s=64x48:r=25:d=4", *short, tmp_path / "short.mkv")
    air = on_air()
    receiver = await air.begin(
        playlist(tmp_path / "wide.mp4", tmp_path / "radio.mp3", tmp_path / "short.mkv")
    )
    shown = await air.frames(receiver, 25 + 26 + 100 + 10)
    lumas = [one.luma for one in shown]
    assert all(luma > 230 for luma in lumas[:25])
    radio = [index for index, luma in enumerate(lumas) if luma == 16]
    assert 23 <= len(radio) <= 28, len(radio)
    assert all(shown[index].loud for index in radio[3:-3])
    grey = range(radio[-1] + 1, radio[-1] + 101)
    assert {lumas[index] for index in grey} == {126} or max(lumas[index] for index in grey) < 140
    assert all(shown[index].loud for index in grey[2:23])
    assert not any(shown[index].loud for index in grey[27:])
    assert shown[grey[-1] + 1].luma > 230, "the item with the short sound has another length than its picture"
    assert air.playout.status.repeated == 0


async def test_an_item_may_change_picture_and_sound_on_its_way(
    on_air: MakeOnAir, reels: Path, tmp_path: Path
) -> None:
    """As recordings do: two seconds in stereo, two in mono with a larger picture, two in stereo again."""
    parts = []
    for size, channels, rate in (("64x48", "2", "48000"), ("128x96", "1", "44100"), ("64x48", "2", "48000")):
        parts.append(tmp_path / f"{len(parts)}.ts")
        picture = ("-f", "lavfi", "-i", f"color=white:s={size}:r=25:d=2")
        tone = ("-f", "lavfi", "-i", f"sine=440:d=2:r={rate},volume=4", "-ac", channels)
        run_ffmpeg(*picture, *tone, "-c:v", "libx264", "-bf", "0", "-c:a", "aac", parts[-1])
    recording = tmp_path / "recording.ts"
    recording.write_bytes(b"".join(part.read_bytes() for part in parts))
    air = on_air()
    receiver = await air.begin(playlist(recording, reels / "two.mkv"))
    shown = await air.frames(receiver, 190)
    clips = [one.clip for one in shown]
    length = clips.index(80)
    assert 148 <= length <= 154, length
    assert sum(one.loud for one in shown[:length]) >= length - 12
    assert all(one.luma > 230 for one in shown[:length])
    assert clips[length : length + 25] == [80] * 25
    assert air.playout.status.repeated == 0


async def test_where_no_item_can_be_played_the_slate_is_on_and_the_list_is_tried_again(
    on_air: MakeOnAir, reels: Path, tmp_path: Path
) -> None:
    air = on_air()
    receiver = await air.begin(playlist(tmp_path / "later.mkv"))
    status = air.playout.status
    assert status.state == "slate"
    assert "no item of the playlist can be played" in status.message
    await air.frames(receiver, 10)
    assert len(set(receiver.pictures[:10])) == 1, "the slate stands still"
    assert len(set(receiver.pictures[0])) > 20, "the slate shows nothing"
    assert not any(one.loud for one in receiver.shown())
    shutil.copy(reels / "long.mkv", tmp_path / "later.mkv")
    await until("the item", lambda: air.playout.status.state == "preferred", 15)
    before = len(receiver.pictures)
    shown = await air.frames(receiver, before + 30)
    lumas = [one.luma for one in shown[before + 2 :]]
    assert all(after == former + 1 for former, after in pairwise(lumas))


async def test_a_list_that_is_not_looped_ends_the_programme_after_its_last_frame(
    on_air: MakeOnAir, reels: Path
) -> None:
    air = on_air()
    receiver = await air.begin(playlist(reels / "two.mkv", reels / "three.mkv", loop=False))
    await until("the end", lambda: receiver.over, 20)
    assert [(one.clip, one.luma) for one in receiver.shown()] == reel(80, 25) + reel(120, 5)
    assert len(receiver.sound) == 30 * air.form.sound_bytes
    status = air.playout.status
    assert (status.state, status.message) == ("ended", "the playlist is at its end")
    assert air.playout.cut is False


async def test_after_a_list_that_is_not_looped_its_backup_plays(on_air: MakeOnAir, reels: Path) -> None:
    air = on_air()
    receiver = await air.begin(playlist(reels / "two.mkv", loop=False), playlist(reels / "long.mkv"))
    await until("the backup", lambda: air.playout.status.state == "backup-1", 15)
    before = len(receiver.pictures)
    shown = await air.frames(receiver, before + 25)
    assert [(one.clip, one.luma) for one in shown[:25]] == reel(80, 25)
    assert {one.clip for one in shown[before + 2 :]} == {160}


async def test_a_new_list_takes_over_while_the_frames_go_on(on_air: MakeOnAir, reels: Path) -> None:
    air = on_air()
    receiver = await air.begin(playlist(reels / "long.mkv"))
    await air.frames(receiver, 20)
    await air.playout.set_sources([Source.model_validate(playlist(reels / "two.mkv"))], "Another name")
    await until("the new list", lambda: receiver.shown()[-1].clip == 80, 10)
    shown = receiver.shown()
    change = next(index for index, one in enumerate(shown) if one.clip == 80)
    assert [one.luma for one in shown[:change]] == [16 + index for index in range(change)]
    assert shown[change].luma == 16
    assert air.playout.status.repeated == 0
