"""FFmpeg processes: started so that they die with us, their stderr read line by line, ended in time."""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple

import structlog

_LINE = re.compile(r"(?:\[(?P<part>[^\]]+?)(?: @ 0x[0-9a-f]+)?\] )*\[(?P<level>[a-z]+)\] (?P<message>.*)")
# What FFmpeg warns of though all is well: raw audio has no layout, and lag is measured at publication.
_IDLE_WARNINGS = ("Guessed Channel Layout", "Resumed reading at pts")
_TAIL = 50
# Of one process, no more lines are logged in so many seconds: a feed of rubbish makes thousands.
_MOST_LINES, _WINDOW = 30, 10.0
_LONGEST_LINE = 500


class LogLine(NamedTuple):
    """One line of FFmpeg's stderr: its level (FFmpeg's word), the part that wrote it, the message."""

    level: str
    part: str
    message: str


def parse_line(text: str) -> LogLine:
    """Takes a line of FFmpeg's stderr (with -loglevel level+…) apart."""
    match = _LINE.fullmatch(text)
    if match is None:
        return LogLine("info", "", text)
    return LogLine(match["level"], match["part"] or "", match["message"])


class Redactor:
    """Replaces what nobody may read in a log, such as keys and the secret parts of URLs."""

    def __init__(self, replacements: Mapping[str, str]) -> None:
        self._replacements = dict(replacements)

    def hide(self, secret: str, shown: str) -> None:
        """From now on this is replaced too."""
        self._replacements[secret] = shown

    def plus(self, replacements: Mapping[str, str]) -> "Redactor":
        """One that replaces more."""
        return Redactor({**self._replacements, **replacements})

    def redact(self, text: str) -> str:
        """The text with each secret replaced by what may be shown for it."""
        for secret, shown in self._replacements.items():
            text = text.replace(secret, shown)
        return text


class Process:
    """A running FFmpeg; `tail` holds the last lines of its stderr, oldest first."""

    def __init__(self, process: asyncio.subprocess.Process, role: str, redactor: Redactor) -> None:
        self._process, self._redactor = process, redactor
        self._log = structlog.get_logger().bind(process=role, pid=process.pid)
        self.tail: deque[LogLine] = deque(maxlen=_TAIL)
        self._hushed = False
        self._window, self._lines = time.monotonic(), 0
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls,
        command: list[str],
        role: str,
        redactor: Redactor,
        folder: Path | None = None,
        inherited: tuple[int, ...] = (),
        stdout: int = asyncio.subprocess.DEVNULL,
    ) -> "Process":
        """Starts a command in a folder, with inherited descriptors. The command itself is never logged."""
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", "--", *command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stdout,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            pass_fds=inherited,
        )
        return cls(process, role, redactor)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.returncode

    def fault(self) -> str:
        """What it complained of in the end: the first of its last errors, which the others follow from."""
        errors = [line.message for line in list(self.tail)[-5:] if line.level in ("error", "fatal")]
        return errors[0] if errors else "no reason given"

    def hush(self) -> None:
        """What it complains of from now on, as its pipe is closed, is no news."""
        self._hushed = True

    async def wait(self) -> int:
        """Waits for its end and for the last of its stderr."""
        code = await self._process.wait()
        await self._reading
        return code

    async def end(self, patience: float) -> int:
        """Asks it to end, and kills it when it has not after so many seconds."""
        if self.exit_code is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(patience):
                    return await self.wait()
            except TimeoutError:
                self._process.kill()
        return await self.wait()

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for raw in _lines(self._process.stderr):
            line = parse_line(self._redactor.redact(raw))
            if self._hushed or line.message.startswith(_IDLE_WARNINGS):
                continue
            self.tail.append(line)
            if not self._may_log(time.monotonic()):
                continue
            severe = line.level in ("error", "fatal", "panic")
            (self._log.error if severe else self._log.warning)("ffmpeg", part=line.part, message=line.message)

    def _may_log(self, now: float) -> bool:
        """Counts a line; false where too many have come of late."""
        if now - self._window > _WINDOW:
            if self._lines > _MOST_LINES:
                self._log.warning("ffmpeg lines left out", count=self._lines - _MOST_LINES)
            self._window, self._lines = now, 0
        self._lines += 1
        return self._lines <= _MOST_LINES


class Output(NamedTuple):
    """What a command wrote."""

    stdout: bytes
    stderr: str


async def output_of(
    command: list[str], redactor: Redactor, patience: float, folder: Path | None = None
) -> Output:
    """Runs a command to its end.

    Raises:
        TimeoutError: it took longer than so many seconds, and was killed.
    """
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "KILL", "--", *command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
    )
    try:
        async with asyncio.timeout(patience):
            stdout, stderr = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Output(stdout, redactor.redact(stderr.decode(errors="replace")))


async def stderr_of(command: list[str], redactor: Redactor, patience: float) -> str:
    """What a command wrote to stderr; see `output_of`."""
    return (await output_of(command, redactor, patience)).stderr


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """The lines of a stream, cut where they are too long to be a message."""
    rest = b""
    while chunk := await stream.read(4096):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line[:_LONGEST_LINE].decode(errors="replace").rstrip()
        rest = rest[:_LONGEST_LINE]
    if rest:
        yield rest.decode(errors="replace").rstrip()
