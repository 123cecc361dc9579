"""What a reconciliation remembers of its channel, and what it reaches to act."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from telstar_operator.cluster import Cluster
from telstar_operator.plan.facts import RegistryAway, RegistryView
from telstar_operator.registry import Registry
from telstar_operator.store import Store


@dataclass(slots=True)
class Memory:
    """What one channel's reconciliations remember; all of it can be found out again."""

    uid: str
    view: RegistryView | RegistryAway | None = None
    viewed_at: datetime | None = None
    confirmed_key: str | None = None
    conflicting_key: str | None = None
    refused: dict[str, str] = field(default_factory=dict)


class Reach(Protocol):
    """Where actions take effect."""

    store: Store
    cluster: Cluster
    registry: Registry
