"""Playlists over a channel's made-up past obey RFC 8216bis, whatever happened and whenever one looks."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import hls_lint
from support.tape import AUDIO, KIDS, LADDER, NOON, P360, P480, P720, SLOT, Tape, video
from telstar_api.entitlement.rights import Mode
from telstar_api.tstv.playlist import View, media, multivariant, view
from telstar_api.tstv.stretches import Stretches
from telstar_api.tstv.windows import GRACE_MILLISECONDS, LIVE_MILLISECONDS, Window, live_window

MINUTE = 60_000
ladders = st.sampled_from([LADDER, (P720, P480, AUDIO), (P480, AUDIO), (P360, P720, AUDIO)])
lives = st.fixed_dictionaries(
    {
        "count": st.integers(0, 40),
        "after": st.integers(0, 5 * MINUTE),
        "tail": st.sampled_from([0, 40, 1000, 3960]),
        "tracks": ladders,
        "kid": st.sampled_from([*KIDS, None]),
        "skipped": st.sampled_from([0, 0, 0, 1, 3]),
        "lag": st.integers(0, 3000),
    }
)


@st.composite
def tapes(draw: st.DrawFn) -> Tape:
    """A channel's past: some lives of its encoder, with outages, new ladders, new keys and torn ends."""
    tape = Tape(start=NOON + draw(st.integers(0, 30)) * 1000)
    for life in draw(st.lists(lives, min_size=1, max_size=6)):
        if life["count"] or life["tail"]:
            tape.record(**life)
    tape.record(draw(st.integers(1, 20)))
    return tape


def looks(tape: Tape, draw: st.DrawFn) -> list[int]:
    """Moments at which somebody loads a playlist, often as players do, sometimes after a long pause."""
    steps = draw(st.lists(st.sampled_from([1000, 2000, 4000, 4000, 4000, 9000, 60_000]), max_size=60))
    moments = [tape.start + draw(st.integers(0, 2 * MINUTE))]
    for step in steps:
        moments.append(moments[-1] + step)
    return moments


scenes = st.composite(lambda draw: (tape := draw(tapes()), looks(tape, draw)))()


def playlists(found: View) -> dict[str, str]:
    """The multivariant playlist, and each media playlist that it names."""
    index = multivariant(found)
    names = re.findall(r'URI="([^"/]+)\.m3u8"', index) + re.findall(r"^(.+)\.m3u8$", index, re.MULTILINE)
    return {"index": index} | {name: text_of(media(found, name)) for name in names}


def text_of(playlist: str | None) -> str:
    assert playlist is not None
    return playlist


def complaints(texts: dict[str, str]) -> list[str]:
    tracks = {f"{name}.m3u8": text for name, text in texts.items() if name != "index"}
    found = hls_lint.check_multivariant(texts["index"], tracks)
    for text in tracks.values():
        found += hls_lint.check_media(text) + hls_lint.check_names(text)
    return found


def watch(tape: Tape, moments: list[int], window: Callable[[Any], Window]) -> list[View]:
    """Look at each moment; every playlist, and every refresh of one, must be sound."""
    views, before = [], {}
    for now in moments:
        journal = tape.at(now)
        found = view("news", Stretches(journal), window(journal), now)
        if found is None:
            assert not views, "what was stored is gone"
            continue
        texts = playlists(found)
        assert complaints(texts) == []
        # A player goes on with the playlist it has, also when a new ladder no longer names it.
        for name, earlier in before.items():
            later = media(found, name)
            if later is not None:
                assert hls_lint.check_refresh(earlier, later) == []
        before |= {name: text for name, text in texts.items() if name != "index"}
        views.append(found)
    return views


quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(scenes)
def test_a_live_playlist_slides_soundly(scene: tuple[Tape, list[int]]) -> None:
    tape, moments = scene
    for found in watch(tape, moments, live_window):
        newest = found.stretches[-1].end
        assert not found.closed
        assert newest == max(slot.end for slot in tape.at(moments[-1]).slots if slot.end <= newest)


