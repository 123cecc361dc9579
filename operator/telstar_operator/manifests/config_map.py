"""The ConfigMap that tells SimLive what to do."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telstar_operator.manifests import names
from telstar_operator.resources import Channel, Manifest, written

CHANNEL = "channel.json"
PROGRAMMES = "programmes.json"
NOT_ACTED_ON: dict[str, Any] = {
    "number": True, "state": True, "reclaim_policy": True, "pod_template": True,
    "drm": {"key_secret_ref", "rotation_period"},
}  # fmt: skip
"""What of a spec makes no difference to SimLive."""


@dataclass(frozen=True, slots=True)
class Programme:
    """One entry of the schedule; times in UTC."""

    start: datetime
    end: datetime
    title: str


def revision(channel: Channel) -> str:
    """16 hexadecimal digits that change exactly with what SimLive acts on."""
    spec = channel.spec.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=NOT_ACTED_ON)
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]


def config_map(channel: Channel, titles: str | None = None) -> Manifest:
    """channel.json: name, revision and spec (camelCase, defaults filled in).

    programmes.json holds the titles, a text of programmes_json; only where they are to be burned in.
    """
    configuration = {
        "name": channel.name,
        "revision": revision(channel),
        "spec": channel.spec.model_dump(mode="json", by_alias=True, exclude_none=True),
    }
    data = {CHANNEL: json.dumps(configuration, indent=2, ensure_ascii=False) + "\n"}
    if channel.spec.overlay.programme:
        data[PROGRAMMES] = titles or programmes_json(())
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": names.metadata(channel, names.workload(channel.name)),
        "data": data,
    }


def programmes_json(programmes: Sequence[Programme]) -> str:
    """{"programmes": [{"start", "end", "title"}]}, times in RFC 3339."""
    told = [
        {"start": written(programme.start), "end": written(programme.end), "title": programme.title}
        for programme in programmes
    ]
    return json.dumps({"programmes": told}, indent=2, ensure_ascii=False) + "\n"
