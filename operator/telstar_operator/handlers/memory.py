"""What a reconciliation remembers of its channel, and what it reaches to act."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from telstar_operator.cluster import Cluster
from telstar_operator.plan.facts import RegistryAway, RegistryView
from telstar_operator.plan.simlive import SimLiveStatus
from telstar_operator.registry import Registry
from telstar_operator.resources import Channel
from telstar_operator.store import Store

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Memory:
    """What one channel's reconciliations remember; all of it can be found out again.

    seen is the Channel as it was last. settled: the last reconciliation found everything as wished. confirmed
    and conflicting are fingerprints of keys that the API took or refused; starts tells since when keys are in
    force. told is SimLive's last word, with its pod's uid.
    """

    uid: str
    seen: Channel | None = None
    view: RegistryView | RegistryAway | None = None
    viewed_at: datetime | None = None
    settled: bool = False
    confirmed: set[str] = field(default_factory=set)
    conflicting: set[str] = field(default_factory=set)
    starts: dict[str, datetime] = field(default_factory=dict)
    titles: str | None = None
    titles_at: datetime | None = None
    told: tuple[str, SimLiveStatus] | None = None
    refused: dict[str, str] = field(default_factory=dict)


class Reach(Protocol):
    """Where actions take effect."""

    store: Store
    cluster: Cluster
    registry: Registry

    @property
    def clock(self) -> Clock:
        """UTC."""
