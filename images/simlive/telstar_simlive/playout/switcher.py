"""The paced thread: one frame each 1/frame_rate seconds of the channel's time, on the frame's time."""

import threading
import time

import structlog

from telstar_simlive.playout.form import Form
from telstar_simlive.playout.on_air import Programme
from telstar_simlive.playout.outlet import Outlet
from telstar_simlive.playout.timeline import Moment, Timeline

_SECOND = 1_000_000_000
_LATEST = 10 * _SECOND
"""Nanoseconds that frames may become late while an encoder does not take them, until it is given up."""


_PATIENCE_LATE = 0.25
"""Seconds that a file's frame is waited for when frames are late, as the encoder took none for a while:
what it missed is then read from the file faster than in real time. Otherwise it is half a frame's time."""
_MADE_UP = 15
"""Seconds of frames that a new encoder gets after their time."""


class Switcher:
    """Gives the programme's frames to the outlet. Frame k is due k/frame_rate seconds after the epoch."""

    def __init__(self, form: Form, timeline: Timeline, programme: Programme, outlet: Outlet) -> None:
        self._rate, self._timeline = form.frame_rate, timeline
        self._programme, self._outlet = programme, outlet
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="switcher", daemon=True)
        self._jumps = timeline.look().jumps
        self._allowed = _LATEST
        self.fault: BaseException | None = None
        """What ended the thread, if anything did: a bug."""

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Ends it, and waits for its end so long."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            number = self._due(self._timeline.look())
            while not self._stopping.is_set():
                number = self._frame_after(number)
                if self._wait_for(number):
                    number = self._at_first(number)
                    self._give(number)
        except BaseException as error:
            self.fault = error
            structlog.get_logger().exception("the switcher failed")
            self._outlet.break_off("the switcher failed")
            raise
        finally:
            self._outlet.close()

    def _due(self, moment: Moment) -> int:
        return moment.time * self._rate // _SECOND

    def _lateness(self, moment: Moment, number: int) -> int:
        return moment.time - number * _SECOND // self._rate

    def _frame_after(self, number: int) -> int:
        """The next frame's number: one more; but none is made up for where nobody takes any."""
        if not self._outlet.idle:
            return number + 1
        return max(number, self._due(self._timeline.look())) + 1

    def _at_first(self, number: int) -> int:
        """This number, or the next encoder's first where that is already past, but not long: the frames
        from there on are made up for.
        """
        first = self._outlet.first
        is_past = first is not None and self._outlet.idle and 0 < number - first <= _MADE_UP * self._rate
        return first if is_past and first is not None else number

    def _wait_for(self, number: int) -> bool:
        """Waits until the frame is due; False where it never will be, as time jumped or it is to stop."""
        while not self._stopping.is_set():
            moment = self._timeline.look()
            if moment.jumps != self._jumps:
                self._jumps = moment.jumps
                self._outlet.jump(self._due(moment))
                return False
            early = -self._lateness(moment, number)
            if early <= 0:
                return True
            self._stopping.wait(min(early, _SECOND // self._rate) / _SECOND)
        return False

    def _give(self, number: int) -> None:
        now = time.monotonic()
        self._programme.select(now)
        begins = self._outlet.turn(number)
        if self._outlet.idle:
            return
        if begins:
            self._allowed = _LATEST + max(self._lateness(self._timeline.look(), number), 0)
        late = self._lateness(self._timeline.look(), number)
        is_late = late > 2 * _SECOND // self._rate
        frame = self._programme.next(now, _PATIENCE_LATE if is_late else 0.5 / self._rate)
        if frame is None:
            self._outlet.finish()
            return
        self._outlet.give(number, frame, lambda: self._may_go_on(number))

    def _may_go_on(self, number: int) -> bool:
        moment = self._timeline.look()
        in_time = self._lateness(moment, number) <= self._allowed and moment.jumps == self._jumps
        return in_time and not self._stopping.is_set()
