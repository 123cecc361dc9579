"""The Secret that hands a channel's key to SimLive."""

from base64 import b64encode

from telstar_operator.manifests import names
from telstar_operator.resources import Channel, Manifest


def key_secret(channel: Channel, kid: str, key: str) -> Manifest:
    """Files kid and key, 32 lower-case hexadecimal digits each."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": names.metadata(channel, channel.key_secret_name),
        "data": {"kid": b64encode(kid.encode()).decode(), "key": b64encode(key.encode()).decode()},
    }
