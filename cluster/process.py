"""Running other programs: short ones for what they print, long ones into a log file."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from cluster.errors import ClusterError

Argument = str | Path
TAIL_LINES = 25
_running: set[subprocess.Popen[bytes]] = set()


class CommandError(ClusterError):
    """A program ended with an error; the message carries the end of its output."""


def output(
    argv: Sequence[Argument],
    *,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float = 60,
) -> str:
    """Run a short command and return what it printed; standard error goes into the failure's message."""
    try:
        done = subprocess.run(
            [str(a) for a in argv],
            env=_environment(env),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as missing:
        raise CommandError(f"{argv[0]} is not installed") from missing
    except subprocess.TimeoutExpired as late:
        raise CommandError(f"{shown(argv)} did not finish within {timeout:.0f} s") from late
    if done.returncode != 0:
        raise CommandError(f"{shown(argv)} failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def succeeds(argv: Sequence[Argument], *, env: Mapping[str, str] | None = None, timeout: float = 60) -> bool:
    """Whether a command can be run and ends well; what it prints is dropped."""
    try:
        output(argv, env=env, timeout=timeout)
    except CommandError:
        return False
    return True


def run(
    argv: Sequence[Argument],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    timeout: float = 1800,
) -> None:
    """Run a long command with its output appended to `log`, whose end is shown when the command fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        sink.write(f"\n$ {shown(argv)}\n".encode())
        sink.flush()
        try:
            process = subprocess.Popen(
                [str(a) for a in argv],
                env=_environment(env),
                cwd=cwd,
                stdout=sink,
                stderr=subprocess.STDOUT,
                stdin=subprocess.PIPE,
            )
        except FileNotFoundError as missing:
            raise CommandError(f"{argv[0]} is not installed") from missing
        _running.add(process)
        try:
            process.communicate((stdin or "").encode(), timeout=timeout)
        except subprocess.TimeoutExpired as late:
            raise CommandError(_report(argv, f"did not finish within {timeout:.0f} s", log)) from late
        finally:
            _end(process)
    if process.returncode != 0:
        raise CommandError(_report(argv, f"failed with exit code {process.returncode}", log))


def end_all() -> None:
    """End the long commands that still run, so that one failure need not wait for the others' success."""
    for process in list(_running):
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        process.wait()
    _running.discard(process)


def pipe(
    source: Sequence[Argument],
    sink: Sequence[Argument],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    timeout: float = 900,
) -> None:
    """Run ``source | sink``; both must end well."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors:
        errors.write(f"\n$ {shown(source)} | {shown(sink)}\n".encode())
        errors.flush()
        with subprocess.Popen(
            [str(a) for a in source], env=_environment(env), stdout=subprocess.PIPE, stderr=errors
        ) as giver:
            taker = subprocess.run(
                [str(a) for a in sink],
                env=_environment(env),
                stdin=giver.stdout,
                stdout=errors,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                check=False,
            )
            if giver.stdout:
                giver.stdout.close()
            given = giver.wait(timeout=60)
    if given != 0 or taker.returncode != 0:
        raise CommandError(_report([*source, "|", *sink], "failed", log))


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log file."""
    if not log.exists():
        return ""
    with log.open(encoding="utf-8", errors="replace") as text:
        return "".join(deque(text, maxlen=lines)).rstrip()


def shown(argv: Sequence[Argument]) -> str:
    """A command as it is shown to people: cut where it gets long."""
    words = " ".join(str(a) for a in argv)
    return words if len(words) <= 160 else words[:157] + "..."


def _report(argv: Sequence[Argument], how: str, log: Path) -> str:
    return f"{shown(argv)} {how}. The end of {log}:\n\n{tail(log)}"


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, **(extra or {})}
