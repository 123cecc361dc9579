"""Ends a process right before any one of its file operations, as a crash would: nothing is cleaned up."""

import os
import sys
import traceback
from collections.abc import Callable, Iterator

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link"}
_left: int | None = None
_hooked = False
_DONE, _FAILED = 3, 4


def crash_before(operation: int, work: Callable[[], object]) -> bool:
    """Does the work in a process of its own, which ends right before its n-th change of files (from 0).

    Whether it came so far; otherwise the work was done. An exception in it fails the test.
    """
    child = os.fork()
    if child == 0:
        _crash(operation, work)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, _DONE), f"the work failed with {status}"
    return status == 0


def every_crash(prepare: Callable[[], Callable[[], object]]) -> Iterator[int]:
    """For each file operation of a piece of work, which `prepare` makes anew: crashes before it, then yields
    its number. At last the work comes to its end.
    """
    operation = 0
    while crash_before(operation, prepare()):
        yield operation
        operation += 1
    assert operation > 0, "the work changed nothing"
    yield operation


def _crash(operation: int, work: Callable[[], object]) -> None:
    global _left, _hooked
    try:
        if not _hooked:
            sys.addaudithook(_audit)
            _hooked = True
        _left = operation
        work()
    except BaseException:  # noqa: BLE001 - whatever it is, it must not reach the test runner twice
        traceback.print_exc()
        os._exit(_FAILED)
    os._exit(_DONE)


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    global _left
    if _left is None or not (event in _CHANGES or (event == "open" and _writes(arguments))):
        return
    if _left == 0:
        os._exit(0)
    _left -= 1


def _writes(arguments: tuple[object, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
