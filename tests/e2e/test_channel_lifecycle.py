"""From `kubectl apply` of a Channel to its first decrypted segment, and to nothing left."""

import time
from collections.abc import Callable

from support.database import sql
from support.decrypt import decoded_frames
from support.kube import Kube
from support.viewer import Viewer
from support.waiting import wait_until


def first_decrypted_segment(viewer: Viewer, channel: str, seconds: float) -> int:
    """Frames of the first video segment, once session, playlist, key and decryption all work."""
    answer = wait_until(
        f"{channel} to be playable",
        lambda: (found := viewer.play(channel)).status_code == 201 and found.json(),
        seconds,
        every=0.1,
    )
    tracks = viewer.tracks(answer["manifest_url"])
    video = next(uri for name, uri in tracks.items() if name != "audio")
    first = viewer.segments(video)[0]
    assert first.kid, "the playlist announces no key"
    key = viewer.keys(first.kid)[first.kid]
    return decoded_frames(viewer.bytes(first.init_uri), [viewer.bytes(first.uri)], first.kid, key)


def on_volume(kube: Kube, channel: str) -> list[str]:
    """Files of a channel's folder."""
    line = f"cd /segments/{channel} 2>/dev/null || exit 0; find . -type f"
    return kube.run("exec", "deployment/telstar-edge", "--", "sh", "-c", line).split()


def test_an_applied_channel_is_ready_and_its_first_segment_decrypts(
    make_channel: Callable[..., str], kube: Kube, premium: Viewer
) -> None:
    applied = time.monotonic()
    channel = make_channel(wait=False, segmentDuration="4s")
    frames = first_decrypted_segment(premium, channel, seconds=60)
    elapsed = time.monotonic() - applied
    assert frames == 4 * 25
    print(f"\nfrom apply to the first decrypted segment: {elapsed:.1f} s (segment duration 4 s)")
    for condition in ("Ready", "SourceHealthy"):  # SimLive is asked what it plays moments later
        kube.run("wait", f"--for=condition={condition}", f"channel/{channel}", "--timeout=60s")

    status = kube.get("channel", channel)["status"]
    assert {entry["type"]: entry["status"] for entry in status["conditions"]} == {
        "KeysReady": "True",
        "Registered": "True",
        "Streaming": "True",
        "SourceHealthy": "True",
        "Ready": "True",
    }
    assert status["keyId"] and status["lastSegmentTime"] and status["storedFrom"]


def test_a_deleted_channel_leaves_neither_objects_nor_segments_nor_keys(
    make_channel: Callable[..., str], kube: Kube, premium: Viewer
) -> None:
    channel = make_channel()
    session = premium.play(channel).json()
    uri = premium.tracks(session["manifest_url"])["180p"]
    segment = premium.segments(uri)[0]
    assert premium.license(segment.kid or "").status_code == 200

    keys = f"SELECT count(*) FROM drm_keys WHERE channel = '{channel}'"
    assert sql(kube, keys).strip() == "1"
    kube.delete("channel", channel, seconds=10)

    for kind in ("deployments", "configmaps", "secrets", "pods"):
        wait_until(
            f"no {kind} of {channel}",
            lambda kind=kind: not kube.list(kind, f"telstar.dev/channel={channel}"),
            60,
        )
    wait_until(f"no file of {channel}", lambda: not on_volume(kube, channel), 60)
    wait_until(f"no key of {channel}", lambda: sql(kube, keys).strip() == "0", 30)
    assert premium.http.get(segment.uri).status_code == 404
    assert premium.license(segment.kid or "").status_code == 403
    assert channel not in [found["name"] for found in premium.http.get("/api/v1/channels").json()]


def test_a_retained_channel_keeps_its_segments_and_plays_them_again_when_it_returns(
    make_channel: Callable[..., str], kube: Kube, premium: Viewer
) -> None:
    channel = make_channel(reclaimPolicy="Retain")
    manifest = kube.get("channel", channel)
    assert manifest
    session = premium.play(channel).json()
    before = premium.segments(premium.tracks(session["manifest_url"])["180p"])[0]

    kube.delete("channel", channel, seconds=10)
    registered = f"SELECT count(*) FROM channels WHERE name = '{channel}'"
    wait_until(f"{channel} to be forgotten", lambda: sql(kube, registered).strip() == "0", 60)
    assert sql(kube, f"SELECT count(*) FROM drm_keys WHERE channel = '{channel}'").strip() == "1"
    assert on_volume(kube, channel)
    assert premium.http.get(before.uri).status_code == 200, "the segment was deleted in spite of Retain"

    kube.apply(
        {key: manifest[key] for key in ("apiVersion", "kind", "spec")}
        | {
            "metadata": {"name": channel, "namespace": "telstar"},
        }
    )
    kube.wait_for("channel", channel, "Ready")
    kube.run("patch", "channel", channel, "--type=merge", '--patch={"spec":{"reclaimPolicy":"Delete"}}')
    status = kube.get("channel", channel)["status"]
    assert status["keyId"] == before.kid, "a new key was made while segments under the old one are stored"
    assert premium.play(channel).status_code == 201, "keys are for those who watch the channel"
    premium.keys(before.kid or "")


def test_a_stopped_channel_says_so_and_streams_again_when_started(
    make_channel: Callable[..., str], kube: Kube
) -> None:
    channel = make_channel()
    kube.run("patch", "channel", channel, "--type=merge", '--patch={"spec":{"state":"Stopped"}}')
    kube.wait_for("channel", channel, "Streaming", status="False")
    wait_until("no pod", lambda: not kube.list("pods", f"telstar.dev/channel={channel}"), 60)
    conditions = {entry["type"]: entry for entry in kube.get("channel", channel)["status"]["conditions"]}
    assert conditions["Streaming"]["reason"] == "Stopped"

    kube.run("patch", "channel", channel, "--type=merge", '--patch={"spec":{"state":"Running"}}')
    kube.wait_for("channel", channel, "Ready")
