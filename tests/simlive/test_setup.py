"""What makes a new run, and at which boundary."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_simlive.channel import ChannelSpec
from telstar_simlive.content_keys import ContentKey, ContentKeys, NextKey
from telstar_simlive.setup import LEAD, Setup, boundary_after, boundary_ahead, setup_of

T = 1795371840_000
FIRST, SECOND = ContentKey(kid="1" * 32, key="a" * 32), ContentKey(kid="2" * 32, key="b" * 32)
KEYS = ContentKeys(present=FIRST, upcoming=NextKey(key=SECOND, since=T))
SPEC: dict[str, Any] = {
    "displayName": "News 24",
    "source": {"testPattern": {}},
    "renditions": [{"name": "360p", "width": 640, "height": 360, "videoBitrate": "600k"}],
}


def setup(keys: ContentKeys | None = KEYS, moment: int = T, **spec: Any) -> Setup | None:
    return setup_of(ChannelSpec.model_validate(SPEC | spec), keys, moment)


@pytest.mark.parametrize(
    "change",
    [
        {"renditions": [SPEC["renditions"][0] | {"videoBitrate": "700k"}]},
        {"renditions": [SPEC["renditions"][0] | {"name": "sd"}]},
        {"frameRate": 50},
        {"audioBitrate": "96k"},
        {"overlay": {"clock": False}},
        {"overlay": {"programme": True}},
        {"audioOnly": True},
        {"drm": {"enabled": False}},
    ],
)
def test_what_the_encoder_depends_on_is_another_setup(change: dict[str, Any]) -> None:
    assert setup(**change) != setup()


@pytest.mark.parametrize(
    "change",
    [
        {"displayName": "News"},
        {"source": {"stream": {"url": "srt://feed:9000"}}},
        {"backupSources": [{"testPattern": {}}]},
        {"retention": "1h"},
        {"number": 7},
    ],
)
def test_what_it_does_not_depend_on_is_the_same_setup(change: dict[str, Any]) -> None:
    assert setup(**change) == setup()


def test_the_key_is_the_one_in_force_at_the_runs_start() -> None:
    before, after = setup(moment=T - 1), setup(moment=T)
    assert before
    assert after
    assert (before.kid, after.kid) == (FIRST.kid, SECOND.kid)


def test_it_does_not_matter_when_the_next_key_becomes_the_present_one() -> None:
    assert setup(keys=ContentKeys(present=SECOND)) == setup()


def test_without_its_key_an_encrypted_channel_has_no_setup() -> None:
    assert setup(keys=None) is None
    clear = setup(keys=None, drm={"enabled": False})
    assert clear
    assert clear.kid is None


def test_frames_are_counted_from_the_epoch() -> None:
    of = setup(frameRate=24)
    assert of
    assert of.frame_at(T) == T // 1000 * 24


@given(passed=st.integers(0, 100_000), segment=st.integers(1, 10))
def test_a_boundary_is_the_first_that_is_not_before_a_moment(passed: int, segment: int) -> None:
    boundary = boundary_after(T, segment * 1000, T + passed)
    assert (boundary - T) % (segment * 1000) == 0
    assert T + passed <= boundary
    assert boundary - T == segment * 1000 or boundary - segment * 1000 < T + passed


@given(passed=st.integers(0, 100_000), segment=st.integers(1, 10))
def test_a_successor_is_started_in_time_but_not_too_early(passed: int, segment: int) -> None:
    boundary = boundary_ahead(T, segment * 1000, T + passed)
    assert boundary is None or 800 <= boundary - (T + passed) <= LEAD


@pytest.mark.parametrize("segment", range(1, 11))
def test_no_boundary_is_passed_over_by_who_looks_ten_times_a_second(segment: int) -> None:
    seen = {boundary_ahead(T, segment * 1000, now) for now in range(T, T + 60_000, 100)}
    wanted = {T + second * 1000 for second in range(2, 60) if second % segment == 0}
    assert wanted <= seen
