"""One writer at a time; and a purge leaves nothing."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from telstar_simlive.lock import LockedError, locked
from telstar_simlive.purge import purge


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
