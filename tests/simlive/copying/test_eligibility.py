"""What may be copied, and what is on when: pure decisions."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_simlive.channel import ChannelSpec
from telstar_simlive.copying.command import LONGEST_LIST, LONGEST_RUN, copy_list, run_slots
from telstar_simlive.copying.eligibility import CopyPlan, Position, Refusal, channel_fault, plan_copy
from telstar_simlive.copying.shape import Head, Shape

HEAD = Head(1280, 720, "yuv420p", "extradata …")
RENDITION = {"name": "720p", "width": 1280, "height": 720, "videoBitrate": "2000k"}


def spec(*items: str, loop: bool = True, **changes: Any) -> ChannelSpec:
    source = {"playlist": {"items": items or ["file:///a.mp4"], "loop": loop}}
    fields = {
        "displayName": "Copied",
        "source": source,
        "renditions": [RENDITION],
        "overlay": {"clock": False, "name": False},
        "segmentDuration": "4s",
    }
    return ChannelSpec.model_validate(fields | changes)


def shape(item: str = "file:///a.mp4", seconds: int = 12) -> Shape:
    return Shape(
        item=item,
        head=HEAD,
        time_scale=12800,
        frame_rate=25,
        frames=25 * seconds,
        delay=0,
        instant=frozenset(range(0, 25 * seconds, 50)),
        video_bytes=(250_000,) * seconds,
        audio_bytes=(16_000,) * seconds,
    )


def test_what_fits_is_copied() -> None:
    of = spec("file:///a.mp4", "file:///b.mp4")
    assert plan_copy(of, [shape(), shape("file:///b.mp4", 4)]) == CopyPlan(
        items=("file:///a.mp4", "file:///b.mp4"),
        slots=(3, 1),
        segment=4,
        loop=True,
        video_peak=2_000_000,
        audio_peak=128_000,
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"source": {"testPattern": {}}}, "the source is not a playlist"),
        ({"source": {"stream": {"url": "srt://feed:9000"}}}, "the source is not a playlist"),
        ({"overlay": {"clock": True, "name": False}}, "the overlay burns in clock"),
        ({"overlay": {"clock": True, "name": True}}, "the overlay burns in clock and name"),
        ({"overlay": {"clock": False, "name": False, "programme": True}}, "the overlay burns in programme"),
        ({"renditions": [RENDITION, RENDITION | {"name": "2"}]}, "there are 2 renditions"),
        (
            {"source": {"playlist": {"items": ["file:///a%0Ab.mp4"]}}},
            "file:///a%0Ab.mp4: its name has a line break",
        ),
    ],
)
def test_a_channel_that_copies_no_file(changes: dict[str, Any], reason: str) -> None:
    of = spec(**changes)
    assert reason in str(channel_fault(of))
    refused = plan_copy(of, [shape()])
    assert isinstance(refused, Refusal)
    assert reason in refused.reason


def test_a_channel_with_backup_sources_copies_its_files() -> None:
    assert isinstance(plan_copy(spec(backupSources=[{"testPattern": {}}]), [shape()]), CopyPlan)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"head": replace(HEAD, width=1920)}, "it is 1920x720: rendition 720p is 1280x720"),
        ({"head": replace(HEAD, pixel_format="yuv422p")}, "its pixels are yuv422p: they must be yuv420p"),
        ({"frame_rate": 50}, "it has 50 pictures a second: the channel has 25"),
        ({"frames": 310}, "it lasts 12.400 s: it must be a whole number of segments of 4 s"),
        ({"frames": 75}, "it lasts 3.000 s"),
        ({"instant": frozenset({0, 50, 150, 200})}, "it has no IDR picture at 4 s"),
        ({"video_bytes": (281_300,) * 12}, "its picture takes up to 2250 kbit/s"),
        ({"audio_bytes": (18_100,) * 12}, "its sound takes up to 144 kbit/s"),
    ],
)
def test_an_item_that_does_not_fit(changes: dict[str, Any], reason: str) -> None:
    refused = plan_copy(
        spec("file:///b.mp4", "file:///a.mp4"), [shape("file:///b.mp4"), replace(shape(), **changes)]
    )
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("file:///a.mp4: ")
    assert reason in refused.reason


def test_one_large_second_does_no_harm_where_its_segment_is_not_too_large() -> None:
    one = replace(shape(), video_bytes=(400_000, 200_000, 200_000, 200_000) * 3)
    assert isinstance(plan_copy(spec(), [one]), CopyPlan)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"head": replace(HEAD, parameters="others")}, "one init segment cannot serve both"),
        ({"time_scale": 90_000}, "one init segment cannot serve both"),
        ({"delay": 2}, "reorder their pictures differently"),
    ],
)
def test_items_that_do_not_fit_each_other(changes: dict[str, Any], reason: str) -> None:
    other = replace(shape("file:///b.mp4"), **changes)
    refused = plan_copy(spec("file:///a.mp4", "file:///b.mp4"), [shape(), other])
    assert isinstance(refused, Refusal)
    assert "file:///a.mp4" in refused.reason
    assert "file:///b.mp4" in refused.reason
    assert reason in refused.reason


def test_what_could_not_be_examined_is_told() -> None:
    assert plan_copy(spec(), ["it cannot be read: 404"]) == Refusal("file:///a.mp4: it cannot be read: 404")


def plan(slots: tuple[int, ...], loop: bool = True) -> CopyPlan:
    items = tuple(f"file:///it's%20{index}.mp4" for index in range(len(slots)))
    return CopyPlan(items, slots, 4, loop, 1, 1)


plans = st.builds(plan, st.lists(st.integers(1, 6), min_size=1, max_size=6).map(tuple), st.booleans())


@given(plans, st.integers(0, 100), st.integers(0, 100))
def test_a_position_does_not_depend_on_how_often_one_looked(one: CopyPlan, first: int, then: int) -> None:
    halfway = one.position_at(first)
    whole = one.position_at(first + then)
    assert whole == (one.position_at(then, halfway) if halfway else None)
    assert (whole is None) == (not one.loop and first + then >= sum(one.slots))


@given(plans, st.integers(0, 60), st.integers(1, 100))
def test_stretches_are_the_positions_one_after_another(one: CopyPlan, elapsed: int, slots: int) -> None:
    start = one.position_at(elapsed)
    if start is None:
        return
    listed = [
        Position(stretch.item, slot)
        for stretch in one.stretches(start, slots)
        for slot in range(stretch.first, stretch.until)
    ]
    expected = [one.position_at(elapsed + index) for index in range(slots)]
    assert listed == [position for position in expected if position is not None]


@pytest.mark.parametrize(
    ("item", "seconds", "expected"),
    [
        (0, 0.0, (0, 0)),
        (0, 1.9, (0, 0)),
        (0, 3.0, (0, 1)),
        (0, 7.9, (1, 0)),
        (0, 12.5, (1, 1)),
        (1, 11.9, (0, 0)),
    ],
)
def test_copying_takes_over_where_encoding_was(item: int, seconds: float, expected: tuple[int, int]) -> None:
    assert plan((2, 3)).nearest(item, seconds) == Position(*expected)


@pytest.mark.parametrize("seconds", [10.1, 12.0, 99.0])
def test_copying_does_not_take_over_at_the_end_of_a_playlist_that_does_not_loop(seconds: float) -> None:
    assert replace(plan((2, 3)), loop=False).nearest(1, seconds) is None
    assert replace(plan((2, 3)), loop=False).nearest(1, 9.9) == Position(1, 2)


def test_a_list_says_what_is_played() -> None:
    assert copy_list(plan((2, 3)), Position(1, 1), 3).splitlines() == [
        "ffconcat version 1.0",
        *(r"file 'file:/it'\''s 1.mp4'", "inpoint 4", "outpoint 12", "duration 8"),
        *(r"file 'file:/it'\''s 0.mp4'", "inpoint 0", "outpoint 4", "duration 4"),
    ]


def test_an_item_from_a_server_is_given_up_when_it_stalls() -> None:
    listed = copy_list(CopyPlan(("https://example.com/a%20b.mp4",), (1,), 4, True, 1, 1), Position(0, 0), 1)
    assert listed.splitlines()[1:3] == ["file 'https://example.com/a%20b.mp4'", "option rw_timeout 10000000"]


@pytest.mark.parametrize(
    ("one", "start", "slots"),
    [
        (plan((2, 3), loop=False), Position(0, 1), 4),
        (plan((900,)), Position(0, 0), LONGEST_RUN // 4),
        (plan((1,)), Position(0, 0), LONGEST_LIST),
    ],
)
def test_how_long_a_run_can_be(one: CopyPlan, start: Position, slots: int) -> None:
    assert run_slots(one, start) == slots