@quick
@given(scenes, st.integers(0, 10 * MINUTE), st.integers(1, 20 * MINUTE))
def test_start_over_only_grows_and_closes_once(
    scene: tuple[Tape, list[int]], begin: int, length: int
) -> None:
    tape, moments = scene
    window = Window(Mode.START_OVER, tape.start + begin, tape.start + begin + length)
    views = watch(tape, [*moments, max(moments[-1], window.end or 0) + GRACE_MILLISECONDS], lambda _: window)
    assert_shows_all_of(tape, window, views)


@quick
@given(scenes, st.integers(0, 10 * MINUTE), st.integers(1, 20 * MINUTE))
def test_catch_up_is_complete_once_closed(scene: tuple[Tape, list[int]], begin: int, length: int) -> None:
    tape, moments = scene
    window = Window(Mode.CATCH_UP, tape.start + begin, tape.start + begin + length)
    views = watch(tape, [*moments, max(moments[-1], window.end or 0) + GRACE_MILLISECONDS], lambda _: window)
    assert_shows_all_of(tape, window, views)
    for found in views:
        expected = "VOD" if found.closed else "EVENT"
        assert f"#EXT-X-PLAYLIST-TYPE:{expected}\n" in text_of(media(found, "audio"))


def assert_shows_all_of(tape: Tape, window: Window, views: list[View]) -> None:
    assert window.end is not None
    wanted = [slot.sequence for slot in tape.slots if slot.end > window.start and slot.start < window.end]
    stored = [number for number in wanted if tape.stored_at[number - 1] <= window.end + GRACE_MILLISECONDS]
    assert bool(stored) <= bool(views)
    if views:
        assert views[-1].closed
        shown = hls_lint.read(text_of(media(views[-1], "audio"))).segments
        assert [segment.sequence for segment in shown] == wanted


@quick
@given(scenes, st.integers(MINUTE, 30 * MINUTE), st.sampled_from(list(Mode)))
def test_whatever_retention_took_the_rest_is_sound(
    scene: tuple[Tape, list[int]], retention: int, mode: Mode
) -> None:
    tape, moments = scene
    for now in moments:
        journal = tape.at(now, retention)
        end = None if mode is Mode.LIVE else tape.start + 10 * MINUTE
        window = live_window(journal) if mode is Mode.LIVE else Window(mode, tape.start, end)
        found = view("news", Stretches(journal), window, now)
        assert found is None or complaints(playlists(found)) == []


@quick
@given(scenes, st.data())
def test_what_is_remembered_changes_nothing(scene: tuple[Tape, list[int]], data: st.DataObject) -> None:
    tape, moments = scene
    remembering = Stretches(tape.at(tape.start))
    for now in moments:
        remembering.journal = tape.at(now)
        start = tape.start + data.draw(st.integers(-MINUTE, 20 * MINUTE))
        window = Window(Mode.CATCH_UP, start, start + data.draw(st.integers(1, 30 * MINUTE)))
        remembered, fresh = (view("news", it, window, now) for it in (remembering, Stretches(tape.at(now))))
        assert (remembered is None) == (fresh is None)
        if remembered and fresh:
            assert playlists(remembered) == playlists(fresh)


def at(tape: Tape, window: Window, now: int | None = None) -> View:
    """What is stored of the window, much later when not said otherwise."""
    now = tape.end + 60 * MINUTE if now is None else now
    found = view("news", Stretches(tape.at(now)), window, now)
    assert found is not None
    return found


def catch_up(start: int, end: int) -> Window:
    return Window(Mode.CATCH_UP, NOON + start, NOON + end)


def test_a_live_playlist_reads_like_this() -> None:
    tape = Tape().record(1).record(2, after=3000, kid=None)
    assert media(at(tape, live_window(tape.at(tape.end + 500))), "720p") == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-TARGETDURATION:4\n"
        "#EXT-X-MEDIA-SEQUENCE:1\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:1\n"
        '#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="/api/v1/drm/license?kid=00000000000000000000000000000001",'
        'KEYFORMAT="org.w3.clearkey",KEYFORMATVERSIONS="1",KEYID=0x00000000000000000000000000000001\n'
        '#EXT-X-MAP:URI="/hls/news/720p/init-000001.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:00.000Z\n"
        "#EXTINF:4.000,\n"
        "/hls/news/720p/20261122/12/20261122T120000Z-000001-0000001.m4s\n"
        "#EXT-X-DISCONTINUITY\n"
        "#EXT-X-KEY:METHOD=NONE\n"
        '#EXT-X-MAP:URI="/hls/news/720p/init-000002.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:07.000Z\n"
        "#EXTINF:4.000,\n"
        "/hls/news/720p/20261122/12/20261122T120007Z-000002-0000002.m4s\n"
        "#EXTINF:4.000,\n"
        "/hls/news/720p/20261122/12/20261122T120011Z-000002-0000003.m4s\n"
    )


