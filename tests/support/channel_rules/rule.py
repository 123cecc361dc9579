"""One rule of the Channel's schema, seen from both sides."""

from typing import Any, NamedTuple

Changes = dict[str, Any]
"""Values by path, for a small valid Channel; None removes."""


class Rule(NamedTuple):
    """A rule, by the schema's path and keyword (or a CEL rule's message).

    With it a manifest that it accepts, one that it rejects, and what the API server says of the latter.
    """

    path: str
    keyword: str
    accepted: Changes
    rejected: Changes
    says: str
