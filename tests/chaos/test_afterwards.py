"""After all faults: a viewer catches up over every one of them, in Chromium."""

import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from chaos.air import Air, Slot
from chaos.figures import Budget
from chaos.watch import moment, scheduled
from playwright.sync_api import Page
from support.browser import VIDEO, position, sign_in
from support.kube import Kube
from support.waiting import wait_until

STALL = Budget("catch-up over a gap, in Chromium", "longest stall", 5, "s")
BEFORE, AFTER = 1.5, 3.0
"""Seconds of the programme that are played before and after each gap."""


def boundaries(slots: list[Slot]) -> list[float]:
    """Where in a player's time one run ends and the next begins, in seconds: gaps take no time there."""
    found, played = [], 0
    for slot, following in pairwise(slots):
        played += slot.duration
        if following.run != slot.run:
            found.append(played / 1000)
    return found


@pytest.mark.timeout(600)
def test_catch_up_plays_over_every_fault(
    shared: Air, kube: Kube, page: Page, note: Callable[[Budget, float], None]
) -> None:
    slots = shared.slots()
    places = boundaries(slots)
    assert places, "no fault was made before: run the whole suite"
    with scheduled(kube, shared.name, moment(slots[0].start), moment(slots[-1].end)) as programme:
        sign_in(page, "premium@example.com")
        page.goto(f"/watch/{shared.name}?mode=catch-up&programme={programme}")
        wait_until("catch-up to play", lambda: position(page) > 0.5, 60)
        longest = max(play_over(page, place) for place in places)
        note(STALL, longest)
        page.evaluate(f"{VIDEO}.currentTime = {VIDEO}.duration - 4")
        wait_until("the programme's end", lambda: page.evaluate(f"{VIDEO}.ended"), 60)
        assert page.get_by_test_id("player").get_attribute("data-state") == "ended"


def play_over(page: Page, place: float) -> float:
    """From shortly before a boundary to shortly after it; how many seconds longer than it lasts that took."""
    start, end = max(place - BEFORE, 0.0), place + AFTER
    page.evaluate(f"{VIDEO}.currentTime = {start}")
    wait_until(f"playback from {start:.1f} s", lambda: start + 0.1 < position(page) < end, 30, every=0.1)
    here, began = position(page), time.monotonic()
    wait_until(f"playback to pass {place:.1f} s", lambda: position(page) >= end - 0.3, 60, every=0.1)
    assert page.get_by_test_id("player").get_attribute("data-state") != "error"
    return max(time.monotonic() - began - (end - 0.3 - here), 0.0)
