"""Beside the channel: whether it can be copied, and whether that is still so."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from telstar_simlive.copying import CopyPlan, Examiner, Refusal, examiner
from telstar_simlive.process import Redactor

Make = Callable[..., Any]


@pytest.fixture
async def examining() -> AsyncIterator[Examiner]:
    one = Examiner(imageio_ffmpeg.get_ffmpeg_exe(), Redactor({}))
    yield one
    await one.close()


async def decided(one: Examiner, spec: Any, wanted: Callable[[Any], bool]) -> Any:
    """Looks as the supervisor does, until the decision is what is wanted."""
    async with asyncio.timeout(60):
        while True:
            one.look(spec)
            if wanted(one.decision):
                return one.decision
            await asyncio.sleep(0.02)


def is_plan(decision: object) -> bool:
    return isinstance(decision, CopyPlan)


def is_refusal(decision: object) -> bool:
    return isinstance(decision, Refusal)


async def test_a_channel_that_cannot_be_copied_is_told_at_once(
    examining: Examiner, make_file: Make, spec_of: Make
) -> None:
    examining.look(spec_of(make_file("e1.mp4", 2), overlay={"clock": True, "name": False}))
    assert examining.decision == Refusal("the overlay burns in clock")
    assert examining.waiting_for == ""


async def test_files_are_examined_meanwhile_and_again_when_the_channel_changes(
    examining: Examiner, make_file: Make, spec_of: Make
) -> None:
    spec = spec_of(make_file("e2.mp4", 4))
    examining.look(spec)
    assert examining.decision is None
    plan = await decided(examining, spec, is_plan)
    assert plan.slots == (2,)
    assert examining.waiting_for == ""
    examining.look(spec.model_copy(update={"retention": 3600, "display_name": "Other"}))
    assert examining.decision == plan, "nothing that matters has changed"
    longer = spec.model_copy(update={"segment_duration": 3})
    examining.look(longer)
    assert examining.decision is None
    assert "whole number of segments" in (await decided(examining, longer, is_refusal)).reason


async def test_a_file_that_changes_is_examined_before_it_goes_on(
    examining: Examiner, make_file: Make, spec_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiner, "RECHECK", 0.2)
    path = tmp_path / "a.mp4"
    shutil.copy(make_file("e3.mp4", 4), path)
    spec = spec_of(path)
    first = await decided(examining, spec, is_plan)
    await asyncio.sleep(0.5)
    examining.look(spec)
    assert examining.decision is first
    shutil.copy(make_file("e4.mp4", 6), path)
    await decided(examining, spec, lambda decision: is_plan(decision) and decision.slots == (3,))
    path.write_bytes(b"rubbish")
    await decided(examining, spec, is_refusal)
    shutil.copy(make_file("e3.mp4", 4), path)
    await decided(examining, spec, is_plan)


async def test_a_run_that_failed_puts_the_files_in_doubt(
    examining: Examiner, make_file: Make, spec_of: Make, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    shutil.copy(make_file("e5.mp4", 2), path)
    spec = spec_of(path)
    await decided(examining, spec, is_plan)
    path.unlink()
    examining.doubt()
    assert examining.decision is None
    assert "No such file" in (await decided(examining, spec, is_refusal)).reason


async def test_no_secret_of_a_url_is_in_a_reason(spec_of: Make) -> None:
    redactor = Redactor({"user:secret@": "***@"})
    one = Examiner(imageio_ffmpeg.get_ffmpeg_exe(), redactor)
    spec = spec_of("http://user:secret@127.0.0.1:9/a.mp4")
    refused = await decided(one, spec, is_refusal)
    assert refused.reason.startswith("http://***@127.0.0.1:9/a.mp4: it cannot be read")
    await one.close()
