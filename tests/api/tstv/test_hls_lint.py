"""The linter finds what it is there to find."""

import pytest
from support.hls_lint import (
    check_aligned,
    check_media,
    check_multivariant,
    check_names,
    check_refresh,
)

GOOD = """#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:10
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="/l?kid=00000000000000000000000000000001",KEYFORMAT="org.w3.clearkey",KEYID=0x00000000000000000000000000000001
#EXT-X-MAP:URI="/hls/news/720p/init-000003.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:00.000Z
#EXTINF:4.000,
/hls/news/720p/20261122/12/20261122T120000Z-000003-0000010.m4s
#EXTINF:2.500,
/hls/news/720p/20261122/12/20261122T120004Z-000003-0000011.m4s
#EXT-X-DISCONTINUITY
#EXT-X-KEY:METHOD=NONE
#EXT-X-MAP:URI="/hls/news/720p/init-000004.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:10.000Z
#EXTINF:4.000,
/hls/news/720p/20261122/12/20261122T120010Z-000004-0000012.m4s
"""
MORE = GOOD + "#EXTINF:4.000,\n/hls/news/720p/20261122/12/20261122T120014Z-000004-0000013.m4s\n"
SLIDING = GOOD.replace("#EXT-X-PLAYLIST-TYPE:EVENT\n", "")
SECOND = """#EXTINF:2.500,
/hls/news/720p/20261122/12/20261122T120004Z-000003-0000011.m4s
"""


def test_nothing_is_wrong_with_a_good_playlist() -> None:
    assert check_media(GOOD) == []
    assert check_names(GOOD) == []
    assert check_refresh(GOOD, GOOD) == []
    assert check_refresh(GOOD, MORE) == []
    assert check_refresh(GOOD, MORE + "#EXT-X-ENDLIST\n") == []
    assert check_refresh(GOOD, MORE.replace(":EVENT", ":VOD") + "#EXT-X-ENDLIST\n") == []
    assert check_aligned({"a": GOOD, "b": GOOD.replace("720p", "360p")}) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("#EXTM3U\n", "", "EXTM3U is missing"),
        ("#EXT-X-TARGETDURATION:4\n", "", "TARGETDURATION is missing"),
        ("DURATION:4\n", "DURATION:3\n", "the target is 3 s"),
        ("VERSION:6", "VERSION:5", "6 is needed"),
        ("EVENT", "VOD", "VOD playlist without"),
        ('#EXT-X-MAP:URI="/hls/news/720p/init-000004.mp4"\n', "", "EXT-X-MAP is missing at the boundary"),
        ("#EXT-X-KEY:METHOD=NONE\n", "", "EXT-X-KEY is missing at the boundary"),
        ("#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:10.000Z\n", "", "DATE-TIME is missing at the boundary"),
        ("#EXT-X-DISCONTINUITY\n", "", "without a discontinuity"),
        ("12:00:10.000Z", "12:00:06.000Z", "begins before"),
        ("#EXT-X-KEY:METHOD=SAMPLE", "#EXT-X-DISCONTINUITY\n#EXT-X-KEY:METHOD=SAMPLE", "before the first"),
        ("KEYID=0x0", "KEYID=0xz", "no KEYID"),
        ("/l?kid=0", "/l?kid=1", "not the KID's own"),
        ("000004-0000012", "000003-0000010", None),
        ("120010Z-000004-0000012", "120000Z-000003-0000010", "listed twice"),
        ("SAMPLE-AES-CTR", "SAMPLE-CTR", "unknown METHOD"),
        ("#EXTINF:2.500", "#EXT-X-ENDLIST\n#EXTINF:2.500", "follows EXT-X-ENDLIST"),
    ],
)
def test_a_broken_playlist_is_complained_about(old: str, new: str, complaint: str | None) -> None:
    assert old in GOOD
    found = check_media(GOOD.replace(old, new))
    assert any(complaint in sentence for sentence in found) if complaint else found == []


def test_names_that_lie_are_found() -> None:
    assert "dated" in check_names(GOOD.replace("120010Z", "120011Z"))[0]
    assert "number 4/12" in check_names(GOOD.replace("000004-0000012", "000003-0000012"))[0]
    assert "number 4/12" in check_names(GOOD.replace("000004-0000012", "000004-0000013"))[0]


