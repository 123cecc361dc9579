"""How fast playlists are rendered, as a ratio to joining ready-made URIs of the same number with f-strings.

Run: python tests/bench/playlists.py   (about ten seconds, one core; ratios hold on any machine)
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.tape import Journal, Tape
from telstar_api.entitlement.rights import Mode
from telstar_api.tstv.playlist import media, multivariant, view
from telstar_api.tstv.stretches import Stretches
from telstar_api.tstv.windows import Window, live_window

HOUR = 3_600_000
SECONDS = 0.8  # for each measurement


class Indexed(Journal):
    """Finds slots by their number, as the real reader does by bisection; the tape has no gaps."""

    def slots_between(self, start: int, end: int) -> list:
        first = self.slots[0].start
        length = self.slots[0].duration
        return list(self.slots[max(0, (start - first) // length) : -(-(end - first) // length)])


def per_second(task: Callable[[], object]) -> float:
    """How often a task can be done in a second, after a first time that does not count."""
    task()
    count, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < SECONDS:
        task()
        count += 1
    return count / passed


def rendered(stretches: Stretches, window: Window, now: int) -> str:
    """A media playlist."""
    found = view("news", stretches, window, now)
    text = media(found, "720p") if found else None
    assert text
    return text


def index(stretches: Stretches, window: Window, now: int) -> str:
    """A multivariant playlist."""
    found = view("news", stretches, window, now)
    assert found
    return multivariant(found)


def naive(uris: list[str]) -> str:
    """What a first draft would do, with its URIs made beforehand."""
    return "#EXTM3U\n" + "".join(f"#EXTINF:{4.0:.3f},\n{uri}\n" for uri in uris)


def main() -> None:
    """Print one line a window."""
    tape = Tape().record(24 * 900 + 75)
    now = tape.end + 500
    journal = Indexed(tape.slots, tape.runs)
    print("window       segments     KiB   first ms   playlists/s   naive/s   ratio   multivariant/s")
    for name, window in (
        ("live", live_window(journal)),
        ("2 h growing", Window(Mode.START_OVER, tape.end - 2 * HOUR - 2000, tape.end + HOUR)),
        ("24 h growing", Window(Mode.START_OVER, tape.end - 24 * HOUR - 2000, tape.end + HOUR)),
    ):
        stretches = Stretches(journal)
        began = time.perf_counter()
        text = rendered(stretches, window, now)
        first = (time.perf_counter() - began) * 1000
        uris = [line for line in text.splitlines() if not line.startswith("#")]
        fast = per_second(lambda: rendered(stretches, window, now))  # noqa: B023
        slow = per_second(lambda: naive(uris))  # noqa: B023
        indexes = per_second(lambda: index(stretches, window, now))  # noqa: B023
        print(
            f"{name:12} {len(uris):8} {len(text) / 1024:7.1f} {first:10.1f} "
            f"{fast:13.0f} {slow:9.0f} {fast / slow:7.2f} {indexes:16.0f}"
        )


if __name__ == "__main__":
    main()
