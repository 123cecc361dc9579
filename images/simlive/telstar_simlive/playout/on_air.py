"""What is on the air, frame by frame: a source's next frame, its last once more, or the slate."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from telstar_simlive.playout.form import Form
from telstar_simlive.playout.selection import (
    FALLS_FORGIVEN,
    OnAir,
    State,
    all_ended,
    choose,
    state_of,
    steady_for,
    to_be_open,
)
from telstar_simlive.playout.sound import joined, last_sample
from telstar_simlive.playout.work import Taken, Work

_LEAVE_WITHIN = 10.0  # seconds that a source of before is kept on the air until a new one is ready

Picture = bytes | bytearray


@dataclass(frozen=True)
class Given:
    """A frame for the encoder."""

    picture: Picture
    sound: bytes | bytearray


class Programme:
    """Decides what is on the air and takes its frames. Only the switcher's thread calls it, but for
    `set_works` and `slate`, which are set whole, and what it tells.
    """

    def __init__(self, form: Form, slate: Picture, clock: Callable[[], int]) -> None:
        self._silence = bytes(form.sound_bytes)
        self._clock, self._log = clock, structlog.get_logger()
        self.slate = slate
        self._works: tuple[Work, ...] = ()
        self._new_works: tuple[Work, ...] | None = None
        self._work: Work | None = None
        self._leaving: Work | None = None
        self._on_air = OnAir(since=time.monotonic())
        self._last: Taken | None = None
        self._sample, self._joint = (0, 0), False
        self.since = clock()
        self.switches = self.repeated = 0
        self.wanted: frozenset[Work] = frozenset()
        """The sources that are to be open."""
        self.begun = self.ended = False
        self.state: State = "slate"

    def set_works(self, works: Sequence[Work]) -> None:
        """The sources from now on, most preferred first. One on the air that is not among them stays until
        another is ready.
        """
        self._new_works = tuple(works)

    @property
    def work(self) -> Work | None:
        """The source on the air, None for the slate."""
        return self._work

    def select(self, now: float) -> None:
        """Decides what is on the air from the next frame on; `now` in monotonic seconds."""
        self._take_over(now)
        works = (*self._works, self._leaving) if self._leaving else self._works
        candidates = [work.candidate(now) for work in works]
        if all_ended(candidates, self._on_air):
            return self._end()
        place = choose(candidates, self._on_air, now)
        work = works[place] if place is not None else None
        if work is not self._work:
            self._note_fall(now)
            self._switch(work, place, now)
            if self._leaving and work is not self._leaving:
                self._leaving = None
                works, candidates = works[:-1], candidates[:-1]
        self.state = state_of(self._on_air)
        self.wanted = frozenset(works[index] for index in to_be_open(candidates, self._on_air, now))
        return None

    def next(self, now: float, patience: float) -> Given | None:
        """The next frame; None when the programme has ended. A file's is waited for so many seconds, if the
        one before was there.
        """
        if self.ended:
            return None
        is_first = self._on_air.starved_since is None
        taken = self._work.take(patience if is_first else 0.0) if self._work else None
        if taken is not None:
            if self._on_air.starved_since is not None:
                self._on_air, self._joint = replace(self._on_air, starved_since=None), True
            if self._last is not None:
                self._last.give_back()
            self._last, self._joint = taken, self._joint or taken.frame.joint
            return self._given(taken.frame.picture, taken.frame.sound)
        if self._work is None:
            return self._given(self.slate, self._silence)
        if self._on_air.starved_since is None:
            self._on_air, self._joint = replace(self._on_air, starved_since=now), True
        if self._work.ended:
            self.select(now)  # there is nothing to wait for
            if self._work is not None and not self._work.ended:
                return self.next(now, 0.0)
            if self.ended:
                return None
        self.repeated += 1
        return self._given(self._last.frame.picture if self._last else self.slate, self._silence)

    def _given(self, picture: Picture, sound: bytes | bytearray) -> Given:
        if self._joint:
            sound, self._joint = joined(self._sample, sound), False
        self._sample = last_sample(sound)
        return Given(picture, sound)

    def _take_over(self, now: float) -> None:
        new, self._new_works = self._new_works, None
        if new is not None:
            self._works = new
            if self._work is not None:
                self._leaving = None if self._work in new else self._work
                place = len(new) if self._leaving else new.index(self._work)
                self._on_air = replace(
                    self._on_air, place=place, since=now, leaving=self._leaving is not None
                )
            self.ended = False
        if self._leaving is not None and now - self._on_air.since > _LEAVE_WITHIN:
            self._leaving = None
            self._switch(None, None, now)

    def _note_fall(self, now: float) -> None:
        """A source that left the air because it gave nothing; one that does so often has to wait."""
        if self._work is None or self._on_air.starved_since is None or self._work.ended:
            return
        falls = self._work.fell(now)
        if falls > FALLS_FORGIVEN:
            self._log.warning("a source flaps", falls=falls, steady_seconds=steady_for(falls))

    def _switch(self, work: Work | None, place: int | None, now: float) -> None:
        begun = self._on_air.begun
        self._on_air = OnAir(place, now, None, begun=begun or work is not None)
        self.begun = self._on_air.begun
        self._work, self._joint = work, True
        self.since = self._clock()
        self.switches += begun
        if work is not None:
            work.trim()
        message = work.message if work else "no signal"
        self._log.info("on the air", source=state_of(self._on_air), message=message)

    def _end(self) -> None:
        if not self.ended:
            self.ended, self.state, self.since = True, "ended", self._clock()
            self.wanted = frozenset()
            self._log.info("the programme has ended")
