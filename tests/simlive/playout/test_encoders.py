"""What encoders get of the playout: exact boundaries, exact numbers, and no harm from each other."""

import asyncio
import struct
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from support.playing import FFMPEG, OnAir, descriptors, until
from telstar_simlive.channel import Source
from telstar_simlive.playout import EncoderInput, Form, Timeline
from telstar_simlive.playout.sound import joined, last_sample

MakeOnAir = Callable[..., OnAir]
PATTERN = {"testPattern": {"pattern": "testsrc2"}}


def long_reel(reels: Path) -> dict[str, dict[str, list[str]]]:
    return {"playlist": {"items": [f"file://{reels}/long.mkv"]}}


async def test_at_its_first_frame_the_next_encoder_takes_over_exactly(on_air: MakeOnAir, reels: Path) -> None:
    air = on_air()
    first = await air.begin(long_reel(reels))
    start = air.first
    second = air.attach_at(start + 50)
    await air.frames(second, 20)
    third = air.attach_at(start + 100)
    await air.frames(third, 5)
    air.playout.end_at(start + 130)
    await until("the third to end", lambda: third.over, 20)
    assert [len(one.pictures) for one in (first, second, third)] == [50, 50, 30]
    assert [len(one.sound) // air.form.sound_bytes for one in (first, second, third)] == [50, 50, 30]
    assert first.rest == second.rest == third.rest == b""
    lumas = [one.luma for receiver in (first, second, third) for one in receiver.shown()]
    assert lumas == [16 + index for index in range(130)]
    assert not air.playout.cut


async def test_without_a_source_the_slate_comes_on_its_time(on_air: MakeOnAir) -> None:
    air = on_air()
    await air.playout.open([])
    await asyncio.sleep(1)
    await air.playout.set_sources([], "name")
    late = []
    receiver = air.attach_at(air.next_second())
    for count in (10, 20, 30):
        await until("frames", lambda count=count: len(receiver.pictures) >= count, 10)
        late.append(air.timeline.now() - (air.first + count) * 40)
    assert all(-40 <= one < 1000 for one in late), late
    assert air.playout.status.state == "slate"


async def test_an_encoder_that_is_told_late_gets_what_it_missed(on_air: MakeOnAir, reels: Path) -> None:
    air = on_air()
    await air.begin(long_reel(reels))
    air.playout.end_at(air.first + 10)
    await asyncio.sleep(2)
    receiver = air.attach_at(air.next_second() - 25)
    started = time.monotonic()
    await air.frames(receiver, 25)
    assert time.monotonic() - started < 2
    assert [one.luma for one in receiver.shown()][:25] == [26 + index for index in range(25)]
    with pytest.raises(ValueError, match="is gone"):
        air.attach_at(air.first)


async def test_an_encoder_that_dies_is_cut_and_the_next_one_goes_on(on_air: MakeOnAir, reels: Path) -> None:
    air = on_air()
    await air.begin(long_reel(reels))
    encoder = EncoderInput.open(air.form)
    air.playout.attach(encoder, start := air.next_second() + 25)
    encoder.taken()  # nobody reads
    await until("the cut", lambda: air.playout.cut, 10)
    receiver = air.attach_at(air.next_second())
    assert not air.playout.cut
    shown = await air.frames(receiver, 20)
    assert [one.luma for one in shown] == [shown[0].luma + index for index in range(20)]
    assert air.first > start


async def test_an_encoder_that_pauses_gets_every_frame_afterwards(on_air: MakeOnAir, reels: Path) -> None:
    air = on_air(form=Form(640, 360, 25))
    receiver = await air.begin(PATTERN)
    await until("frames", lambda: len(receiver.pictures) > 25, 10)
    receiver.going.clear()
    await asyncio.sleep(3)
    receiver.going.set()
    await until(
        "it to catch up",
        lambda: len(receiver.pictures) >= (air.timeline.now() * 25 // 1000) - air.first - 10,
        10,
    )
    assert not air.playout.cut
    pictures = list(receiver.pictures)
    status = air.playout.status
    assert status.state == "preferred"
    assert len(pictures) - len(set(pictures)) <= status.repeated <= 3, (
        "a busy machine may cost a frame, no more"
    )


async def test_an_encoder_that_hangs_for_good_is_cut_and_can_be_given_up(on_air: MakeOnAir) -> None:
    air = on_air(form=Form(640, 360, 25))
    receiver = await air.begin(PATTERN)
    await until("frames", lambda: len(receiver.pictures) > 10, 10)
    receiver.going.clear()
    await until("the cut", lambda: air.playout.cut, 25)
    receiver.going.set()
    again = air.attach_at(air.next_second())
    await until("frames again", lambda: len(again.pictures) > 30, 20)
    assert not air.playout.cut
    encoder = EncoderInput.open(air.form)
    air.playout.attach(encoder, air.next_second() + 50)
    encoder.abandon()
    await until("the pipes to be closed", lambda: again.over, 10)


async def test_a_wall_clock_set_forward_cuts_and_one_set_back_does_not(
    on_air: MakeOnAir, reels: Path
) -> None:
    error = 0
    air = on_air(timeline=Timeline(lambda: time.time_ns() + error))
    receiver = await air.begin(long_reel(reels))
    await air.frames(receiver, 10)
    error = -3600 * 1_000_000_000
    count = len(receiver.pictures)
    await air.frames(receiver, count + 50)
    assert not air.playout.cut
    assert 3_590_000 < air.timeline.ahead < 3_610_000
    error = 5_000_000_000
    await until("the cut", lambda: air.playout.cut, 5)
    assert (air.timeline.ahead, air.timeline.steps) == (0, 2)
    again = air.attach_at(air.next_second())
    shown = await air.frames(again, 25)
    assert [one.luma for one in shown] == [shown[0].luma + index for index in range(25)]


@pytest.mark.parametrize(
    "form", [Form(426, 240, 25), Form(854, 480, 24), Form(98, 66, 60), Form(256, 144, 50)]
)
async def test_every_size_and_rate_comes_in_whole_frames(on_air: MakeOnAir, form: Form) -> None:
    air = on_air(form=form)
    receiver = await air.begin(PATTERN)
    await until("frames", lambda: len(receiver.shown(20)) > 5, 20)
    picture = receiver.pictures[10]
    last_row = picture[form.width * (form.height - 1) : form.width * form.height]
    assert len(set(last_row)) > 3, "the picture is not the pattern"
    assert air.playout.status.state == "preferred"
    assert air.playout.status.repeated <= 2


async def test_a_real_encoder_takes_it_and_ends_with_it(
    on_air: MakeOnAir, reels: Path, tmp_path: Path
) -> None:
    air = on_air()
    await air.playout.open([])
    encoder = EncoderInput.open(air.form)
    output = tmp_path / "out.mkv"
    coding = ("-map", "0:v", "-map", "1:a", "-c:v", "ffv1", "-c:a", "pcm_s16le", str(output))
    process = await asyncio.create_subprocess_exec(
        *(FFMPEG, "-v", "error", *encoder.arguments(), *coding),
        pass_fds=encoder.descriptors,
        stdin=asyncio.subprocess.DEVNULL,
    )
    encoder.taken()
    first = air.next_second() + 25
    air.playout.attach(encoder, first)
    air.playout.end_at(first + 50)
    assert await asyncio.wait_for(process.wait(), 20) == 0
    probe = await asyncio.create_subprocess_exec(
        *(FFMPEG, "-v", "error", "-i", str(output), "-f", "rawvideo", "-"), stdout=asyncio.subprocess.PIPE
    )
    decoded, _ = await probe.communicate()
    assert len(decoded) == 50 * air.form.picture_bytes


async def test_switches_leave_nothing_behind(on_air: MakeOnAir, reels: Path) -> None:
    air = on_air()
    receiver = await air.begin(PATTERN)
    await until("frames", lambda: len(receiver.pictures) > 5, 10)
    held = descriptors()
    for index in range(6):
        source = long_reel(reels) if index % 2 == 0 else PATTERN
        switches = air.playout.status.switches
        await air.playout.set_sources([Source.model_validate(source)], f"name {index}")
        await until("the switch", lambda former=switches: air.playout.status.switches > former, 10)
    await until("the former sources to be closed", lambda: descriptors() <= held + 2, 10)
    assert not air.playout.cut


def test_a_joint_does_not_click() -> None:
    loud = struct.pack("<6h", 1, 2, 3, 4, 20000, -20000)
    assert last_sample(loud) == (20000, -20000)
    silence = bytes(48_000 // 25 * 4)
    samples = struct.unpack(f"<{len(silence) // 2}h", joined(last_sample(loud), silence))
    left = samples[0::2]
    assert left[0] == 20000
    assert max(abs(after - before) for before, after in pairwise(left)) < 100
    assert set(left[240:]) == {0}
    assert joined((0, 0), silence) == silence