def test_a_multivariant_playlist_reads_like_this() -> None:
    assert multivariant(at(Tape().record(5), Window(Mode.LIVE, NOON))) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES-CTR,URI="/api/v1/drm/license?kid=00000000000000000000000000000001",'
        'KEYFORMAT="org.w3.clearkey",KEYFORMATVERSIONS="1",KEYID=0x00000000000000000000000000000001\n'
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",'
        'URI="audio.m3u8"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=2890000,AVERAGE-BANDWIDTH=1445000,CODECS="avc1.64001f,mp4a.40.2",'
        'RESOLUTION=1280x720,FRAME-RATE=25.000,AUDIO="audio"\n'
        "720p.m3u8\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=840000,AVERAGE-BANDWIDTH=420000,CODECS="avc1.64001f,mp4a.40.2",'
        'RESOLUTION=640x360,FRAME-RATE=25.000,AUDIO="audio"\n'
        "360p.m3u8\n"
    )


def test_a_channel_of_sound_only_offers_its_sound() -> None:
    index = multivariant(at(Tape().record(5, tracks=(AUDIO,)), Window(Mode.LIVE, NOON)))
    assert 'STREAM-INF:BANDWIDTH=140000,AVERAGE-BANDWIDTH=70000,CODECS="mp4a.40.2"\naudio.m3u8' in index
    assert "EXT-X-MEDIA" not in index


def with_sound_alone(tape: Tape) -> Tape:
    """The last run offers its sound alone, too."""
    number = max(tape.runs)
    tape.runs[number] = tape.runs[number].model_copy(update={"audio_only": True})
    return tape


def test_the_sound_alone_is_the_last_variant_where_the_newest_run_offers_it() -> None:
    tape = with_sound_alone(Tape().record(5))
    texts = playlists(at(tape, Window(Mode.LIVE, NOON)))
    assert texts["index"].endswith(
        "360p.m3u8\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=140000,AVERAGE-BANDWIDTH=70000,CODECS="mp4a.40.2",AUDIO="audio"\n'
        "audio.m3u8\n"
    )
    assert complaints(texts) == []
    assert multivariant(at(tape.record(5), Window(Mode.LIVE, NOON))).count("#EXT-X-STREAM-INF") == 2


def test_a_channel_of_sound_only_offers_its_sound_once() -> None:
    texts = playlists(at(with_sound_alone(Tape().record(5, tracks=(AUDIO,))), Window(Mode.LIVE, NOON)))
    assert texts["index"].count("audio.m3u8") == 1
    assert complaints(texts) == []


def rotating(periods: int, slots: int) -> Tape:
    """Runs that follow each other without a gap, each with a key of its own."""
    tape = Tape()
    for number in range(periods):
        tape.record(slots, kid=f"{number:032x}")
    assert [slot.start for slot in tape.slots] == [NOON + SLOT * number for number in range(len(tape.slots))]
    return tape


def kids_in(text: str) -> list[str]:
    return re.findall(r"^#EXT-X-KEY:.*KEYID=0x(\w+)", text, re.MULTILINE)


def test_three_changes_of_key_inside_the_live_window() -> None:
    tape = rotating(periods=5, slots=10)
    watch(tape, list(range(tape.start + 500, tape.end + 1000, 2000)), live_window)
    text = text_of(media(at(tape, live_window(tape.at(tape.end - 4000)), tape.end - 4000), "audio"))
    assert kids_in(text) == [f"{number:032x}" for number in (1, 2, 3, 4)]
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:2\n" in text
    assert text.count("#EXT-X-DISCONTINUITY\n") == text.count("#EXT-X-MAP") - 1 == 3


