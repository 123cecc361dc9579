"""Pictures and sound joined to frames, whatever order they come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_simlive.playout.avi import AviError
from telstar_simlive.playout.form import Form
from telstar_simlive.playout.frames import Assembler, Frame, black

FORM = Form(4, 2, 25)


class Store:
    """Keeps what was put; a picture and a sound in a frame are known by their first byte."""

    def __init__(self) -> None:
        self.got: list[tuple[int, int]] = []
        self.back = 0

    def acquire(self) -> Frame:
        return Frame(bytearray(FORM.picture_bytes), bytearray(FORM.sound_bytes))

    def put(self, frame: Frame) -> None:
        assert len(frame.sound) == FORM.sound_bytes
        self.got.append((frame.picture[0], frame.sound[0]))

    def give_back(self, frame: Frame) -> None:
        self.back += 1


def picture(assembler: Assembler, number: int) -> None:
    assembler.room(FORM.picture_bytes)[:] = bytes([number]) * FORM.picture_bytes
    assembler.picture()


def sound(assembler: Assembler, number: int) -> None:
    assembler.sound(bytearray([number]) * FORM.sound_bytes)


def made(*kinds: str) -> tuple[Assembler, Store]:
    store = Store()
    assembler = Assembler(FORM, store)
    assembler.streams(list(kinds))
    return assembler, store


@given(st.lists(st.booleans(), max_size=60))
def test_each_picture_meets_its_own_sound_however_they_are_interleaved(order: list[bool]) -> None:
    assembler, store = made("vids", "auds")
    pictures = sounds = 0
    for is_picture in order:
        if is_picture and pictures - sounds < 4:
            picture(assembler, pictures := pictures + 1)
        elif not is_picture and sounds - pictures < 30:
            sound(assembler, sounds := sounds + 1)
    assert store.got == [(number, number) for number in range(1, min(pictures, sounds) + 1)]
    assert assembler.one_sided == 0


def test_sound_may_come_in_any_pieces() -> None:
    assembler, store = made("vids", "auds")
    for number in (1, 2, 3):
        picture(assembler, number)
    whole = b"".join(bytes([number]) * FORM.sound_bytes for number in (1, 2, 3))
    for at in range(0, len(whole), 1000):
        assembler.sound(bytearray(whole[at : at + 1000]))
    assert store.got == [(1, 1), (2, 2), (3, 3)]


def test_sound_that_is_late_is_replaced_by_silence_and_both_stay_together() -> None:
    assembler, store = made("vids", "auds")
    for number in range(1, 11):
        picture(assembler, number)
    assert store.got == [(number, 0) for number in range(1, 6)], "five wait for their sound"
    assert assembler.one_sided == 5
    for number in range(1, 13):
        sound(assembler, number)
    picture(assembler, 11)
    assert store.got[5:] == [(number, number) for number in range(6, 12)]
    assert assembler.one_sided == 0


def test_a_picture_that_is_late_is_replaced_by_the_one_before_and_both_stay_together() -> None:
    assembler, store = made("vids", "auds")
    picture(assembler, 1)
    for number in range(1, 51):
        sound(assembler, number)
    repeated = store.got[1:]
    assert repeated == [(1, number) for number in range(2, len(repeated) + 2)]
    assert 10 <= len(repeated) <= 14
    assert assembler.one_sided == len(repeated)
    for number in range(2, 50):
        picture(assembler, number)
    assert store.got[len(repeated) + 1 :] == [(number, number) for number in range(len(repeated) + 2, 50)]
    assert store.back == len(repeated)


def test_what_has_no_sound_is_silent_and_what_has_no_picture_is_black() -> None:
    assembler, store = made("vids")
    picture(assembler, 9)
    assert store.got == [(9, 0)]
    assembler, store = made("auds")
    sound(assembler, 7)
    sound(assembler, 8)
    assert store.got == [(16, 7), (16, 8)]
    assert len(black(FORM)) == FORM.picture_bytes


def test_at_the_end_the_longer_of_both_is_given_to_its_end() -> None:
    assembler, store = made("vids", "auds")
    for number in (1, 2, 3):
        picture(assembler, number)
    sound(assembler, 1)
    assembler.finish()
    assert store.got == [(1, 1), (2, 0), (3, 0)]
    assembler, store = made("vids", "auds")
    picture(assembler, 1)
    for number in (1, 2, 3):
        sound(assembler, number)
    assembler.sound(bytearray(100))
    assembler.finish()
    assert store.got == [(1, 1), (1, 2), (1, 3)]


def test_an_empty_picture_repeats_the_one_before() -> None:
    assembler, store = made("vids")
    assembler.same_picture()
    picture(assembler, 5)
    assembler.same_picture()
    assert store.got == [(5, 0), (5, 0)]


def test_a_picture_of_another_size_is_refused() -> None:
    assembler, _ = made("vids")
    with pytest.raises(AviError, match="a picture of 11 bytes instead of 12"):
        assembler.room(11)
