"""Retention for channels that no SimLive runs for, over the whole volume."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import ValidationError
from support.station import SEGMENT, Station, assert_sound, listed, on_disk
from support.waiting import wait_until
from telstar_simlive.journal import Span
from telstar_simlive.keeper import write_retention
from telstar_simlive.keeping import Order, Retention, Volume, decide, pause
from telstar_simlive.lock import locked

DAY = 1795305600_000
HOUR = 3_600_000
NEWS = Retention.model_validate({"now": DAY, "channels": {"news": {"retention_seconds": 3600}}})
NOBODY = Retention.model_validate({"now": DAY, "channels": {}})


def channel(volume: Path, name: str, noted: int | None = None, slots: int = 5) -> Path:
    """A channel's folder that nobody writes any more; its last slot ends at DAY + 5 slots."""
    station = Station(volume / name, volume.parent / f"spool-{name}")
    station.claim()
    for _ in range(slots):
        station.publish(DAY)
    station.fence.release()
    if noted is not None:
        write_retention(volume / name, noted)
    return volume / name


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    (tmp_path / "segments").mkdir()
    return tmp_path / "segments"


def passes(volume: Path, retention: Retention, now: int) -> dict[str, str]:
    """Two passes: one announces, the next deletes."""
    return Volume(volume).keep(retention, now) | Volume(volume).keep(retention, now)


@pytest.mark.parametrize(
    ("name", "noted", "expected"),
    [
        ("news", None, Order(3600)),
        ("news", 60, Order(3600)),  # the Channel as it is says how long, not as it was
        ("gone", 60, Order(60, remove=True)),
        ("gone", None, Order(None, remove=True)),
    ],
)
def test_what_the_operators_answer_means(name: str, noted: int | None, expected: Order) -> None:
    assert decide(name, NEWS, noted) == expected


def test_what_a_recording_holds_of_a_deleted_channel_keeps_its_folder() -> None:
    hold = {"start": "2026-11-22T00:00:00Z", "end": DAY + 8000}
    answer = {"now": DAY, "channels": {}, "holds": {"gone": [hold]}}
    assert decide("gone", Retention.model_validate(answer), 60) == Order(60, (Span(DAY, DAY + 8000),))


@pytest.mark.parametrize(("seconds", "expected"), [(60, 60), (12_000, 120), (604_800, 600), (None, 600)])
def test_a_folder_that_keeps_little_is_looked_at_more_often(seconds: int | None, expected: int) -> None:
    assert pause(seconds) == expected


def test_a_stopped_channel_expires_by_its_channels_retention_and_its_place_stays(volume: Path) -> None:
    folder = channel(volume, "news")
    assert passes(volume, NEWS, DAY + HOUR + 2 * SEGMENT) == {}
    assert [slot.sequence for slot in listed(folder)] == [3, 4, 5]
    assert len(on_disk(folder)) == 5, "the grace has not passed"
    assert_sound(folder)
    passes(volume, NEWS, DAY + 2 * HOUR)
    assert on_disk(folder) == {}
    revived = Station(folder, volume.parent / "spool-news")
    revived.claim()
    assert revived.publish(DAY + 2 * HOUR).sequence == 6


def test_a_folder_of_no_channel_goes_by_what_was_noted_and_then_altogether(volume: Path) -> None:
    folder = channel(volume, "gone", noted=60)
    keeper = Volume(volume)
    keeper.keep(NOBODY, DAY + 30_000)
    assert len(listed(folder)) == 5
    passes(volume, NOBODY, DAY + HOUR)
    assert not folder.exists()
    assert volume.exists()


def test_without_a_note_nothing_of_no_channel_is_deleted(volume: Path) -> None:
    folder = channel(volume, "gone")
    passes(volume, NOBODY, DAY + 1000 * HOUR)
    assert len(listed(folder)) == 5


