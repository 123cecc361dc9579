"""A Channel's status, as it is applied to the status subresource."""

from telstar_operator.resources import API_VERSION, Channel, ChannelStatus, Manifest


def channel_status(channel: Channel, status: ChannelStatus) -> Manifest:
    """The whole status; what is absent from it is removed."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Channel",
        "metadata": {
            "name": channel.name,
            "namespace": channel.metadata.namespace,
            "uid": channel.metadata.uid,
        },
        "status": status.model_dump(mode="json", by_alias=True, exclude_none=True),
    }
