"""The Secret that hands a channel's keys to SimLive."""

from base64 import b64encode

from telstar_operator.manifests import names
from telstar_operator.resources import Channel, Manifest

FILES = ("kid", "key", "from", "next-kid", "next-key", "next-from")
"""Every file such a Secret may have; from is when the present key came into force."""


def key_secret(channel: Channel, files: dict[str, str]) -> Manifest:
    """The Secret with these files; kid and key are 32 lower-case hexadecimal digits, times RFC 3339."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": names.metadata(channel, channel.key_secret_name),
        "data": {name: b64encode(text.encode()).decode() for name, text in files.items()},
    }
