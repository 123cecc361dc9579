"""Waiting for something outside the test, with a limit and a name."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_until(what: str, look: Callable[[], Found | None], seconds: float, every: float = 0.25) -> Found:
    """The first truthy answer of `look`; raises TimeoutError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}; last answer: {found!r}")
        time.sleep(every)
