"""Files on the air without being encoded: real FFmpeg, real encryption, an independent decryptor."""

import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from support.decrypt import decoded_frames, decoded_frames_in_clear, decrypted_file
from telstar_simlive.copying.eligibility import CopyPlan, Position
from telstar_simlive.journal.parts import load_part, run_of

START = 1795371840
KID, KEY = "0123456789abcdef0123456789abcdef", "00112233445566778899aabbccddeeff"
SEGMENT = 2
FRAME = 1024
B_FRAMES = ("-bf", "3")

Make = Callable[..., Any]


@pytest.fixture(scope="session", params=[(), B_FRAMES], ids=["plain", "b-frames"])
def three(make_file: Make, request: pytest.FixtureRequest) -> list[Path]:
    """Files of 4, 6 and 2 s: their sound does not come out in whole frames."""
    kind = "b" if request.param else "p"
    return [
        make_file(f"{kind}4.mp4", 4, *request.param),
        make_file(f"{kind}6's.mp4", 6, *request.param, pattern="rgbtestsrc"),
        make_file(f"{kind}2.mp4", 2, *request.param),
    ]


def packets(path: Path, stream: str) -> list[tuple[int, str]]:
    """Size and SHA-256 of each sample of a file, in decoding order."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        path,
        "-map",
        f"0:{stream}:0",
        "-c",
        "copy",
    ]
    done = subprocess.run([*command, "-f", "framehash", "-"], capture_output=True, text=True, check=True)
    lines = [line.split(",") for line in done.stdout.splitlines() if not line.startswith("#")]
    return [(int(line[4]), line[5].strip()) for line in lines]


async def test_every_segment_begins_at_its_slot(
    three: list[Path], spec_of: Make, plan_for: Make, copied: Make
) -> None:
    spec = spec_of(*three)
    plan = await plan_for(spec)
    assert isinstance(plan, CopyPlan), plan
    assert plan.slots == (2, 3, 1)
    run = copied(spec, plan, 60)
    video, scale = run.media("90p"), run.init("90p").timescale
    assert len(video) == 60
    assert [one.decode_time for one in video] == [(START + slot * SEGMENT) * scale for slot in range(60)]
    assert {(one.duration, one.samples) for one in video} == {(SEGMENT * scale, 25 * SEGMENT)}


async def test_sound_has_no_seams_and_does_not_drift(
    three: list[Path], spec_of: Make, plan_for: Make, copied: Make
) -> None:
    spec = spec_of(*three)
    slots = 900  # half an hour, 450 seams
    sound = copied(spec, await plan_for(spec), slots, encrypted=True).media("audio")[:slots]
    assert len(sound) == slots
    for before, one in pairwise(sound):
        assert before.decode_time + before.duration == one.decode_time
    assert all(one.duration == one.samples * FRAME for one in sound)
    off = [one.decode_time - (START + slot * SEGMENT) * 48_000 for slot, one in enumerate(sound)]
    assert min(off) >= -FRAME
    assert max(off) <= 2 * FRAME


async def test_samples_are_the_files_own(
    three: list[Path], spec_of: Make, plan_for: Make, copied: Make
) -> None:
    spec = spec_of(*three)
    run = copied(spec, await plan_for(spec), 8)
    played = [*three, three[0]]
    for track, stream in (("90p", "v"), ("audio", "a")):
        segments = [path.read_bytes() for path in run.files(track)]
        with decrypted_file(run.init_file(track).read_bytes(), segments, KID, KEY) as path:
            found = packets(path, stream)
        expected = [sample for path in played for sample in packets(path, stream)]
        if stream == "v":
            assert found == expected
        else:  # frames may be left out at a seam, none comes in or out of turn
            rest = iter(expected)
            assert all(sample in rest for sample in found)
            assert len(expected) - len(found) <= 2 * len(played)


async def test_a_later_segment_decodes_with_its_key_alone(
    three: list[Path], spec_of: Make, plan_for: Make, copied: Make
) -> None:
    spec = spec_of(*three)
    run = copied(spec, await plan_for(spec), 12)
    for track, media in (("90p", run.media("90p")), ("audio", run.media("audio"))):
        init, later = run.init_file(track).read_bytes(), run.files(track)[8].read_bytes()
        assert decoded_frames(init, [later], KID, KEY) == media[8].samples
        assert decoded_frames(init, [later], KID, KEY[::-1]) < media[8].samples
        assert decoded_frames_in_clear(init, [later]) < media[8].samples


async def test_decoders_find_nothing_to_complain_of_at_the_seams(
    three: list[Path], spec_of: Make, plan_for: Make, copied: Make
) -> None:
    spec = spec_of(*three)
    run = copied(spec, await plan_for(spec), 12)
    for track in run.tracks:
        segments = [path.read_bytes() for path in run.files(track)]
        samples = sum(one.samples for one in run.media(track))
        assert decoded_frames(run.init_file(track).read_bytes(), segments, KID, KEY) == samples


async def test_a_successor_goes_on_where_its_predecessor_was(
    three: list[Path], spec_of: Make, plan_for: Make, copied: Make
) -> None:
    spec = spec_of(*three)
    plan = await plan_for(spec)
    whole = copied(spec, plan, 12, encrypted=False)
    for elapsed in (1, 3, 5, 7):  # within an item, at a seam, in the last item, in the second round
        part = copied(spec, plan, 3, position=plan.position_at(elapsed), encrypted=False)
        assert [_samples(part, index) for index in range(3)] == [
            _samples(whole, elapsed + index) for index in range(3)
        ]
        assert part.media("90p")[0].decode_time == START * part.init("90p").timescale
        assert abs(part.media("audio")[0].decode_time - START * 48_000) <= FRAME


def _samples(run: Any, index: int) -> bytes:
    """A video segment's media data."""
    data: bytes = run.files("90p")[index].read_bytes()
    return data[data.index(b"mdat") :]


