"""Times, durations and sizes in words, tables, and log lines."""

import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from telstar_kubectl.log_lines import readable
from telstar_kubectl.terminal import Terminal, columns_of, cut, table
from telstar_kubectl.words import ago, clock, lasting, moment, parse_duration, rfc_3339, share, size

NOW = datetime(2026, 11, 22, 18, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-22T18:00:00Z", NOW),
        ("2026-11-22T18:00:00.5Z", NOW + timedelta(milliseconds=500)),
        ("2026-11-22T18:00:00.123456789Z", NOW + timedelta(microseconds=123456)),
        ("2026-11-22T20:00:00+02:00", NOW),
        (1795370400000, NOW),
        (None, None),
        ("yesterday", None),
        ("2026-11-22T18:00:00", None),
        (True, None),
    ],
)
def test_moment(value: object, expected: datetime | None) -> None:
    assert moment(value) == expected


def test_rfc_3339_is_utc() -> None:
    assert rfc_3339(NOW.astimezone(timezone(timedelta(hours=9)))) == "2026-11-22T18:00:00Z"
    assert rfc_3339(NOW + timedelta(milliseconds=250)) == "2026-11-22T18:00:00.250Z"
    assert rfc_3339(None) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (0.4, "0.4 s"), (12.4, "12 s"), (59.6, "1 min"), (90, "1 min 30 s"), (300, "5 min"),
        (330, "5 min"), (3600, "1 h"), (7500, "2 h 5 min"), (2 * 86400, "2 d"),
        (4 * 86400 + 3 * 3600, "4 d 3 h"),
    ],
)  # fmt: skip
def test_lasting(seconds: float, words: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == words


def test_ago_and_ahead() -> None:
    assert ago(NOW - timedelta(seconds=12), NOW) == "12 s ago"
    assert ago(NOW + timedelta(minutes=12), NOW) == "in 12 min"
    assert ago(NOW + timedelta(milliseconds=300), NOW) == "0 s ago"  # clocks differ a little


def test_clock_names_the_day_only_where_it_is_another() -> None:
    assert clock(NOW, NOW + timedelta(hours=2)) == "18:00:00Z"
    assert clock(NOW, NOW + timedelta(hours=7)) == "2026-11-22 18:00:00Z"


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200)])
def test_parse_duration(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "m", "0m", "1d", "-5m", "١m", "1h30m"])
def test_parse_duration_says_what_would_fit(text: str) -> None:
    with pytest.raises(ValueError, match="for example 10m"):
        parse_duration(text)


def test_sizes_and_shares() -> None:
    sizes = [size(count) for count in (512, 1280 * 1024**2, 1010 * 1024, 3 * 1024**5)]
    assert sizes == ["512 B", "1.25 GiB", "1010 KiB", "3072 TiB"]
    assert [share(1.0), share(0.99999), share(0.5)] == ["100 %", "99.99 %", "50 %"]


def test_a_table_gives_way_where_it_may() -> None:
    rows = [("1", "a-rather-long-name", "x" * 30)]
    assert table(("NO", "NAME", "WHAT"), rows, None, (2,))[1].endswith("x" * 30)
    narrow = table(("NO", "NAME", "WHAT"), rows, 40, (2, 1))
    assert all(columns_of(line) <= 40 for line in narrow)
    assert "a-rather-long-name" in narrow[1] and narrow[1].endswith("…")


def test_wide_signs_take_two_columns() -> None:
    assert columns_of("日本") == 4
    assert cut("日本語", 5) == "日本…"
    lines = table(("NAME", "X"), [("日本", "1"), ("ab", "2")], None)
    assert columns_of(lines[1]) == columns_of(lines[2])


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("out", "environment", "coloured"),
    [
        (Screen(), {}, True),
        (Screen(), {"NO_COLOR": "1"}, False),
        (Screen(), {"NO_COLOR": ""}, True),
        (Screen(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colours_only_on_a_terminal(out: io.StringIO, environment: dict[str, str], coloured: bool) -> None:
    terminal = Terminal.of(out, io.StringIO(), environment)
    assert ("\033[" in terminal.paint("x", "bad")) is coloured


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            '{"run": 2, "kid": "ab", "event": "run started", "level": "info", '
            '"timestamp": "2026-11-22T21:38:14.002185Z"}',
            "2026-11-22 21:38:14.002Z info     run started run=2 kid=ab",
        ),
        (
            '{"part": "", "message": "Error opening: x", "event": "ffmpeg", "level": "error"}',
            '- error    ffmpeg part="" message="Error opening: x"',
        ),
        (
            '{"event": "failed", "level": "critical", "timestamp": "2026-11-22T21:38:14Z", "exception": '
            '[{"exc_type": "OSError", "exc_value": "no room", '
            '"frames": [{"filename": "a.py", "lineno": 7, "name": "f"}]}]}',
            "2026-11-22 21:38:14.000Z critical failed\n    OSError: no room\n      a.py:7 in f",
        ),
        ("Fatal Python error: Aborted", "Fatal Python error: Aborted"),
        ("[1, 2]", "[1, 2]"),
        ('{"no": "event"}', '{"no": "event"}'),
    ],
)
def test_log_lines(line: str, shown: str) -> None:
    assert readable(line) == shown
