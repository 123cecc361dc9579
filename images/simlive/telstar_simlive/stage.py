"""The playouts of a channel: the one on the air, and, where the form of its frames is to change, the next."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from telstar_simlive.channel import Source
from telstar_simlive.playout import Form, Place, Playout, Timeline, Tools


@dataclass(frozen=True)
class Staged:
    """A playout, its form, and when it was opened (milliseconds)."""

    form: Form
    playout: Playout
    opened: int


class Stage:
    """Opens and closes playouts; sources and name are the same for all."""

    def __init__(self, tools: Tools, timeline: Timeline, sources: Sequence[Source], name: str) -> None:
        self._tools, self._timeline, self._sources, self._name = tools, timeline, sources, name
        self._staged: list[Staged] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger()

    def find(self, form: Form) -> Staged | None:
        """The playout of a form."""
        return next((one for one in self._staged if one.form == form), None)

    async def open(self, form: Form, place: Place | None = None) -> Staged:
        """Opens a playout of a form; the first source, if it is a playlist, begins at this place."""
        self._log.info("playout opened", width=form.width, height=form.height, frame_rate=form.frame_rate)
        playout = Playout(form, self._tools, self._timeline, self._name)
        await playout.open(self._sources, place)
        self._staged.append(Staged(form, playout, self._timeline.now()))
        return self._staged[-1]

    async def set_sources(self, sources: Sequence[Source], name: str) -> None:
        """Changes them, while the frames go on."""
        self._sources, self._name = sources, name
        for one in self._staged:
            await one.playout.set_sources(sources, name)

    def keep(self, wanted: Sequence[Form]) -> None:
        """Closes those of other forms, beside all else."""
        for one in [one for one in self._staged if one.form not in wanted]:
            self._staged.remove(one)
            task = asyncio.create_task(one.playout.close())
            self._closing.add(task)
            task.add_done_callback(self._closed)

    def _closed(self, task: asyncio.Task[None]) -> None:
        self._closing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("a playout did not close", reason=repr(error))

    async def close(self) -> None:
        """Closes all."""
        self.keep(())
        await asyncio.gather(*self._closing, return_exceptions=True)
