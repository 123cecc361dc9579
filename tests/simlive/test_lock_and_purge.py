"""One writer at a time; and a purge leaves nothing."""

import fcntl
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from telstar_simlive.lock import Fence, FencedError, LockedError, _claim, held, locked
from telstar_simlive.purge import purge


@pytest.fixture
def lockless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A volume that passes no locks on, as some network file systems."""
    monkeypatch.setattr(fcntl, "flock", lambda descriptor, operation: None)


def test_a_second_writer_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    holder = f"{socket.gethostname()} process {os.getpid()}"
    with locked(tmp_path, 0), pytest.raises(LockedError, match=holder), locked(tmp_path, 0):
        pass


def test_the_lock_ends_with_its_holder(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path, 0):
            assert (tmp_path / ".lock").read_text().strip().endswith(str(os.getpid()))


def test_a_purge_empties_the_folder_and_keeps_it(filled: Callable[..., Path]) -> None:
    folder = filled(3)
    (folder / ".spool" / "000001").mkdir(parents=True)
    (folder / "720p" / "20261122").mkdir(parents=True)
    (folder / "720p" / "20261122" / "x.m4s").write_bytes(b"x")
    (folder / "link").symlink_to("/etc")
    assert purge(folder, 0) == 5
    assert list(folder.iterdir()) == []
    assert Path("/etc/passwd").exists()
    assert purge(folder, 0) == 0


def test_a_folder_in_use_is_not_purged(filled: Callable[..., Path]) -> None:
    folder = filled(3)
    with locked(folder, 0), pytest.raises(LockedError):
        purge(folder, 0)
    assert (folder / "journal").exists()


def test_a_successor_waits_and_takes_over_as_soon_as_it_may(tmp_path: Path) -> None:
    taken: list[tuple[float, bool]] = []

    def succeed() -> None:
        with locked(tmp_path, 30) as fence:
            taken.append((time.monotonic(), fence.clean))

    with locked(tmp_path, 0):
        successor = threading.Thread(target=succeed)
        successor.start()
        time.sleep(0.5)
        assert taken == []
    released = time.monotonic()
    successor.join(30)
    ((moment, clean),) = taken
    assert clean
    assert moment - released < 5


def test_epochs_count_up_and_only_the_present_one_is_there(tmp_path: Path) -> None:
    for expected in range(1, 5):
        with locked(tmp_path, 0) as fence:
            assert fence.epoch == expected
            assert fence.clean
            assert [path.name for path in (tmp_path / ".writer").iterdir()] == [f"{expected:06}"]
            fence.check()
        with pytest.raises(FencedError):
            fence.check()


def test_where_no_lock_reaches_the_former_writer_is_fenced_out(tmp_path: Path, lockless: None) -> None:
    with locked(tmp_path, 0) as former:
        former.check()
        with locked(tmp_path, 0) as present:
            assert not present.clean
            present.check()
            with pytest.raises(FencedError, match="overtaken"):
                former.check()
        with pytest.raises(FencedError):
            former.check()


def test_a_crashed_writer_is_told_from_one_that_gave_its_right_back(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        with locked(tmp_path, 0):
            os._exit(0)
    os.waitpid(child, 0)
    with locked(tmp_path, 0) as fence:
        assert (fence.epoch, fence.clean) == (2, False)
    with locked(tmp_path, 0) as fence:
        assert fence.clean


def test_the_same_number_after_a_purge_is_not_the_same_right(tmp_path: Path, lockless: None) -> None:
    with locked(tmp_path, 0) as former:
        purge(tmp_path, 0)
        with locked(tmp_path, 0) as present:
            assert present.epoch == former.epoch
            with pytest.raises(FencedError):
                former.check()


def test_a_waiter_does_not_hold_a_lock_file_that_was_removed(tmp_path: Path) -> None:
    with held(tmp_path, 0):
        waiter = threading.Thread(target=_hold_for, args=(tmp_path, 0.5))
        waiter.start()
        time.sleep(0.3)
        (tmp_path / ".lock").unlink()
    time.sleep(0.3)
    with held(tmp_path, 10):
        waiter.join(0)
        assert not waiter.is_alive()


def _hold_for(folder: Path, seconds: float) -> None:
    with held(folder, 10):
        time.sleep(seconds)


def test_many_claims_at_once_leave_one_writer(tmp_path: Path, lockless: None) -> None:
    def claim(_: int) -> Fence | None:
        try:
            return _claim(tmp_path / ".writer")
        except LockedError:
            return None

    with ThreadPoolExecutor(8) as pool:
        fences = [fence for fence in pool.map(claim, range(40)) if fence]
    present = [fence for fence in fences if _is_in_force(fence)]
    assert len(present) <= 1
    assert len({fence.epoch for fence in fences}) == len(fences)


def _is_in_force(fence: Fence) -> bool:
    try:
        fence.check()
    except FencedError:
        return False
    return True
