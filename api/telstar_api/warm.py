"""Facts kept in memory for as long as Postgres would say the same.

Triggers tell of every change (migration 0009) on the channel `telstar_facts`; a payload is a *topic*, such as
`user:<id>`. What is kept names the topics it depends on, and goes when one of them is told of. While notices
cannot be heard nothing is answered from here.
"""

from collections import OrderedDict
from collections.abc import Collection, Hashable
from typing import Generic, Protocol, TypeVar

CHANNEL = "telstar_facts"
EVERYTHING = "everything"
MOST_KEPT = 10_000
# How many of the last topics are remembered, for facts that are on their way from Postgres.
MOST_RECENT = 10_000

Key = TypeVar("Key", bound=Hashable)
Facts = TypeVar("Facts")


class Fresh(Protocol):
    """Whether notices are heard; `notices.Notices` is one."""

    def fresh(self) -> bool:
        """Whether all that was committed a moment ago has been heard of."""


class Warm(Generic[Key, Facts]):
    """Facts by key, the least lately used go first where there are too many.

    Who reads from Postgres calls `before = warm.moment()` first and `warm.keep(…, before)` after: what was
    told of in between is then not kept, as it may have been read before the change.
    """

    def __init__(self, notices: Fresh, most: int = MOST_KEPT) -> None:
        self._notices, self._most = notices, most
        self._kept: OrderedDict[Key, tuple[Facts, tuple[str, ...]]] = OrderedDict()
        self._depending: dict[str, set[Key]] = {}
        self._count = 0
        self._told: OrderedDict[str, int] = OrderedDict()
        self._floor = 0  # what was begun to be read before this moment is not kept at all

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Facts | None:
        """What is kept, if it still counts."""
        if not self._notices.fresh():
            return None
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def moment(self) -> int:
        """A point in the order of notices."""
        return self._count

    def keep(self, key: Key, facts: Facts, topics: Collection[str], before: int) -> bool:
        """Keep facts that were read after `before`; whether they are kept."""
        if before < self._floor or any(self._told.get(topic, 0) > before for topic in topics):
            return False
        self.forget(key)
        self._kept[key] = facts, tuple(topics)
        for topic in topics:
            self._depending.setdefault(topic, set()).add(key)
        while len(self._kept) > self._most:
            self.forget(next(iter(self._kept)))
        return True

    def forget(self, key: Key) -> None:
        """Let go of what is kept under a key, if anything is."""
        _, topics = self._kept.pop(key, (None, ()))
        for topic in topics:
            keys = self._depending[topic]
            keys.discard(key)
            if not keys:
                del self._depending[topic]

    def changed(self, topic: str) -> None:
        """Something about this topic has changed."""
        if topic == EVERYTHING:
            self.clear()
            return
        self._count += 1
        self._told[topic] = self._count
        self._told.move_to_end(topic)
        if len(self._told) > MOST_RECENT:
            _, self._floor = self._told.popitem(last=False)
        for key in tuple(self._depending.get(topic, ())):
            self.forget(key)

    def clear(self) -> None:
        """Anything may have changed: forget all, and what is being read now."""
        self._count += 1
        self._floor = self._count
        self._told.clear()
        self._kept.clear()
        self._depending.clear()