def test_what_is_not_a_channels_is_left_alone(volume: Path) -> None:
    (volume / "backup" / "deep").mkdir(parents=True)
    (volume / "backup" / "deep" / "file").write_text("x")
    (volume / "lost+found").mkdir()
    (volume / "empty").mkdir()
    (volume / "link").symlink_to("/etc")
    passes(volume, NOBODY, time.time_ns() // 1_000_000)
    assert {entry.name for entry in volume.iterdir()} == {"backup", "lost+found", "empty", "link"}
    assert (volume / "backup" / "deep" / "file").exists()


def test_a_folder_that_a_purge_left_empty_goes_after_a_while(volume: Path) -> None:
    (volume / "purged").mkdir()
    now = time.time_ns() // 1_000_000
    passes(volume, NOBODY, now)
    assert (volume / "purged").exists()
    passes(
        volume,
        Retention.model_validate({"now": DAY, "channels": {"purged": {"retention_seconds": 60}}}),
        now + HOUR,
    )
    assert (volume / "purged").exists()
    assert list((volume / "purged").iterdir()) == [], "a Channel on its way out leaves nothing"
    os.utime(volume / "purged", (time.time() - 3600, time.time() - 3600))
    passes(volume, NOBODY, now)
    assert not (volume / "purged").exists()


def test_a_folder_that_simlive_writes_is_left_to_it(volume: Path) -> None:
    folder = channel(volume, "news")
    with locked(folder, 0) as fence:
        assert passes(volume, NEWS, DAY + 3 * HOUR) == {}
        assert len(listed(folder)) == 5
        fence.check()
    passes(volume, NEWS, DAY + 3 * HOUR)
    assert on_disk(folder) == {}


def test_a_simlive_that_starts_waits_for_a_bite_and_not_for_the_pass(
    volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telstar_simlive.keeping.BITE", 10)
    folder = channel(volume, "news", slots=60)
    Volume(volume).keep(NEWS, DAY + 3 * HOUR)
    passing = threading.Thread(target=Volume(volume).keep, args=(NEWS, DAY + 3 * HOUR))
    passing.start()
    wait_until("the pass to have begun", lambda: len(on_disk(folder)) < 60, 20, every=0.01)
    with locked(folder, 20) as fence:
        left = len(on_disk(folder))
        assert left > 0, "it waited for the whole pass"
        passing.join(20)
        assert len(on_disk(folder)) == left
        fence.check()


def test_one_damaged_folder_is_named_and_the_others_are_kept(volume: Path) -> None:
    channel(volume, "alpha", noted=60)
    folder = channel(volume, "news")
    (volume / "alpha" / "retention.json").write_text("{")
    faults = passes(volume, NEWS, DAY + 3 * HOUR)
    assert "retention.json is damaged" in faults["alpha"]
    assert len(listed(volume / "alpha")) == 5
    assert on_disk(folder) == {}


class Operator:
    """Answers /retention, as long as it is to."""

    def __init__(self) -> None:
        self.status, self.asked = 200, 0
        self.behind = 0
        """Milliseconds that its time is behind ours."""
        operator = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                operator.asked += 1
                self.send_response(operator.status)
                self.end_headers()
                now = time.time_ns() // 1_000_000 - operator.behind
                told = {"now": now, "channels": {"news": {"retention_seconds": 3600}}}
                self.wfile.write(json.dumps(told).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/retention"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def operator() -> Iterator[Operator]:
    one = Operator()
    yield one
    one.server.shutdown()
    one.server.server_close()


Keep = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def start_keep(volume: Path, tmp_path: Path) -> Iterator[Keep]:
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "TELSTAR_SIMLIVE_SEGMENTS_PATH": str(volume),
            "TELSTAR_SIMLIVE_RETENTION_URL": url,
            "TELSTAR_SIMLIVE_HTTP_PORT": "0",
            "TELSTAR_SIMLIVE_KEEP_PERIOD": "0.2",
        }
        with (tmp_path / "log").open("wb") as log:
            command = [sys.executable, "-m", "telstar_simlive", "keep"]
            started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(20)


def logged(tmp_path: Path, event: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    return [line for line in lines if line["event"] == event]


def get(tmp_path: Path, path: str) -> str:
    (started,) = wait_until("the server", lambda: logged(tmp_path, "keeping"), 30)
    addresses = started["addresses"]
    assert isinstance(addresses, list)
    (port,) = (address[1] for address in addresses if address[0] == "0.0.0.0")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        return str(response.read().decode())


def test_the_process_keeps_by_what_the_operator_says(
    volume: Path, tmp_path: Path, operator: Operator, start_keep: Keep
) -> None:
    now = time.time_ns() // 1_000_000
    folder, old = channel(volume, "news"), Station(volume / "old", tmp_path / "spool-old")
    shutil.rmtree(folder)
    station = Station(folder, tmp_path / "spool-news")
    station.claim()
    station.publish(now - 3 * HOUR)
    young = station.publish(now)
    station.fence.release()
    old.claim()
    old.publish(now - 3 * HOUR)
    process = start_keep(operator.url)
    wait_until("the announcement", lambda: listed(folder) == [young], 30)
    assert get(tmp_path, "/healthz") == "ok\n"
    metrics = wait_until(
        "a pass", lambda: _value(get(tmp_path, "/metrics"), "last_pass_timestamp_seconds"), 30
    )
    assert metrics > now / 1000 - 60
    assert len(listed(volume / "old")) == 1, "of no Channel, and no retention noted"
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_while_the_operator_is_away_nothing_is_deleted(
    volume: Path, tmp_path: Path, operator: Operator, start_keep: Keep
) -> None:
    operator.status = 503
    folder = channel(volume, "gone", noted=60)
    start_keep(operator.url)
    wait_until("three attempts", lambda: operator.asked >= 3, 30)
    assert len(listed(folder)) == 5
    assert not (folder / "stored.json").exists()
    assert "503" in str(logged(tmp_path, "nothing is deleted")[0]["reason"])
    assert get(tmp_path, "/healthz") == "ok\n"
    assert _value(get(tmp_path, "/metrics"), "unanswered_total") >= 2


def test_an_answer_without_a_time_is_none() -> None:
    with pytest.raises(ValidationError, match="now"):
        Retention.model_validate({"channels": {}})


def test_a_clock_that_runs_far_ahead_is_not_believed(
    volume: Path, tmp_path: Path, operator: Operator, start_keep: Keep
) -> None:
    """A year ahead of the operator's: what is an hour old by that one stays."""
    operator.behind = 365 * 24 * HOUR
    station = Station(volume / "news", tmp_path / "spool-news")
    station.claim()
    old = station.publish(time.time_ns() // 1_000_000 - operator.behind - 3 * HOUR)
    young = station.publish(time.time_ns() // 1_000_000 - operator.behind)
    station.fence.release()
    start_keep(operator.url)
    wait_until("the announcement", lambda: old not in listed(volume / "news"), 30)
    wait_until("two more passes", lambda: operator.asked >= 4, 30)
    assert listed(volume / "news") == [young]
    off = _value(get(tmp_path, "/metrics"), "clock_off_seconds")
    assert abs(off - operator.behind / 1000) < 60
    assert logged(tmp_path, "this clock is ahead of the API server's")


def _value(metrics: str, name: str) -> float:
    (line,) = (line for line in metrics.splitlines() if line.startswith(f"telstar_keeper_{name} "))
    return float(line.split()[-1])
