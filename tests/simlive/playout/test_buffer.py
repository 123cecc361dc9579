"""The queue between a player and the switcher: files wait for room, live feeds never do."""

import threading
import time

import pytest
from support.waiting import wait_until
from telstar_simlive.playout.buffer import ClosedError, Depth, FrameBuffer, file_depth, live_depth
from telstar_simlive.playout.form import Form

FORM = Form(4, 2, 25)
LIVE = Depth(most=6, first=3, again=2, drops=True)
FILE = Depth(most=4, first=2, again=1, drops=False)


def put(buffer: FrameBuffer, *numbers: int) -> None:
    for number in numbers:
        frame = buffer.acquire()
        frame.picture[0] = number
        buffer.put(frame)


def take(buffer: FrameBuffer) -> int | None:
    frame = buffer.take()
    if frame is None:
        return None
    number = frame.picture[0]
    buffer.give_back(frame)
    return number


def test_a_live_feed_is_given_once_its_jitter_can_be_taken_up() -> None:
    buffer = FrameBuffer(FORM, LIVE)
    put(buffer, 1, 2)
    assert take(buffer) is None
    put(buffer, 3)
    assert [take(buffer) for _ in range(4)] == [1, 2, 3, None]
    put(buffer, 4)
    assert take(buffer) is None, "run empty, it waits for two"
    put(buffer, 5)
    assert [take(buffer), take(buffer)] == [4, 5]


def test_a_live_feed_that_is_too_fast_loses_its_oldest_frames() -> None:
    buffer = FrameBuffer(FORM, LIVE)
    put(buffer, *range(1, 101))
    assert buffer.dropped == 94
    assert buffer.waiting == 6
    buffer.trim()
    assert [take(buffer) for _ in range(4)] == [98, 99, 100, None]


def test_a_frame_says_whether_it_follows_the_one_before() -> None:
    buffer, joints = FrameBuffer(FORM, LIVE), []
    for numbers in (range(4), range(7), range(2)):
        put(buffer, *numbers)
        for _ in range(3):
            frame = buffer.take()
            assert frame is not None
            joints.append(frame.joint)
            buffer.give_back(frame)
    assert buffer.dropped == 2
    assert joints == [True, False, False, True, False, False, False, False, False]


def test_frames_are_used_again() -> None:
    for depth in (LIVE, FILE):
        buffer, seen = FrameBuffer(FORM, depth), set()
        for number in range(200):
            put(buffer, number, number)
            for _ in range(2):
                frame = buffer.take()
                if frame is not None:
                    seen.add(id(frame))
                    buffer.give_back(frame)
        assert len(seen) <= 11


def test_a_file_is_held_back_and_nothing_of_it_is_lost() -> None:
    buffer = FrameBuffer(FORM, FILE)
    reader = threading.Thread(target=lambda: (put(buffer, *range(50)), buffer.finish()))
    reader.start()
    wait_until("the reader to wait", lambda: buffer.waits_for_room, 5, every=0.01)
    assert buffer.waiting == 4
    got = []
    while len(got) < 50:
        number = take(buffer)
        got += [number] if number is not None else []
    reader.join(5)
    assert got == list(range(50))
    assert buffer.at_end
    assert buffer.dropped == 0


def test_closing_lets_a_waiting_reader_go() -> None:
    buffer, raised = FrameBuffer(FORM, FILE), threading.Event()

    def read() -> None:
        with pytest.raises(ClosedError):
            put(buffer, *range(50))
        raised.set()

    reader = threading.Thread(target=read)
    reader.start()
    wait_until("the reader to wait", lambda: buffer.waits_for_room, 5, every=0.01)
    buffer.close()
    assert raised.wait(5)
    reader.join(5)


def test_since_when_frames_come_without_a_break() -> None:
    buffer = FrameBuffer(FORM, LIVE)
    assert buffer.ready_since(time.monotonic()) is None
    put(buffer, 1, 2, 3)
    since = buffer.ready_since(time.monotonic())
    assert since is not None
    assert buffer.ready_since(time.monotonic() + 0.4) == since
    assert buffer.ready_since(time.monotonic() + 0.6) is None, "no frame has come for too long"
    for _ in range(4):
        take(buffer)
    put(buffer, 4, 5, 6)
    again = buffer.ready_since(time.monotonic())
    assert again is not None
    assert again > since
    held = FrameBuffer(FORM, FILE)
    put(held, 1, 2)
    assert held.ready_since(time.monotonic() + 3600) is not None, "a file that is held back stays ready"


def test_depths_are_bounded_in_time_and_in_bytes() -> None:
    assert live_depth(Form(1280, 720, 25)) == Depth(12, 6, 2, drops=True)
    assert live_depth(Form(1920, 1080, 50)).most * Form(1920, 1080, 50).picture_bytes <= 64 << 20
    assert live_depth(Form(7680, 4320, 60)).most == 4
    assert file_depth(Form(1280, 720, 25)).most == 8
