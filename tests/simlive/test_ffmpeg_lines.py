"""FFmpeg's words as log lines, and what must not be in them."""

import asyncio
import sys

import pytest
from telstar_simlive.playout.commands import item_name, shown
from telstar_simlive.process import LogLine, Process, Redactor, parse_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[hls @ 0x55d0] [warning] slow", LogLine("warning", "hls", "slow")),
        (
            "[vist#0:0/h264 @ 0x1] [dec:h264 @ 0x2] [error] bad [x] y",
            LogLine("error", "dec:h264", "bad [x] y"),
        ),
        ("[fatal] no", LogLine("fatal", "", "no")),
        ("    Last message repeated 1 times", LogLine("info", "", "    Last message repeated 1 times")),
    ],
)
def test_a_line_has_level_part_and_message(text: str, expected: LogLine) -> None:
    assert parse_line(text) == expected


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("rtmp://user:secret@live.example.com/app/stream-key?a=b", "rtmp://live.example.com"),
        ("srt://127.0.0.1:9000?passphrase=secret", "srt://127.0.0.1:9000"),
        ("udp://[ff02::1]:5000", "udp://[ff02::1]:5000"),
    ],
)
def test_a_feeds_url_is_shown_without_its_secrets(url: str, name: str) -> None:
    assert shown(url) == name


def test_an_items_url_is_shown_without_its_secrets() -> None:
    assert item_name("https://u:p@example.com/a.mp4?token=t") == "https://example.com/a.mp4"
    assert item_name("file:///media/a.mp4") == "file:///media/a.mp4"


async def run(script: str, **redact: str) -> Process:
    process = await Process.start([sys.executable, "-c", script], "test", Redactor(redact))
    await process.wait()
    return process


async def test_the_tail_holds_the_last_lines_without_secrets() -> None:
    script = "import sys\nfor n in range(99): print('[error] secret', n, file=sys.stderr)"
    process = await run(script, secret="***")
    assert process.exit_code == 0
    assert len(process.tail) == 50
    assert process.tail[-1] == LogLine("error", "", "*** 98")


async def test_a_fault_is_the_first_of_the_last_errors() -> None:
    lines = ["[error] old"] + ["[warning] x"] * 5 + ["[error] cause", "[warning] y", "[error] effect"]
    process = await run(f"import sys; print({chr(10).join(lines)!r}, file=sys.stderr)")
    assert process.fault() == "cause"


async def test_an_endless_line_is_cut() -> None:
    process = await run("import sys; sys.stderr.write('[error] ' + 'x' * 100_000)")
    assert [len(line.message) < 600 for line in process.tail] == [True]


async def test_a_process_that_does_not_end_is_killed() -> None:
    script = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    script += "print('[info] deaf', file=sys.stderr, flush=True); time.sleep(60)"
    process = await Process.start([sys.executable, "-c", script], "test", Redactor({}))
    async with asyncio.timeout(20):
        while not process.tail:
            await asyncio.sleep(0.02)
    assert await process.end(0.1) == -9
