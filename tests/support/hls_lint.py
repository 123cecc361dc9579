"""A linter for HLS playlists: the rules of RFC 8216bis that no player forgives, or that none notices.

Every `check_…` gives its complaints as sentences, an empty list where there are none. Times are whole
milliseconds since the epoch, durations whole milliseconds.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

ONCE = {
    "EXTM3U",
    "EXT-X-VERSION",
    "EXT-X-TARGETDURATION",
    "EXT-X-MEDIA-SEQUENCE",
    "EXT-X-DISCONTINUITY-SEQUENCE",
    "EXT-X-PLAYLIST-TYPE",
    "EXT-X-INDEPENDENT-SEGMENTS",
    "EXT-X-START",
    "EXT-X-ENDLIST",
}
REQUIRED = ("EXTM3U", "EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE")
OF_SEGMENTS = {
    "EXTINF",
    "EXT-X-DISCONTINUITY",
    "EXT-X-KEY",
    "EXT-X-MAP",
    "EXT-X-PROGRAM-DATE-TIME",
    "EXT-X-GAP",
}
VIDEO_CODECS = {"avc1", "avc3", "hvc1", "hev1", "av01", "vp09"}
METHODS = {"NONE", "AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR"}
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)(?:,|$)')


@dataclass(frozen=True)
class Segment:
    """A media segment and what is in force for it."""

    uri: str
    duration: int
    sequence: int
    discontinuity: int  # its discontinuity sequence number (§3)
    key: str | None
    init: str | None
    start: int | None  # by the last EXT-X-PROGRAM-DATE-TIME and the durations since
    own: frozenset[str]  # the tags that stand before this very segment


@dataclass
class MediaPlaylist:
    """A media playlist, read."""

    text: str
    tags: Counter[str] = field(default_factory=Counter)
    values: dict[str, str] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """The playlist's lines."""
        return self.text.splitlines()

    @property
    def closed(self) -> bool:
        """Whether EXT-X-ENDLIST stands in it."""
        return "EXT-X-ENDLIST" in self.tags

    @property
    def type(self) -> str | None:
        """EVENT, VOD, or None where it slides."""
        return self.values.get("EXT-X-PLAYLIST-TYPE")

    @property
    def target(self) -> int:
        """EXT-X-TARGETDURATION, seconds."""
        return int(self.values["EXT-X-TARGETDURATION"])

    @property
    def duration(self) -> int:
        """The sum of all durations."""
        return sum(segment.duration for segment in self.segments)


def attributes(text: str) -> dict[str, str]:
    """An attribute list (§4.2), quotes taken off."""
    assert "".join(match[0] for match in _ATTRIBUTE.finditer(text)) == text, f"not an attribute list: {text}"
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(text)}


def read(text: str) -> MediaPlaylist:
    """Read a media playlist; AssertionError where it cannot be."""
    playlist = MediaPlaylist(text)
    own: list[str] = []
    duration, key, init, clock = None, None, None, None
    discontinuity = 0
    for line in playlist.lines:
        if line.startswith("#EXT"):
            tag, _, value = line[1:].partition(":")
            playlist.tags[tag] += 1
            if tag in OF_SEGMENTS:
                own.append(tag)
            else:
                playlist.values[tag] = value
            match tag:
                case "EXTINF":
                    duration = int(Decimal(value.split(",")[0]) * 1000)
                case "EXT-X-DISCONTINUITY":
                    discontinuity += 1
                case "EXT-X-KEY":
                    key = value
                case "EXT-X-MAP":
                    init = attributes(value)["URI"]
                case "EXT-X-PROGRAM-DATE-TIME":
                    clock = round(datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp() * 1000)
        elif line and not line.startswith("#"):
            assert duration is not None, f"no EXTINF before {line}"
            sequence = int(playlist.values.get("EXT-X-MEDIA-SEQUENCE", 0)) + len(playlist.segments)
            number = int(playlist.values.get("EXT-X-DISCONTINUITY-SEQUENCE", 0)) + discontinuity
            playlist.segments.append(
                Segment(line, duration, sequence, number, key, init, clock, frozenset(own))
            )
            clock = None if clock is None else clock + duration
            duration, own = None, []
    return playlist


def check_media(text: str) -> list[str]:
    """What is wrong with a media playlist by itself."""
    playlist = read(text)
    found = [f"{tag} is missing" for tag in REQUIRED if tag not in playlist.tags]
    if found:
        return found
    found += [f"{tag} stands there {n} times" for tag, n in playlist.tags.items() if tag in ONCE and n > 1]
    if playlist.lines[0] != "#EXTM3U":
        found.append("the first line is not #EXTM3U (§4.4.1.1)")
    if not text.endswith("\n") or "" in playlist.lines:
        found.append("lines are not ended, or empty")
    if playlist.closed and playlist.lines[-1] != "#EXT-X-ENDLIST":
        found.append("something follows EXT-X-ENDLIST")
    if playlist.type == "VOD" and not playlist.closed:
        found.append("a VOD playlist without EXT-X-ENDLIST")
    if not playlist.segments:
        found.append("no segment")
    if len({segment.uri for segment in playlist.segments}) < len(playlist.segments):
        found.append("a segment is listed twice")
    return found + _version(playlist) + _durations(playlist) + _boundaries(playlist) + _clock(playlist)