@pytest.mark.parametrize("mode", [Mode.START_OVER, Mode.CATCH_UP])
def test_a_window_over_thirty_keys(mode: Mode) -> None:
    tape = rotating(periods=34, slots=15)
    window = Window(mode, NOON + 2 * MINUTE, NOON + 32 * MINUTE)
    views = watch(tape, list(range(tape.start, tape.end + 1000, MINUTE)), lambda _: window)
    text = text_of(media(views[-1], "360p"))
    segments = hls_lint.read(text).segments
    assert (segments[0].start, segments[-1].start) == (window.start, NOON + 32 * MINUTE - SLOT)
    assert sorted({segment.discontinuity for segment in segments}) == list(range(3, 33))
    assert kids_in(text) == [f"{number:032x}" for number in range(2, 32)]


def test_a_ladder_and_a_key_that_change_without_a_gap() -> None:
    tape = Tape().record(10, kid=KIDS[0]).record(10, kid=KIDS[0], tracks=(P480, AUDIO))
    tape.record(10, kid=KIDS[1], tracks=(P480, AUDIO)).record(10, kid=None)
    watch(tape, list(range(tape.start + 500, tape.end + 1000, 2000)), live_window)
    found = at(tape, catch_up(0, 3 * MINUTE))
    text = text_of(media(found, "720p"))
    assert [item.start for item in hls_lint.read(text).segments] == [NOON + SLOT * it for it in range(40)]
    assert folders(found, "720p") == ["720p"] * 10 + ["480p"] * 20 + ["720p"] * 10
    assert kids_in(text) == [KIDS[0], KIDS[0], KIDS[1]]


def test_a_day_of_changes_every_minute_is_written_in_moments() -> None:
    tape = rotating(periods=1440, slots=15)
    journal = tape.at(tape.end + 1000)
    found = view("news", Stretches(journal), catch_up(0, 24 * 60 * MINUTE), tape.end + 1000)
    assert found is not None
    began = time.perf_counter()
    text = text_of(media(found, "720p"))
    assert time.perf_counter() - began < 2
    assert len(kids_in(text)) == 1440


def test_a_window_begins_with_the_segment_that_is_on_and_ends_with_the_one_that_covers_the_end() -> None:
    segments = hls_lint.read(text_of(media(at(Tape().record(30), catch_up(9_000, 21_000)), "audio"))).segments
    assert (segments[0].start, segments[-1].start) == (NOON + 8000, NOON + 20_000)
    on_the_border = hls_lint.read(
        text_of(media(at(Tape().record(30), catch_up(8_000, 20_000)), "audio"))
    ).segments
    assert (on_the_border[0].start, on_the_border[-1].start) == (NOON + 8000, NOON + 16_000)


@pytest.mark.parametrize("mode", [Mode.START_OVER, Mode.CATCH_UP])
def test_a_window_closes_with_the_slot_that_covers_its_end(mode: Mode) -> None:
    tape = Tape().record(30, lag=500)
    window = Window(mode, NOON, NOON + 20_000)
    assert not at(tape, window, NOON + 20_499).closed
    assert at(tape, window, NOON + 20_500).closed


def test_a_window_on_a_dead_channel_closes_after_the_grace() -> None:
    tape = Tape().record(3)
    window = Window(Mode.START_OVER, NOON, NOON + 20_000)
    assert not at(tape, window, NOON + 20_000 + GRACE_MILLISECONDS - 1).closed
    assert at(tape, window, NOON + 20_000 + GRACE_MILLISECONDS).closed


def test_a_window_closes_when_the_channel_is_back_after_its_end() -> None:
    tape = Tape().record(3).record(3, after=14_000)
    window = Window(Mode.START_OVER, NOON, NOON + 20_000)
    found = at(tape, window, tape.stored_at[3])
    assert found.closed
    assert found.stretches[-1].end == NOON + 12_000


def test_start_over_begins_at_the_beginning() -> None:
    text = text_of(media(at(Tape().record(30), Window(Mode.START_OVER, NOON, NOON + MINUTE)), "720p"))
    assert "#EXT-X-START:TIME-OFFSET=0\n#EXT-X-PLAYLIST-TYPE:EVENT\n" in text
    assert text.endswith("#EXT-X-ENDLIST\n")