@pytest.mark.parametrize(
    ("earlier", "later", "complaint"),
    [
        (GOOD + "#EXT-X-ENDLIST\n", MORE, "after EXT-X-ENDLIST"),
        (GOOD + "#EXT-X-ENDLIST\n", MORE + "#EXT-X-ENDLIST\n", "after EXT-X-ENDLIST"),
        (GOOD, MORE.replace("DURATION:4", "DURATION:5"), "TARGETDURATION went"),
        (GOOD, MORE.replace("EVENT", "VOD"), "TYPE went from EVENT to VOD"),
        (GOOD, SLIDING, "TYPE went from EVENT to None"),
        (GOOD, MORE.replace("2.500", "2.501"), "other than by appended lines"),
        (GOOD, GOOD.replace("SEQUENCE:10", "SEQUENCE:9"), "MEDIA-SEQUENCE went back"),
        (SLIDING, SLIDING.replace("SEQUENCE:3", "SEQUENCE:2"), "discontinuity of segment 10 changed"),
        (SLIDING, SLIDING.replace("init-000004", "init-000005"), "init of segment 12 changed"),
        (MORE, GOOD, "from the end"),
        (
            SLIDING,
            "\n".join([*SLIDING.splitlines()[:3], *SLIDING.splitlines()[8:]]),
            "MEDIA-SEQUENCE went back",
        ),
        (
            SLIDING,
            SLIDING.replace("SEQUENCE:10", "SEQUENCE:11").replace(
                "#EXTINF:4.000,\n" + "/hls/news/720p/20261122/12/20261122T120000Z-000003-0000010.m4s\n", ""
            ),
            "less than three targets remain",
        ),
    ],
)
def test_a_refresh_that_breaks_a_promise_is_found(earlier: str, later: str, complaint: str) -> None:
    assert any(complaint in sentence for sentence in check_refresh(earlier, later))


def test_tracks_that_do_not_match_are_found() -> None:
    assert "TARGETDURATION" in check_aligned({"a": GOOD, "b": GOOD.replace("DURATION:4", "DURATION:5")})[0]
    assert "ENDLIST" in check_aligned({"a": GOOD, "b": GOOD + "#EXT-X-ENDLIST\n"})[0]
    assert "same segments" in check_aligned({"a": GOOD, "b": MORE})[0]
    assert check_aligned({"a": GOOD, "b": MORE}, same_moment=False) == []
    hole = MORE.replace(SECOND, "")
    assert "same segments" in check_aligned({"a": MORE, "b": hole}, same_moment=False)[0]
    renumbered = GOOD.replace("DISCONTINUITY-SEQUENCE:3", "DISCONTINUITY-SEQUENCE:4")
    assert "discontinuity or key" in check_aligned({"a": GOOD, "b": renumbered})[0]


def test_a_multivariant_playlist_must_name_what_there_is() -> None:
    key = GOOD.split("#EXT-X-KEY:")[1].split("\n")[0]
    good = (
        f"#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-SESSION-KEY:{key}\n"
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="a.m3u8"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=2,AVERAGE-BANDWIDTH=1,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=2x2,AUDIO="a"'
        '\nv.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="mp4a.40.2",AUDIO="a"\na.m3u8\n'
    )
    playlists = {"a.m3u8": GOOD, "v.m3u8": GOOD}
    assert check_multivariant(good, playlists) == []
    for old, new, complaint in [
        ("BANDWIDTH=2", "BANDWIDTH=0", "above the peak"),
        ('AUDIO="a"', 'AUDIO="b"', "no such audio group"),
        ('"mp4a.40.2",AUDIO="a"', '"mp4a.40.2"', "choice of sound is lost"),
        (",RESOLUTION=2x2", "", "whether there is a picture"),
        (',AUDIO="a"\na.', ',FRAME-RATE=25.000,AUDIO="a"\na.', "whether there is a picture"),
        ("v.m3u8", "w.m3u8", "listed but not there"),
        (f"#EXT-X-SESSION-KEY:{key}\n", "", "different keys"),
    ]:
        assert any(
            complaint in sentence for sentence in check_multivariant(good.replace(old, new), playlists)
        )