def _version(playlist: MediaPlaylist) -> list[str]:
    """§8."""
    needed = 3
    if "KEYFORMAT=" in playlist.text:
        needed = 5
    if "EXT-X-MAP" in playlist.tags:
        needed = 6
    version = int(playlist.values["EXT-X-VERSION"])
    return [] if version >= needed else [f"EXT-X-VERSION {version}, but {needed} is needed (§8)"]


def _durations(playlist: MediaPlaylist) -> list[str]:
    """§4.4.3.1 and §6.2.2: no segment longer than the target; what slides keeps three targets."""
    return [
        f"{segment.uri} takes {segment.duration} ms, the target is {playlist.target} s (§4.4.3.1)"
        for segment in playlist.segments
        if (segment.duration + 500) // 1000 > playlist.target or segment.duration <= 0
    ]


def _boundaries(playlist: MediaPlaylist) -> list[str]:
    """§4.4.4.3 to §4.4.4.6: at every discontinuity, and at the start, all that a decoder needs."""
    found = []
    for position, segment in enumerate(playlist.segments):
        if position and "EXT-X-DISCONTINUITY" not in segment.own:
            if {"EXT-X-KEY", "EXT-X-MAP"} & segment.own:
                found.append(f"key or map changes without a discontinuity at {segment.uri}")
            continue
        found += [
            f"{tag} is missing at the boundary before {segment.uri}"
            for tag in ("EXT-X-KEY", "EXT-X-MAP", "EXT-X-PROGRAM-DATE-TIME")
            if tag not in segment.own
        ]
        if segment.key is not None:
            found += _key(segment.key)
    if playlist.segments and "EXT-X-DISCONTINUITY" in playlist.segments[0].own:
        found.append("EXT-X-DISCONTINUITY before the first segment: count it as a sequence number instead")
    return found


def _key(text: str) -> list[str]:
    key = attributes(text)
    if key.get("METHOD") not in METHODS:
        return [f"unknown METHOD in {text} (§4.4.4.4)"]
    if key["METHOD"] == "NONE":
        return [] if len(key) == 1 else [f"METHOD=NONE with other attributes: {text}"]
    found = []
    if "URI" not in key:
        found.append(f"no URI in {text}")
    if key.get("KEYFORMAT") == "org.w3.clearkey":
        kid = key.get("KEYID", "")
        if not re.fullmatch(r"0x[0-9a-f]{32}", kid):
            found.append(f"no KEYID of 16 bytes in {text}")
        if kid.removeprefix("0x") not in key.get("URI", ""):
            found.append(f"the URI is not the KID's own in {text}")
    return found


def _clock(playlist: MediaPlaylist) -> list[str]:
    """§4.4.4.6: dates agree with durations, and time never runs backwards."""
    found = []
    for before, segment in pairwise(playlist.segments):
        if before.start is None or segment.start is None:
            found.append(f"no date for {segment.uri}")
            continue
        passed = segment.start - before.start
        if "EXT-X-DISCONTINUITY" in segment.own:
            if passed < before.duration:
                found.append(f"{segment.uri} begins before {before.uri} ends")
        elif passed != before.duration:
            found.append(f"{segment.uri} is {passed} ms after {before.uri}, which takes {before.duration} ms")
    return found


def check_names(text: str) -> list[str]:
    """Telstar's own rule: the time in a segment's name is its PROGRAM-DATE-TIME to the second, its number its
    EXT-X-MEDIA-SEQUENCE, and its run its discontinuity sequence number."""
    found = []
    for segment in read(text).segments:
        match = re.fullmatch(r".*/(\d{8}T\d{6})Z-(\d+)-(\d+)\.m4s", segment.uri)
        assert match, f"not a segment's name: {segment.uri}"
        start = round(datetime.strptime(match[1] + "+0000", "%Y%m%dT%H%M%S%z").timestamp() * 1000)
        if start != segment.start:
            found.append(f"{segment.uri} is dated {segment.start}")
        if (int(match[2]), int(match[3])) != (segment.discontinuity, segment.sequence):
            found.append(f"{segment.uri} is number {segment.discontinuity}/{segment.sequence}")
    return found


def check_refresh(earlier: str, later: str) -> list[str]:
    """What a client that loaded the one and then the other may not see (§4.4.3, §6.2.1, §6.2.2)."""
    before, after = read(earlier), read(later)
    if before.closed:
        return [] if earlier == later else ["changed after EXT-X-ENDLIST"]
    found = [
        f"{tag} went from {before.values.get(tag)} to {after.values.get(tag)}"
        for tag in ("EXT-X-VERSION", "EXT-X-TARGETDURATION")
        if before.values.get(tag) != after.values.get(tag)
    ]
    closes_as_vod = before.type == "EVENT" and after.type == "VOD" and after.closed
    if before.type != after.type and not closes_as_vod:
        found.append(f"EXT-X-PLAYLIST-TYPE went from {before.type} to {after.type}")
    if before.type == "EVENT" and not _continues(before.lines, after.lines):
        found.append("an EVENT playlist changed other than by appended lines (§4.4.3.5)")
    found += [
        f"{tag} went back"
        for tag in ("EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE")
        if int(before.values.get(tag, 0)) > int(after.values.get(tag, 0))
    ]
    return found + _same_segments(before, after)


