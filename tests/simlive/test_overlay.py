"""The texts of the overlay."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_simlive.channel import ChannelSpec, Programme
from telstar_simlive.overlay import CLOCK_FILE, NAME_FILE, TITLE_FILE, fitted, texts, title_at
from telstar_simlive.setup import Setup, setup_of

T = 1795371840_000
PROGRAMMES = [
    Programme.model_validate({"start": T // 1000 - 60, "end": T // 1000, "title": "Before"}),
    Programme.model_validate({"start": T // 1000, "end": T // 1000 + 60, "title": "Now"}),
]


def setup(**shown: bool) -> Setup:
    spec: dict[str, Any] = {
        "displayName": "News",
        "source": {"testPattern": {}},
        "renditions": [{"name": "360p", "width": 640, "height": 360, "videoBitrate": "600k"}],
        "overlay": shown,
        "drm": {"enabled": False},
    }
    made = setup_of(ChannelSpec.model_validate(spec), None, T)
    assert made
    return made


@pytest.mark.parametrize(
    ("moment", "title"),
    [(T - 60_001, ""), (T - 1, "Before"), (T, "Now"), (T + 59_999, "Now"), (T + 60_000, "")],
)
def test_the_title_is_that_of_the_programme_that_is_on(moment: int, title: str) -> None:
    assert title_at(PROGRAMMES, moment) == title


def test_what_is_not_wanted_is_empty() -> None:
    shown = texts(setup(clock=False, name=False, programme=False), "News", PROGRAMMES, T, T, slate=False)
    assert set(shown.values()) == {""}


def test_what_is_wanted_is_there() -> None:
    shown = texts(setup(clock=True, name=True, programme=True), "News", PROGRAMMES, T, T, slate=False)
    assert (shown[NAME_FILE], shown[TITLE_FILE]) == ("News", "Now")
    assert "1795371840" in shown[CLOCK_FILE]


def test_the_slate_has_the_clock_in_any_case() -> None:
    shown = texts(setup(clock=False), "News", PROGRAMMES, T, T, slate=True)
    assert shown[CLOCK_FILE]


@given(text=st.text(max_size=300), size=st.integers(8, 60), width=st.integers(64, 1920))
def test_a_text_is_one_line_that_fits(text: str, size: int, width: int) -> None:
    line = fitted(text, size, width)
    assert line.isprintable()
    assert len(line) == 1 or len(line) * size * 0.6 <= width


def test_a_text_that_fits_is_left_alone() -> None:
    assert fitted("News: 100% 'live'", 25, 640) == "News: 100% 'live'"
    assert fitted("two\nlines\tand\x00more", 25, 640) == "two lines and more"
    assert fitted("a" * 50, 25, 640).endswith("…")
