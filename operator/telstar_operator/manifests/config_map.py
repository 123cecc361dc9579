"""The ConfigMap that tells SimLive what to do."""

import json

from telstar_operator.manifests import names
from telstar_operator.resources import Channel, Manifest


def config_map(channel: Channel) -> Manifest:
    """channel.json: the channel's name and its spec, camelCase, defaults filled in."""
    configuration = {
        "name": channel.name,
        "spec": channel.spec.model_dump(mode="json", by_alias=True, exclude_none=True),
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": names.metadata(channel, names.workload(channel.name)),
        "data": {"channel.json": json.dumps(configuration, indent=2, ensure_ascii=False) + "\n"},
    }
