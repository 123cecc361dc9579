import sys
from pathlib import Path

import pytest

from cluster.process import CommandError, output, pipe, run, succeeds


def test_a_failure_shows_the_end_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "build.log"
    script = "for n in range(100): print('line', n)\nraise SystemExit(3)"
    with pytest.raises(CommandError, match="exit code 3") as failure:
        run([sys.executable, "-c", script], log=log)
    assert "line 99" in str(failure.value)
    assert "line 10\n" not in str(failure.value)
    assert str(log) in str(failure.value)


def test_a_command_has_a_limit(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="did not finish within 0 s"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], log=tmp_path / "log", timeout=0.2)


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no-such-program is not installed"):
        run(["no-such-program"], log=tmp_path / "log")
    with pytest.raises(CommandError, match="no-such-program is not installed"):
        output(["no-such-program"])
    assert not succeeds(["no-such-program"])


def test_both_ends_of_a_pipe_must_end_well(tmp_path: Path) -> None:
    give = [sys.executable, "-c", "print('x')"]
    take = [sys.executable, "-c", "import sys; assert sys.stdin.read() == 'x\\n'"]
    fail = [sys.executable, "-c", "raise SystemExit(1)"]
    pipe(give, take, log=tmp_path / "log")
    with pytest.raises(CommandError):
        pipe(give, fail, log=tmp_path / "log")
    with pytest.raises(CommandError):
        pipe(fail, [sys.executable, "-c", "pass"], log=tmp_path / "log")
