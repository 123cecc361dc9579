"""Whether the next run copies, and from where."""

from dataclasses import replace
from typing import Any

import pytest
from telstar_simlive.channel import ChannelSpec
from telstar_simlive.content_keys import ContentKey, ContentKeys, NextKey
from telstar_simlive.copying import CopyPlan, Refusal
from telstar_simlive.mode import Wanted, pause_after, plays, wanted_at

T = 1795371840_000
FIRST, SECOND = ContentKey(kid="1" * 32, key="a" * 32), ContentKey(kid="2" * 32, key="b" * 32)
KEYS = ContentKeys(present=FIRST, upcoming=NextKey(key=SECOND, since=T))
ITEMS = ("file:///a.mp4", "file:///b.mp4")
PLAN = CopyPlan(ITEMS, (2, 3), segment=4, loop=True, video_peak=500_000, audio_peak=96_000)
REPLACED = replace(PLAN, slots=(2, 4))
REFUSAL = Refusal("there are 2 renditions: only one can be copied")


def spec(*items: str, loop: bool = True, **changes: Any) -> ChannelSpec:
    fields: dict[str, Any] = {
        "displayName": "Films",
        "source": {"playlist": {"items": items or ITEMS, "loop": loop}},
        "renditions": [{"name": "360p", "width": 640, "height": 360, "videoBitrate": "600k"}],
        "overlay": {"clock": False, "name": False},
    }
    return ChannelSpec.model_validate(fields | changes)


def run(plan: CopyPlan | None, moment: int = T - 1) -> Wanted:
    wanted = wanted_at(spec(), KEYS, moment, plan, Wanted(_setup(moment), plan))
    assert wanted is not None
    return wanted


def _setup(moment: int) -> Any:
    begun = wanted_at(spec(), KEYS, moment, None, None)
    assert begun is not None
    return begun.setup


@pytest.mark.parametrize(
    ("decision", "newest", "plan"),
    [
        (PLAN, None, None),  # it begins encoded
        (None, None, None),
        (PLAN, run(None), PLAN),
        (REFUSAL, run(None), None),
        (None, run(None), None),
        (PLAN, run(PLAN), PLAN),
        (REFUSAL, run(PLAN), None),
        (None, run(PLAN), PLAN),
        (REPLACED, run(PLAN), REPLACED),
    ],
)
def test_what_is_copied(decision: Any, newest: Wanted | None, plan: CopyPlan | None) -> None:
    wanted = wanted_at(spec(), KEYS, T - 1, decision, newest)
    assert wanted is not None
    assert wanted.plan == plan


@pytest.mark.parametrize(
    ("changed", "plan"),
    [
        (spec(displayName="Other"), PLAN),
        (spec(*reversed(ITEMS)), None),
        (spec(loop=False), None),
        (spec(source={"testPattern": {}}), None),
        (spec(overlay={"clock": True, "name": False}), None),
        (spec(frameRate=50), None),
    ],
)
def test_while_files_are_examined_copying_goes_on_only_where_nothing_changed(
    changed: ChannelSpec, plan: CopyPlan | None
) -> None:
    wanted = wanted_at(changed, KEYS, T - 1, None, run(PLAN))
    assert wanted is not None
    assert wanted.plan == plan


def test_a_new_key_makes_a_new_run_that_copies() -> None:
    for decision in (PLAN, None):
        wanted = wanted_at(spec(), KEYS, T, decision, run(PLAN))
        assert wanted is not None
        assert (wanted.plan, wanted.setup.key) == (PLAN, SECOND)
        assert wanted != run(PLAN)


def test_a_missing_key_is_waited_for() -> None:
    assert wanted_at(spec(), None, T, PLAN, run(PLAN)) is None


def test_a_plan_of_another_playlist_is_not_played() -> None:
    assert plays(PLAN, spec())
    assert not plays(PLAN, spec("file:///c.mp4"))
    wanted = wanted_at(spec("file:///c.mp4"), KEYS, T, PLAN, run(None))
    assert wanted is not None
    assert wanted.plan is None


def test_copying_pauses_longer_after_each_fault() -> None:
    assert [pause_after(faults) for faults in (0, 1, 2, 3, 7, 5000)] == [0, 60, 120, 240, 3600, 3600]
