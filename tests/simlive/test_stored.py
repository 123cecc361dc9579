"""What is stored, in few words."""

from telstar_simlive.journal import Slot, TrackPart
from telstar_simlive.stored import Stored, Stretch, summarize

T = 1795371840_000
KIDS = {1: "a" * 32, 2: "a" * 32, 3: "b" * 32, 4: None}


def slot(run: int, start: int) -> Slot:
    return Slot(1, run, T + start, 4000, {"720p": TrackPart(4000, 100), "audio": TrackPart(4000, 10)})


def test_nothing_stored_is_nothing() -> None:
    assert summarize([], KIDS.get) == Stored()


def test_gaps_and_keys_are_stretches_of_time() -> None:
    slots = [slot(1, 0), slot(1, 4000), slot(2, 10_000), slot(3, 14_000), slot(3, 18_000)]
    assert summarize(slots, KIDS.get) == Stored(
        start=T,
        end=T + 22_000,
        slots=5,
        size=550,
        gaps=[Stretch(T + 8000, T + 10_000)],
        keys=[Stretch(T, T + 14_000, "a" * 32), Stretch(T + 14_000, T + 22_000, "b" * 32)],
    )


def test_what_is_in_clear_has_no_key() -> None:
    stored = summarize([slot(3, 0), slot(4, 4000), slot(3, 8000)], KIDS.get)
    assert [(key.kid, key.start - T, key.end - T) for key in stored.keys] == [
        ("b" * 32, 0, 4000),
        ("b" * 32, 8000, 12_000),
    ]
