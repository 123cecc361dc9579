"""Finds out beside the channel whether it can be copied, and goes on looking whether that is still so."""

import asyncio
import time

import structlog

from telstar_simlive.channel import ChannelSpec
from telstar_simlive.copying.eligibility import CopyPlan, Refusal, channel_fault, plan_copy
from telstar_simlive.copying.examine import ShapeCache, examine
from telstar_simlive.process import Redactor

RECHECK = 60.0
"""Seconds after which files are looked at again: whether they have changed, or can be read now."""


class Examiner:
    """`decision` is None while the files are examined, and `waiting_for` then says what for.

    A channel goes on the air encoded; it never waits for an examination.
    """

    def __init__(self, ffmpeg: str, redactor: Redactor) -> None:
        self._ffmpeg, self._redactor, self._cache = ffmpeg, redactor, ShapeCache()
        self._spec: ChannelSpec | None = None
        self._task: asyncio.Task[None] | None = None
        self._looked = 0.0
        self.decision: CopyPlan | Refusal | None = None
        self.waiting_for = ""

    def look(self, spec: ChannelSpec) -> None:
        """To be called about every second with the configuration in force; returns at once."""
        if self._spec is None or _what_matters(spec) != _what_matters(self._spec):
            self._spec, self.decision = spec, None
            self._begin(spec)
        elif self._task is not None and self._task.done():
            task, self._task = self._task, None
            if (error := task.exception()) is not None:  # a fault of ours must not end what is on the air
                structlog.get_logger().error("examination failed", exc_info=error)
                self.decision, self.waiting_for = Refusal("its files could not be examined (see log)"), ""
        elif self._task is None and time.monotonic() - self._looked >= RECHECK:
            self._begin(spec)

    def doubt(self) -> None:
        """To be called when a copied run has failed: the files are examined before the next one."""
        self.decision = None
        if self._spec is not None:
            self._begin(self._spec)

    def _begin(self, spec: ChannelSpec) -> None:
        self._looked = time.monotonic()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        fault = channel_fault(spec)
        if fault is not None:
            self.decision, self.waiting_for = Refusal(fault), ""
            return
        self._task = asyncio.create_task(self._decide(spec))

    async def _decide(self, spec: ChannelSpec) -> None:
        if isinstance(self.decision, CopyPlan):
            if await self._cache.changed(self.decision.items) is None:
                return
            self.decision = None  # what is on the air may be broken by it
        shapes = await examine(self._ffmpeg, spec, self._redactor, self._cache, self._say)
        decision = plan_copy(spec, shapes)
        if isinstance(decision, Refusal):
            decision = Refusal(self._redactor.redact(decision.reason))
        self.decision, self.waiting_for, self._looked = decision, "", time.monotonic()

    def _say(self, words: str) -> None:
        self.waiting_for = words

    async def close(self) -> None:
        """Ends an examination that goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def _what_matters(spec: ChannelSpec) -> tuple[object, ...]:
    """What the decision depends on."""
    return (
        spec.source,
        spec.renditions,
        spec.frame_rate,
        spec.audio_bitrate,
        spec.overlay,
        spec.segment_duration,
    )
