"""An independent decryptor opens what viewers get, with the right key only."""

import random
from collections.abc import Callable

import pytest
from support.decrypt import decoded_frames, decoded_frames_in_clear
from support.viewer import Viewer
from support.waiting import wait_until

CHANNELS = ("testcard", "cinema", "news")


@pytest.mark.parametrize("channel", CHANNELS)
def test_first_random_later_and_last_segment_of_every_track_decrypt_with_the_right_key_only(
    premium: Viewer, channel: str
) -> None:
    session = premium.play(channel).json()
    for track, uri in premium.tracks(session["manifest_url"]).items():
        segments = wait_until(
            f"three segments of {channel}/{track}",
            lambda uri=uri: (found := premium.segments(uri)) and len(found) >= 3 and found,
            60,
        )
        for segment in (segments[0], random.choice(segments[1:-1]), segments[-1]):
            assert segment.kid
            key = premium.keys(segment.kid)[segment.kid]
            data = premium.bytes(segment.init_uri), [premium.bytes(segment.uri)]
            expected = segment.seconds * 25 if track != "audio" else segment.seconds * 48000 / 1024
            frames = decoded_frames(*data, segment.kid, key)
            assert abs(frames - expected) <= (0 if track != "audio" else 2), (track, segment.uri)

            wrong = bytes(byte ^ 0x5A for byte in bytes.fromhex(key)).hex()
            assert decoded_frames(*data, segment.kid, wrong) < frames / 2, "a wrong key decodes the segment"


def test_segments_without_their_key_do_not_decode(premium: Viewer) -> None:
    session = premium.play("testcard").json()
    for uri in premium.tracks(session["manifest_url"]).values():
        segment = premium.segments(uri)[-1]
        assert decoded_frames_in_clear(premium.bytes(segment.init_uri), [premium.bytes(segment.uri)]) == 0


def test_a_channel_without_drm_is_in_clear_and_needs_no_licence(
    make_channel: Callable[..., str], premium: Viewer
) -> None:
    channel = make_channel(drm={"enabled": False})
    session = premium.play(channel).json()
    segment = premium.segments(premium.tracks(session["manifest_url"])["180p"])[0]
    assert segment.kid is None
    assert decoded_frames_in_clear(premium.bytes(segment.init_uri), [premium.bytes(segment.uri)]) == 50
