"""Channels play on without the operator; back again, it repairs what was damaged meanwhile."""

import base64
from collections.abc import Callable

from support.kube import Kube
from support.viewer import Viewer
from support.waiting import wait_until


def secret_key(kube: Kube, name: str) -> tuple[str, str] | None:
    """(kid, key) in a channel's own Secret, or None where it is missing."""
    found = kube.get("secret", f"simlive-{name}-key")
    if found is None:
        return None
    kid, key = (base64.b64decode(found["data"][entry]).decode() for entry in ("kid", "key"))
    return kid, key


def newest_sequence(viewer: Viewer, channel: str) -> int:
    """The sequence of the newest segment a viewer is offered."""
    session = viewer.play(channel).json()
    segment = viewer.segments(viewer.tracks(session["manifest_url"])["180p"])[-1]
    return int(segment.uri.rsplit("-", 1)[-1].removesuffix(".m4s"))


def test_channels_play_on_without_the_operator_and_it_repairs_a_lost_deployment(
    make_channel: Callable[..., str], kube: Kube, premium: Viewer
) -> None:
    channel = make_channel()
    with kube.away("telstar-operator"):
        before = newest_sequence(premium, channel)
        wait_until("three more segments", lambda: newest_sequence(premium, channel) >= before + 3, 30)
        kube.run("delete", "deployment", f"simlive-{channel}")
    wait_until("its Deployment to be back", lambda: kube.get("deployment", f"simlive-{channel}"), 60)
    lost = newest_sequence(premium, channel)
    wait_until("segments again", lambda: newest_sequence(premium, channel) > lost, 60)
    kube.wait_for("channel", channel, "Ready")


def test_a_lost_secret_is_restored_with_the_same_key(make_channel: Callable[..., str], kube: Kube) -> None:
    channel = make_channel()
    key = secret_key(kube, channel)
    assert key
    kube.run("delete", "secret", f"simlive-{channel}-key")
    wait_until("the Secret to be back", lambda: secret_key(kube, channel), 30)
    assert secret_key(kube, channel) == key

    with kube.away("telstar-operator"):
        kube.run("delete", "secret", f"simlive-{channel}-key")
        kube.run("delete", "deployment", f"simlive-{channel}")
    wait_until("the Secret to be back", lambda: secret_key(kube, channel), 60)
    assert secret_key(kube, channel) == key
    kube.wait_for("channel", channel, "Ready")


def test_a_lost_secret_is_not_replaced_while_the_api_cannot_be_asked(
    make_channel: Callable[..., str], kube: Kube
) -> None:
    channel = make_channel()
    key = secret_key(kube, channel)
    with kube.away("telstar-api"):
        kube.run("delete", "secret", f"simlive-{channel}-key")
        kube.wait_for("channel", channel, "KeysReady", status="False", seconds=60)
        assert secret_key(kube, channel) is None
        conditions = {entry["type"]: entry for entry in kube.get("channel", channel)["status"]["conditions"]}
        assert conditions["KeysReady"]["reason"] == "RegistryUnavailable"
        assert conditions["Streaming"]["status"] == "True", "the channel must play on"
    wait_until("the Secret to be back", lambda: secret_key(kube, channel), 60)
    assert secret_key(kube, channel) == key
    kube.wait_for("channel", channel, "Ready")


def test_an_altered_secret_is_set_right(make_channel: Callable[..., str], kube: Kube) -> None:
    channel = make_channel()
    key = secret_key(kube, channel)
    other = base64.b64encode(b"00" * 16).decode()
    kube.run(
        "patch", "secret", f"simlive-{channel}-key", "--type=merge", f'--patch={{"data":{{"key":"{other}"}}}}'
    )
    wait_until("the registered key to be restored", lambda: secret_key(kube, channel) == key, 30)