def _continues(before: Sequence[str], after: Sequence[str]) -> bool:
    def plain(lines: Sequence[str]) -> list[str]:
        return [line for line in lines if not line.startswith("#EXT-X-PLAYLIST-TYPE")]

    return plain(after)[: len(plain(before))] == plain(before)


def _same_segments(before: MediaPlaylist, after: MediaPlaylist) -> list[str]:
    found = []
    now = {segment.sequence: segment for segment in after.segments}
    for segment in before.segments:
        same = now.get(segment.sequence)
        if same is None:
            continue
        found += [
            f"{name} of segment {segment.sequence} changed"
            for name in ("uri", "duration", "discontinuity", "key", "init", "start")
            if getattr(segment, name) != getattr(same, name)
        ]
    if before.segments[-1].sequence > after.segments[-1].sequence:
        found.append("segments went from the end")
    removed = after.segments[0].sequence > before.segments[0].sequence
    if removed and not after.closed and after.duration < 3000 * after.target:
        found.append("segments were removed though less than three targets remain (§6.2.2)")
    return found


def check_aligned(playlists: Mapping[str, str], *, same_moment: bool = True) -> list[str]:
    """What the media playlists of one multivariant playlist must have in common (§6.2.4).

    Those that were not fetched at the same moment are compared where they overlap.
    """
    read_all = {name: read(text) for name, text in playlists.items()}
    names = list(read_all)
    found = []
    for name in names[1:]:
        one, other = read_all[names[0]], read_all[name]
        found += [
            f"{tag} differs between {names[0]} and {name}"
            for tag in ("EXT-X-TARGETDURATION", "EXT-X-PLAYLIST-TYPE", "EXT-X-ENDLIST")
            if one.values.get(tag) != other.values.get(tag)
        ]
        starts = {segment.start: segment for segment in one.segments}
        for segment in other.segments:
            same = starts.get(segment.start)
            if same and (same.discontinuity, same.key) != (segment.discontinuity, segment.key):
                found.append(f"discontinuity or key at {segment.start} differs between {names[0]} and {name}")
        lists = [[segment.start or 0 for segment in playlist.segments] for playlist in (one, other)]
        if not same_moment:
            first, last = max(starts[0] for starts in lists), min(starts[-1] for starts in lists)
            lists = [[start for start in starts if first <= start <= last] for starts in lists]
        if lists[0] != lists[1] or not lists[0]:
            found.append(f"{names[0]} and {name} do not cover the same segments")
    return found


def check_multivariant(text: str, playlists: Mapping[str, str], *, same_moment: bool = True) -> list[str]:
    """What is wrong with a multivariant playlist (§4.4.6), given the media playlists by their URIs in it."""
    lines = text.splitlines()
    found = [] if lines[0] == "#EXTM3U" else ["the first line is not #EXTM3U"]
    renditions = [attributes(line.partition(":")[2]) for line in lines if line.startswith("#EXT-X-MEDIA:")]
    groups = {item["GROUP-ID"] for item in renditions}
    uris = [item["URI"] for item in renditions]
    for line, following in pairwise([*lines, ""]):
        if not line.startswith("#EXT-X-STREAM-INF:"):
            continue
        variant = attributes(line.partition(":")[2])
        uris.append(following)
        found += [f"{name} is missing in {line}" for name in ("BANDWIDTH", "CODECS") if name not in variant]
        if int(variant.get("AVERAGE-BANDWIDTH", 0)) > int(variant["BANDWIDTH"]):
            found.append(f"the average is above the peak in {line}")
        if "AUDIO" in variant and variant["AUDIO"] not in groups:
            found.append(f"no such audio group in {line}")
        if ("AUDIO" in variant) != bool(groups):
            found.append(f"the choice of sound is lost in {line}")
        pictured = VIDEO_CODECS.intersection(re.findall(r"[a-z0-9]+(?=[.])", variant.get("CODECS", "")))
        if bool(pictured) != ("RESOLUTION" in variant) or ("FRAME-RATE" in variant and not pictured):
            found.append(f"CODECS, RESOLUTION and FRAME-RATE disagree whether there is a picture in {line}")
    if len(uris) == len(renditions):
        found.append("no variant")
    found += [f"{uri} is listed but not there" for uri in uris if uri not in playlists]
    found += [f"{uri} is there but not listed" for uri in playlists if uri not in uris]
    session_keys = {line.partition(":")[2] for line in lines if line.startswith("#EXT-X-SESSION-KEY:")}
    keys = {segment.key for playlist in playlists.values() for segment in read(playlist).segments}
    if session_keys != keys - {None, "METHOD=NONE"}:
        found.append("EXT-X-SESSION-KEY and EXT-X-KEY name different keys (§4.4.6.5)")
    return found + check_aligned(playlists, same_moment=same_moment)
