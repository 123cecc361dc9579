"""Whether a live object already is as wished, so that nothing is written in vain.

A live object has more than was applied: the server's defaults and what others added. Only what we wish is
compared.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

LIST_KEYS = ("mountPath", "containerPort", "uid", "name")
"""What tells the items of a list apart in the lists that we apply."""

SUFFIXES: dict[str, Decimal | int] = {
    "": 1, "m": Decimal("0.001"), "u": Decimal("0.000001"), "n": Decimal("0.000000001"),
    "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60,
}  # fmt: skip
QUANTITY = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]|[KMGTPE]i)?")


def covers(live: Any, wished: Any) -> bool:
    """Whether live has everything that is wished."""
    if isinstance(wished, Mapping):
        return isinstance(live, Mapping) and all(
            same_quantities(live.get(key), value)
            if key in ("requests", "limits")
            else covers(live.get(key), value)
            for key, value in wished.items()
        )
    if isinstance(wished, list):
        return isinstance(live, list) and covers_list(live, wished)
    # Kubernetes leaves out what is empty or zero.
    return bool(live == wished or (live is None and wished in ("", 0, False)))


def covers_list(live: Sequence[Any], wished: Sequence[Any]) -> bool:
    """Lists of named items are compared by name, others in order and in full."""
    key = next((key for key in LIST_KEYS if wished and all(has_key(item, key) for item in wished)), None)
    if key is None:
        return len(live) == len(wished) and all(covers(a, b) for a, b in zip(live, wished, strict=True))
    by_key = {item[key]: item for item in live if has_key(item, key)}
    return all(covers(by_key.get(item[key]), item) for item in wished)


def has_key(item: Any, key: str) -> bool:
    """Whether an item of a list can be told by this key."""
    return isinstance(item, Mapping) and key in item


def same_quantities(live: Any, wished: Mapping[str, Any]) -> bool:
    """Resource amounts, which the server writes in its own way: 1000m is 1."""
    return isinstance(live, Mapping) and all(
        name in live and quantity(live[name]) == quantity(amount) for name, amount in wished.items()
    )


def quantity(amount: str | float) -> Decimal | str:
    """The number in a Kubernetes quantity; the text itself where it is none."""
    found = QUANTITY.fullmatch(str(amount))
    if not found:
        return str(amount)
    return Decimal(found[1]) * SUFFIXES[found[2] or ""]
