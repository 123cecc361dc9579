"""The journals as the API keeps up with them, written by SimLive's own writer."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.tape import KIDS, NOON, Tape, write
from telstar_api.channels.stored import Holdings, Span
from telstar_api.problems import NotFound, Unavailable
from telstar_api.tstv.journals import JournalStore
from telstar_simlive.journal.stored import STORED_FILE

START = datetime.fromtimestamp(NOON / 1000, UTC)


def span(start: float, end: float) -> Span:
    """So many seconds after noon."""
    return Span(START + timedelta(seconds=start), START + timedelta(seconds=end))


@pytest.fixture
def store(tmp_path: Path) -> JournalStore:
    return JournalStore(tmp_path, refresh_seconds=0)


async def test_a_channel_without_a_journal_has_nothing(store: JournalStore) -> None:
    assert await store.coverage("news") is None
    assert await store.stored("news", [span(0, 10)]) == [0.0]


async def test_stored_is_told_for_each_span_with_gaps_counted(store: JournalStore, tmp_path: Path) -> None:
    write(Tape().record(5).record(5, after=20_000), tmp_path / "news")
    assert await store.coverage("news") == span(0, 60)
    spans = [span(0, 20), span(0, 60), span(10, 50), span(20, 40), span(50, 70), span(-10, 0), span(5, 5)]
    assert await store.stored("news", spans) == [1.0, 40 / 60, 0.5, 0.0, 0.5, 0.0, 0.0]


async def test_holdings_name_the_gaps_and_the_keys(store: JournalStore, tmp_path: Path) -> None:
    write(Tape().record(5).record(5, after=20_000, kid=KIDS[1]).record(5, kid=None), tmp_path / "news")
    found = await store.holdings("news", span(-10, 90))
    assert found.fraction == 0.6
    assert found.gaps == (span(-10, 0), span(20, 40), span(80, 90))
    assert found.kids == set(KIDS)
    assert (await store.holdings("news", span(0, 10))).kids == {KIDS[0]}
    assert await store.holdings("empty", span(0, 10)) == Holdings(0.0, (span(0, 10),), frozenset())
    (tmp_path / "news/runs/000002.json").unlink()
    with pytest.raises(Unavailable):
        await JournalStore(tmp_path).holdings("news", span(0, 60))


async def test_what_is_appended_is_seen(store: JournalStore, tmp_path: Path) -> None:
    tape = Tape().record(10)
    write(tape, tmp_path / "news", until=NOON + 20_500)
    assert await store.stored("news", [span(0, 40)]) == [0.5]
    write(tape, tmp_path / "news")
    assert await store.stored("news", [span(0, 40)]) == [1.0]


async def test_what_retention_took_is_not_stored(store: JournalStore, tmp_path: Path) -> None:
    write(Tape().record(10), tmp_path / "news")
    assert await store.stored("news", [span(0, 20)]) == [1.0]
    (tmp_path / "news" / STORED_FILE).write_text(f'{{"from": {NOON + 12_000}}}')
    assert await store.stored("news", [span(0, 20)]) == [0.4]
    assert await store.coverage("news") == span(12, 40)


async def test_a_journal_written_anew_is_read_anew(store: JournalStore, tmp_path: Path) -> None:
    write(Tape().record(10), tmp_path / "news")
    async with store.opened("news") as archive:
        assert archive.stretches.between(NOON, NOON + 8000)
    for file in (tmp_path / "news" / "journal").iterdir():
        file.unlink()
    write(Tape(start=NOON + 8000).record(3), tmp_path / "news")
    assert await store.coverage("news") == span(8, 20)
    assert await store.stored("news", [span(0, 20)]) == [0.6]
    async with store.opened("news") as archive:
        assert archive.stretches.between(NOON, NOON + 8000) == []


async def test_a_look_at_the_volume_serves_for_moments(tmp_path: Path) -> None:
    store = JournalStore(tmp_path, refresh_seconds=3600)
    assert await store.coverage("news") is None
    write(Tape().record(10), tmp_path / "news")
    assert await store.coverage("news") is None


async def test_damage_is_said_and_not_taken_for_an_empty_channel(store: JournalStore, tmp_path: Path) -> None:
    write(Tape().record(10), tmp_path / "news")
    (tmp_path / "news" / STORED_FILE).write_text("{")
    for _ in range(2):
        with pytest.raises(Unavailable, match="news"):
            await store.coverage("news")
    (tmp_path / "news" / STORED_FILE).unlink()
    assert await store.coverage("news") == span(0, 40)


@pytest.mark.parametrize("name", ["", "..", ".", "a/b", "../news", "news/..", "NEWS", "a" * 51, "-a", "a\n"])
async def test_a_name_is_no_way_out_of_the_volume(store: JournalStore, name: str) -> None:
    with pytest.raises(NotFound):
        await store.coverage(name)


async def test_a_look_whose_request_went_away_does_no_harm(store: JournalStore, tmp_path: Path) -> None:
    write(Tape().record(10), tmp_path / "news")
    going = asyncio.create_task(store.coverage("news"))
    await asyncio.sleep(0)
    going.cancel()
    assert await store.coverage("news") == span(0, 40)
    assert await asyncio.gather(*(store.coverage("news") for _ in range(20))) == [span(0, 40)] * 20
