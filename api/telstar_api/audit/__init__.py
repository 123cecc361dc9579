"""Who did what, and when: `audit.record(session, …)` writes it down in the caller's own transaction.

What is recorded stays: the table refuses changes and deletions.
"""

from telstar_api.audit.service import ANYBODY, OPERATOR, SYSTEM, record

__all__ = ["ANYBODY", "OPERATOR", "SYSTEM", "record"]