def test_start_over_whose_beginning_retention_ate_is_no_event() -> None:
    tape = Tape().record(60)
    window, now = Window(Mode.START_OVER, NOON, NOON + 10 * MINUTE), tape.end + 500
    found = view("news", Stretches(tape.at(now, retention=MINUTE)), window, now)
    assert found is not None
    assert found.cut
    assert "PLAYLIST-TYPE" not in text_of(media(found, "720p"))


def test_start_over_on_a_channel_that_began_during_the_programme_is_an_event() -> None:
    tape = Tape().record(60)
    found = at(tape, Window(Mode.START_OVER, NOON - MINUTE, NOON + 10 * MINUTE), tape.end + 500)
    assert "PLAYLIST-TYPE:EVENT" in text_of(media(found, "720p"))


def test_nothing_stored_is_no_playlist() -> None:
    tape = Tape().record(30)
    assert view("news", Stretches(tape.at(NOON)), Window(Mode.LIVE, 0), NOON) is None
    before, after = catch_up(-MINUTE, -1), catch_up(10 * MINUTE, 20 * MINUTE)
    for window in (before, after):
        assert view("news", Stretches(tape.at(tape.end + MINUTE)), window, tape.end + MINUTE) is None


def test_live_reaches_back_two_minutes_and_stands_still_while_the_channel_is_down() -> None:
    tape = Tape().record(100)
    live = live_window(tape.at(tape.end + 500))
    assert live == live_window(tape.at(tape.end + 60 * MINUTE))
    assert live.start == tape.end - LIVE_MILLISECONDS


def test_after_a_long_outage_live_keeps_three_targets() -> None:
    tape = Tape().record(100).record(1, after=60 * MINUTE)
    found = at(tape, live_window(tape.at(tape.end + 500)))
    assert sum(item.last_sequence - item.first_sequence + 1 for item in found.stretches) == 3


def test_runs_that_published_nothing_are_counted() -> None:
    text = text_of(media(at(Tape().record(2).record(2, skipped=2), catch_up(0, MINUTE)), "720p"))
    assert text.count("#EXT-X-DISCONTINUITY\n") == 3
    assert [item.discontinuity for item in hls_lint.read(text).segments] == [1, 1, 4, 4]


def test_a_rendition_is_stood_in_for_by_the_nearest_where_a_run_lacks_it() -> None:
    tape = Tape().record(2).record(2, tracks=(P480, AUDIO)).record(2, tracks=(P720, AUDIO))
    found = at(tape, catch_up(0, MINUTE))
    assert folders(found, "720p") == ["720p", "720p", "480p", "480p", "720p", "720p"]
    assert folders(found, "360p") == ["360p", "360p", "480p", "480p", "720p", "720p"]
    assert folders(found, "480p") == ["360p", "360p", "480p", "480p", "720p", "720p"]
    assert media(found, "1080p") is None
    assert "360p.m3u8" not in multivariant(found)


def test_what_stands_in_for_a_rendition_stays_when_a_later_run_calls_another_one_by_its_name() -> None:
    tape = Tape().record(2).record(2, tracks=(P480, video("1080p", 1080, 6_000_000), AUDIO))
    before = text_of(media(at(tape, catch_up(0, MINUTE), tape.end + 500), "720p"))
    tape.record(2, tracks=(video("720p", 1080, 6_000_000), AUDIO))
    after = text_of(media(at(tape, catch_up(0, MINUTE), tape.end + 500), "720p"))
    assert hls_lint.check_refresh(before, after) == []
    assert "/480p/" in before


def test_a_slot_lost_to_damage_is_a_discontinuity() -> None:
    tape = Tape().record(5)
    del tape.slots[2], tape.stored_at[2]
    segments = hls_lint.read(text_of(media(at(tape, catch_up(0, MINUTE)), "720p"))).segments
    assert ["EXT-X-DISCONTINUITY" in segment.own for segment in segments] == [False, False, True, False]
    assert segments[2].start == NOON + 12_000


def folders(found: View, lane: str) -> list[str]:
    return [segment.uri.split("/")[3] for segment in hls_lint.read(text_of(media(found, lane))).segments]


def test_target_duration_is_the_nominal_slot_even_if_only_a_torn_one_is_there() -> None:
    tape = Tape(slot=SLOT).record(0, tail=40)
    assert "#EXT-X-TARGETDURATION:4\n" in text_of(media(at(tape, catch_up(0, MINUTE)), "720p"))
