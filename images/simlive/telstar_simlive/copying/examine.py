"""Examines a playlist's files: runs FFmpeg over each once, and keeps the answer until the file changes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiohttp

from telstar_simlive.channel import ChannelSpec
from telstar_simlive.copying.eligibility import head_fault
from telstar_simlive.copying.shape import (
    Head,
    Packets,
    Shape,
    UnfitError,
    head_command,
    lines_of,
    packets_command,
    parse_head,
)
from telstar_simlive.process import Redactor

HEAD_LIMIT = 30.0
"""Seconds for reading a file's header, and for asking a server whether a file has changed."""
STALL_LIMIT = 30.0
"""Seconds without a sample after which a file is given up."""
READING_LIMIT = 3600.0
"""Seconds for reading a whole file."""
_CHUNK = 1 << 16
# Examining must never take the CPU from an encoder; it dies with us, as all that we start.
_GENTLY = ("setpriv", "--pdeathsig", "KILL", "--", "nice", "-n", "10")
_UNREADABLE = "it cannot be read"
_NO_HEAD = (405, 501)


@dataclass(frozen=True)
class _Known:
    fingerprint: str
    head: Head
    shape: Shape | str | None  # None until the file was wanted beyond its header


class ShapeCache:
    """What is known of files, by URL; it holds as long as their fingerprints do."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def get(self, item: str, fingerprint: str) -> _Known | None:
        """What is known of an item that has this fingerprint."""
        known = self._known.get(item)
        return known if known is not None and known.fingerprint == fingerprint else None

    def put(self, item: str, known: _Known) -> None:
        """Keeps what was found out."""
        self._known[item] = known

    def keep_only(self, items: Sequence[str]) -> None:
        """Forgets all other items."""
        self._known = {item: known for item, known in self._known.items() if item in set(items)}

    async def changed(self, items: Sequence[str]) -> str | None:
        """The first item that is not what was examined any more; None if there is none.

        One that cannot be reached has not changed: whoever reads it will see what comes of that.
        """
        for item in dict.fromkeys(items):
            try:
                found = await fingerprint(item)
            except UnfitError:
                continue
            known = self._known.get(item)
            if known is not None and known.fingerprint != found:
                return item
        return None


async def fingerprint(item: str) -> str:
    """What changes when a file does: size and time of modification, or what its server says of them.

    Raises:
        UnfitError: it is not there, or its server does not tell: a file that changes unnoticed while it is
            copied would break the channel's run.
    """
    if urlsplit(item).scheme == "file":
        try:
            found = await asyncio.to_thread(Path(unquote(urlsplit(item).path)).stat)
        except OSError as error:
            raise UnfitError(f"{_UNREADABLE}: {error.strerror}") from error
        return f"{found.st_size} {found.st_mtime_ns}"
    timeout = aiohttp.ClientTimeout(total=HEAD_LIMIT)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.head(item, allow_redirects=True) as answer,
        ):
            if not answer.ok and answer.status not in _NO_HEAD:
                raise UnfitError(f"{_UNREADABLE}: {answer.status} {answer.reason}")
            marks = [answer.headers.get(name, "") for name in ("ETag", "Last-Modified", "Content-Length")]
    except (aiohttp.ClientError, TimeoutError) as error:
        raise UnfitError(f"{_UNREADABLE}: {str(error) or type(error).__name__}") from error
    if not (marks[0] or marks[1]):
        raise UnfitError("its server tells neither ETag nor Last-Modified, so a change would go unnoticed")
    return " ".join(marks)


def _silent(_: str) -> None:
    """Tells nobody."""


async def examine(
    ffmpeg: str,
    spec: ChannelSpec,
    redactor: Redactor,
    cache: ShapeCache,
    say: Callable[[str], None] = _silent,
) -> list[Shape | str]:
    """The shape of each item of a channel's playlist, in their order; a str says why it cannot be copied.

    Ends at the first that cannot be: those after it are not looked at, and say so. A file is read to its end
    only if its header fits the channel.

    Args:
        ffmpeg: path of the binary
        spec: a channel for which `channel_fault` is None
        redactor: for what FFmpeg says
        cache: what is known already; kept up
        say: is told what is being waited for
    """
    assert spec.source.playlist is not None
    items = spec.source.playlist.items
    cache.keep_only(items)
    found: dict[str, Shape | str] = {}
    for number, item in enumerate(items, 1):
        if item in found:
            continue
        say(redactor.redact(f"file {number} of {len(items)} to be examined: {item}"))
        try:
            found[item] = await _examine(ffmpeg, item, spec, redactor, cache)
        except UnfitError as error:
            found[item] = redactor.redact(str(error))
        if isinstance(found[item], str):
            break
    return [found.get(item, "not examined, as an item before it cannot be copied") for item in items]


async def _examine(
    ffmpeg: str, item: str, spec: ChannelSpec, redactor: Redactor, cache: ShapeCache
) -> Shape | str:
    mark = await fingerprint(item)
    known = cache.get(item, mark)
    if known is None:
        known = _Known(mark, await _read_head(ffmpeg, item, redactor), None)
    if (fault := head_fault(spec, known.head)) is not None:
        return fault
    if known.shape is not None:
        return known.shape
    try:
        shape: Shape | str = await _read_packets(ffmpeg, item, known.head)
    except _ReadingError as error:  # may be passing: to be tried again
        raise UnfitError(redactor.redact(str(error))) from error
    except UnfitError as error:
        shape = str(error)
    if await fingerprint(item) != mark:
        raise UnfitError("it changed while it was examined")
    cache.put(item, _Known(mark, known.head, shape))
    return shape


class _ReadingError(UnfitError):
    """The file could not be read to its end."""


@contextlib.asynccontextmanager
async def _running(command: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs a command, which does not outlive the block."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *_GENTLY, *command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _read_head(ffmpeg: str, item: str, redactor: Redactor) -> Head:
    try:
        async with _running(head_command(ffmpeg, item)) as process, asyncio.timeout(HEAD_LIMIT):
            hashes, described = await process.communicate()
    except TimeoutError as error:
        raise _ReadingError(f"{_UNREADABLE}: no header within {HEAD_LIMIT:.0f} s") from error
    return parse_head(hashes.decode(errors="replace"), redactor.redact(described.decode(errors="replace")))


async def _read_packets(ffmpeg: str, item: str, head: Head) -> Shape:
    packets = Packets()
    try:
        async with _running(packets_command(ffmpeg, item)) as process, asyncio.timeout(READING_LIMIT):
            assert process.stdout is not None
            assert process.stderr is not None
            complaints = asyncio.ensure_future(_last_of(process.stderr))
            await _take(process.stdout, packets)
            words, code = await complaints, await process.wait()
    except TimeoutError as error:
        raise _ReadingError(f"{_UNREADABLE}: it takes too long") from error
    if code != 0 or "[error]" in words:
        raise _ReadingError(f"{_UNREADABLE}: {words.strip().splitlines()[-1] if words.strip() else code}")
    return await asyncio.to_thread(packets.shape, item, head)  # it may take a second


async def _take(stream: asyncio.StreamReader, packets: Packets) -> None:
    rest = b""
    while True:
        async with asyncio.timeout(STALL_LIMIT):
            chunk = await stream.read(_CHUNK)
        if not chunk:
            return
        lines, rest = lines_of(rest, chunk)
        for line in lines:
            packets.feed(line)


async def _last_of(stream: asyncio.StreamReader) -> str:
    """Reads a stream to its end; the last of it."""
    kept = b""
    while chunk := await stream.read(_CHUNK):
        kept = (kept + chunk)[-_CHUNK:]
    return kept.decode(errors="replace")
