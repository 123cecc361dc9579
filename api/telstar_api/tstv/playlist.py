"""HLS playlists (RFC 8216bis) as pure functions of journal, window and clock.

Neither viewer nor session appears in them, so one text serves everybody who watches the same window.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, pairwise

from telstar_simlive.journal import AudioTrack, Run, VideoTrack, init_path

from telstar_api.entitlement.rights import Mode
from telstar_api.tstv.lanes import tracks_of_lane
from telstar_api.tstv.stretches import FOLDER, Stretch, Stretches
from telstar_api.tstv.windows import Window

VERSION = 6  # EXT-X-MAP in a playlist of whole segments, and KEYFORMAT (RFC 8216bis §8)
LICENCE_PATH = "/api/v1/drm/license"
AUDIO_GROUP = "audio"


@dataclass(frozen=True, slots=True)
class View:
    """What is stored of a window at a moment; everything a playlist says follows from it."""

    channel: str
    window: Window
    stretches: Sequence[Stretch]
    runs: Mapping[int, Run]  # those the stretches are from, ascending
    closed: bool
    cut: bool  # the beginning was stored and has gone with retention

    @property
    def target_seconds(self) -> int:
        """EXT-X-TARGETDURATION: the nominal slot, rounded (§4.4.3.1)."""
        return max((run.segment_duration + 500) // 1000 for run in self.runs.values())


def view(channel: str, stored: Stretches, window: Window, now: int, height: int | None = None) -> View | None:
    """What is stored of the window now (milliseconds since the epoch); None where nothing is.

    With a `height`, runs have no renditions of more lines than that, but for their smallest.

    Raises:
        JournalError: a run that has segments has no readable descriptor.
    """
    stretches = stored.between(window.start, window.end)
    if not stretches:
        return None
    oldest, newest = stored.journal.oldest, stored.journal.newest
    return View(
        channel,
        window,
        stretches,
        runs={
            number: within_height(stored.journal.run(number), height)
            for number in sorted({item.run for item in stretches})
        },
        closed=window.closed(newest, now),
        cut=oldest is not None and oldest.sequence > 1 and window.start < oldest.start,
    )


def within_height(run: Run, height: int | None) -> Run:
    """The run without renditions of more than so many lines; where none would be left, with its smallest."""
    if height is None or not run.video:
        return run
    most = max(height, min(track.height for track in run.video))
    kept = tuple(track for track in run.tracks if not isinstance(track, VideoTrack) or track.height <= most)
    return run if len(kept) == len(run.tracks) else run.model_copy(update={"tracks": kept})


def media(view: View, lane: str) -> str | None:
    """The media playlist of a track, or None where the window has no such track (§4.4.3, §6.2.1).

    - live: a window that slides;
    - start-over: an EVENT that only ever grows, closed by EXT-X-ENDLIST once its end is stored;
    - catch-up: VOD; while the programme's last slot is still being stored, an EVENT that is about to close.

    Between two runs there are as many EXT-X-DISCONTINUITY as their numbers differ by: so a segment's
    discontinuity sequence number is its run, on every replica, in every track and at every moment.
    """
    tracks = tracks_of_lane(lane, list(view.runs.values()))
    if tracks is None:
        return None
    folders = {number: f"/hls/{view.channel}/{track.name}" for number, track in tracks.items()}
    stretches = [item for item in view.stretches if item.run in folders]
    texts = [_header(view, stretches[0])]
    for before, item in pairwise(chain([None], stretches)):
        assert item is not None
        if before is None or (before.run, before.last_sequence + 1) != (item.run, item.first_sequence):
            texts.append(_boundary(before, item, view.runs[item.run], folders[item.run]))
        texts.append(item.entries.replace(FOLDER, folders[item.run]))
    if view.closed:
        texts.append("#EXT-X-ENDLIST\n")
    return "".join(texts)


def _header(view: View, first: Stretch) -> str:
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f"#EXT-X-TARGETDURATION:{view.target_seconds}",
        f"#EXT-X-MEDIA-SEQUENCE:{first.first_sequence}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.run}",
    ]
    if view.window.mode is not Mode.LIVE:
        lines.append("#EXT-X-START:TIME-OFFSET=0")
        lines += _playlist_type(view)
    return "\n".join(lines) + "\n"


def _playlist_type(view: View) -> list[str]:
    if view.closed and view.window.mode is Mode.CATCH_UP:
        return ["#EXT-X-PLAYLIST-TYPE:VOD"]
    # Where retention eats the beginning, segments leave the playlist, which an EVENT's may not (§4.4.3.5).
    return [] if view.cut and not view.closed else ["#EXT-X-PLAYLIST-TYPE:EVENT"]


def _boundary(before: Stretch | None, item: Stretch, run: Run, folder: str) -> str:
    """What a player must know where a run begins, or begins again after a hole."""
    discontinuities = max(1, item.run - before.run) if before else 0
    return (
        "#EXT-X-DISCONTINUITY\n" * discontinuities
        + f"#EXT-X-KEY:{_key(run.kid)}\n"
        + f'#EXT-X-MAP:URI="{init_path(folder, item.run)}"\n'
        + f"#EXT-X-PROGRAM-DATE-TIME:{_date_time(item.start)}\n"
    )


def _key(kid: str | None) -> str:
    # Players tell keys apart by their URI, hence the query.
    if kid is None:
        return "METHOD=NONE"
    return (
        f'METHOD=SAMPLE-AES-CTR,URI="{LICENCE_PATH}?kid={kid}",'
        f'KEYFORMAT="org.w3.clearkey",KEYFORMATVERSIONS="1",KEYID=0x{kid}'
    )


def _date_time(moment: int) -> str:
    return (
        datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def multivariant(view: View) -> str:
    """The multivariant playlist: the newest run's renditions, the keys of all runs (§4.4.6).

    AVERAGE-BANDWIDTH is what the stored segments of the window really take.
    """
    newest = view.runs[max(view.runs)]
    kids = dict.fromkeys(run.kid for run in view.runs.values() if run.kid)
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += [f"#EXT-X-SESSION-KEY:{_key(kid)}" for kid in kids]
    # Where there is no picture, the sound is the variant and not a group beside it.
    sound = newest.audio if newest.video else ()
    lines += [_audio_rendition(track, default=track is newest.audio[0]) for track in sound]
    # Last, since players begin with the first they can use. It has the group of the others, so that whoever
    # changes to it for want of bandwidth goes on with the same sound, and fetches it once.
    alone = sound[:1] if newest.audio_only else ()
    for track in [*(newest.video or newest.audio), *alone]:
        lines += [_variant(view, track, sound), f"{track.name}.m3u8"]
    return "\n".join(lines) + "\n"


def _audio_rendition(track: AudioTrack, *, default: bool) -> str:
    return (
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{AUDIO_GROUP}",NAME="{track.name}",'
        f'DEFAULT={"YES" if default else "NO"},AUTOSELECT=YES,CHANNELS="{track.channels}",'
        f'URI="{track.name}.m3u8"'
    )


def _variant(view: View, track: VideoTrack | AudioTrack, sound: Sequence[AudioTrack]) -> str:
    carried = [] if track in sound else [track]
    if sound:
        carried.append(max(sound, key=lambda audio: audio.bandwidth))
    peak = sum(part.bandwidth for part in carried)
    average = min(peak, sum(_average_bandwidth(view, part.name) for part in carried))
    codecs = ",".join(dict.fromkeys(part.codecs for part in [track, *sound]))
    attributes = [f"BANDWIDTH={peak}", f"AVERAGE-BANDWIDTH={average}", f'CODECS="{codecs}"']
    if isinstance(track, VideoTrack):
        attributes += [f"RESOLUTION={track.width}x{track.height}", f"FRAME-RATE={track.frame_rate:.3f}"]
    if sound:
        attributes.append(f'AUDIO="{AUDIO_GROUP}"')
    return f"#EXT-X-STREAM-INF:{','.join(attributes)}"


def _average_bandwidth(view: View, lane: str) -> int:
    tracks = tracks_of_lane(lane, list(view.runs.values())) or {}
    stretches = [item for item in view.stretches if item.run in tracks]
    size = sum(item.sizes.get(tracks[item.run].name, 0) for item in stretches)
    return size * 8000 // sum(item.end - item.start for item in stretches)
