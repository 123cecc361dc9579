"""Telling whoever waits what is going on: a line a finished step, a sign of life for long ones."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

SIGN_OF_LIFE_SECONDS = 20.0
"""How often a line is printed for what is still running, where the output is no terminal."""


@dataclass
class Step:
    """One thing being done; `detail` may be set while it runs and is shown beside it."""

    name: str
    started: float
    detail: str = ""
    shown: float = field(default=0.0)


def elapsed(seconds: float) -> str:
    """Seconds as people read them: ``7 s``, ``2 min 05 s``."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def status_line(steps: list[Step], now: float, width: int) -> str:
    """What runs at this moment, cut to the width of the terminal."""
    parts = [
        f"{step.name} {elapsed(now - step.started)}{' · ' + step.detail if step.detail else ''}"
        for step in steps
    ]
    line = "  … " + " | ".join(parts)
    return line if len(line) < width else line[: width - 2] + "…"


class Progress:
    """Prints steps, which may run side by side in threads."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._steps: list[Step] = []
        self._lock = threading.Lock()
        self._began = time.monotonic()
        threading.Thread(target=self._keep_alive, daemon=True).start()

    def say(self, text: str) -> None:
        """Print a line that belongs to no step."""
        with self._lock:
            self._write(text)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Show `name` while the body runs and how long it took after; a failed body is marked as such."""
        step = Step(name, time.monotonic())
        step.shown = step.started
        with self._lock:
            self._steps.append(step)
        mark = "✗"
        try:
            yield step
            mark = "✓"
        finally:
            with self._lock:
                self._steps.remove(step)
                self._write(f"  {mark} {name} ({elapsed(time.monotonic() - step.started)})")

    def total(self) -> str:
        """The time since this run began."""
        return elapsed(time.monotonic() - self._began)

    def _write(self, text: str) -> None:
        erase = "\r\x1b[K" if self._terminal else ""
        self._stream.write(f"{erase}{text}\n")
        self._stream.flush()

    def _keep_alive(self) -> None:
        while True:
            time.sleep(0.5 if self._terminal else 1.0)
            with self._lock:
                if self._terminal:
                    self._rewrite()
                else:
                    self._remind()

    def _rewrite(self) -> None:
        if self._steps:
            line = status_line(self._steps, time.monotonic(), width=100)
            self._stream.write(f"\r\x1b[K{line}")
            self._stream.flush()

    def _remind(self) -> None:
        now = time.monotonic()
        for step in self._steps:
            if now - step.shown >= SIGN_OF_LIFE_SECONDS:
                step.shown = now
                self._write(status_line([step], now, width=200))


progress = Progress()
"""The one of this process."""