async def test_a_playlist_that_does_not_loop_ends_with_its_last_slot(
    three: list[Path], spec_of: Make, plan_for: Make, copied: Make
) -> None:
    spec = spec_of(*three, loop=False)
    plan = await plan_for(spec)
    run = copied(spec, plan, 100, position=Position(1, 1))
    assert len(run.files("90p")) == 3
    assert len(run.files("audio")) >= 3


async def test_bits_per_second_announced_are_true(
    three: list[Path], spec_of: Make, plan_for: Make, copied: Make
) -> None:
    spec = spec_of(*three)
    plan = await plan_for(spec)
    run = copied(spec, plan, 12)
    quietest = min(range(12), key=lambda index: run.files("90p")[index].stat().st_size)
    first = {track: load_part(run.files(track)[quietest], run.init(track)) for track in run.tracks}
    descriptor = run_of(first, 1, START * 1000, SEGMENT * 1000, plan.peaks(run.tracks))
    for track in descriptor.tracks:
        largest = max(path.stat().st_size for path in run.files(track.name)) * 8 / SEGMENT
        assert largest <= track.bandwidth <= 1.15 * largest + 10_000


@pytest.mark.parametrize("rate", [24, 30, 50, 60])
async def test_other_frame_rates(
    rate: int, make_file: Make, spec_of: Make, plan_for: Make, copied: Make
) -> None:
    files = [make_file(f"{rate}-{seconds}.mp4", seconds, *B_FRAMES, rate=rate) for seconds in (2, 4)]
    spec = spec_of(*files, frameRate=rate)
    plan = await plan_for(spec)
    assert isinstance(plan, CopyPlan), plan
    run = copied(spec, plan, 30)
    scale = run.init("90p").timescale
    assert [one.decode_time - START * scale for one in run.media("90p")] == [
        slot * SEGMENT * scale for slot in range(30)
    ]


async def test_further_key_frames_do_no_harm(
    make_file: Make, spec_of: Make, plan_for: Make, copied: Make
) -> None:
    often = make_file("often.mp4", 4, "-g", "10", "-keyint_min", "10")
    spec = spec_of(often)
    plan = await plan_for(spec)
    assert isinstance(plan, CopyPlan), plan
    video = copied(spec, plan, 10).media("90p")
    assert [one.samples for one in video] == [50] * 10


@pytest.fixture(params=["two frames of priming", "less sound than picture"])
def odd_sound(request: pytest.FixtureRequest, make_file: Make, ffmpeg: Make, tmp_path: Path) -> Path:
    """A file whose sound begins where other encoders have it (2112 samples early), or that ends early."""
    if request.param == "less sound than picture":
        path: Path = make_file("less.mp4", 2, "-af", "atrim=end_sample=94900")
        return path
    whole, sound, path = make_file("whole6.mp4", 6, *B_FRAMES), tmp_path / "a.aac", tmp_path / "primed.mp4"
    ffmpeg("-i", whole, "-map", "0:a", "-c", "copy", sound)
    ffmpeg("-i", whole, "-itsoffset", "-0.044", "-i", sound, "-map", "0:v", "-map", "1:a", "-c", "copy", path)
    return path


async def test_odd_sound_stays_at_its_time(
    odd_sound: Path, spec_of: Make, plan_for: Make, copied: Make
) -> None:
    spec = spec_of(odd_sound)
    plan = await plan_for(spec)
    assert isinstance(plan, CopyPlan), plan
    sound = copied(spec, plan, 300).media("audio")[:300]
    off = [one.decode_time - (START + slot * SEGMENT) * 48_000 for slot, one in enumerate(sound)]
    assert all(abs(samples) <= 2 * FRAME for samples in off), "spool.py lets it be 50 ms off"
    for before, one in pairwise(sound):
        assert before.decode_time + before.duration == one.decode_time
