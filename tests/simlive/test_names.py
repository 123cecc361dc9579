"""File names carry all that order needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_simlive.journal import (
    SegmentName,
    descriptor_path,
    init_path,
    journal_path,
    parse_init_name,
    parse_segment_name,
    segment_path,
)

SECONDS = st.integers(min_value=0, max_value=32_503_680_000)  # up to the year 3000


def test_names_are_those_of_the_contract() -> None:
    start = 1795371840_000
    assert segment_path("720p", start, 7, 123) == "720p/20261122/18/20261122T182400Z-000007-0000123.m4s"
    assert init_path("720p", 7) == "720p/init-000007.mp4"
    assert journal_path(start) == "journal/20261122.jsonl"
    assert descriptor_path(7) == "runs/000007.json"


@given(SECONDS, st.integers(1, 10**9), st.integers(1, 10**10))
def test_a_segment_name_says_what_it_was_made_from(second: int, run: int, sequence: int) -> None:
    path = segment_path("audio", second * 1000, run, sequence)
    assert parse_segment_name(path) == SegmentName(second * 1000, run, sequence)


@given(st.lists(SECONDS, min_size=2, max_size=2, unique=True))
def test_names_sort_as_time_does(seconds: list[int]) -> None:
    early, late = sorted(seconds)
    assert segment_path("a", early * 1000, 1, 1) < segment_path("a", late * 1000, 1, 2)


@given(st.integers(1, 10**9))
def test_an_init_name_says_its_run(run: int) -> None:
    assert parse_init_name(init_path("audio", run)) == run


@pytest.mark.parametrize(
    "name",
    [
        "20261122T182400Z-000007-0000123.m4s.tmp",
        "20261122T182400Z-7-123.m4s",
        "20261332T182400Z-000007-0000123.m4s",
        "init-000007.mp4",
        "000001.m4s",
        "",
    ],
)
def test_other_names_are_not_segments(name: str) -> None:
    assert parse_segment_name(name) is None


def test_a_start_that_is_no_whole_second_has_no_name() -> None:
    with pytest.raises(ValueError, match="whole second"):
        segment_path("720p", 1795371840_001, 7, 123)
