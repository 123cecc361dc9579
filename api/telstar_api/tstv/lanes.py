"""Which track a media playlist takes its segments from, in each run.

A playlist is named after a track. Where the channel's ladder changed within the window, a run may not have
that track; the nearest of its kind then stands in, so that every playlist covers the whole window, stays
aligned with the others, and nobody's player is cut off by a new ladder.
"""

from collections.abc import Iterator, Mapping, Sequence

from telstar_simlive.journal import AudioTrack, Run, RunTrack, VideoTrack


def tracks_of_lane(name: str, runs: Sequence[Run]) -> Mapping[int, RunTrack] | None:
    """Each run's number → the track that serves this lane; None where no run has a track of this name.

    What the lane stands for in a run without the track is what the nearest earlier run says, or else the
    first later one: so what a growing playlist has listed never changes. A run without any track of the kind
    is left out.
    """
    wanted = next(_named(name, runs), None)
    if wanted is None:
        return None
    chosen: dict[int, RunTrack] = {}
    for run in runs:
        named = next(_named(name, [run]), None)
        wanted = named or wanted
        track = named or _nearest(wanted, run)
        if track is not None:
            chosen[run.run] = track
    return chosen


def _named(name: str, runs: Sequence[Run]) -> Iterator[RunTrack]:
    return (track for run in runs for track in run.tracks if track.name == name)


def _nearest(wanted: RunTrack, run: Run) -> RunTrack | None:
    candidates = run.audio if isinstance(wanted, AudioTrack) else run.video
    return min(candidates, key=lambda track: _distance(wanted, track), default=None)


def _distance(wanted: RunTrack, track: RunTrack) -> tuple[int, int]:
    heights = [item.height if isinstance(item, VideoTrack) else 0 for item in (wanted, track)]
    return (abs(heights[0] - heights[1]), abs(wanted.bandwidth - track.bandwidth))
