"""How a diagnosis says things."""

from datetime import datetime, timedelta

from telstar_api.diagnosis.findings import Findings
from telstar_api.entitlement.rights import Right


def deed(findings: Findings) -> str:
    """What is asked about: `watch News live`."""
    facts = findings.decision.facts
    match facts.right, facts.programme:
        case Right.START_OVER, programme if programme is not None:
            return f"start “{programme.title}” over"
        case Right.CATCH_UP, programme if programme is not None:
            return f"catch up on “{programme.title}”"
    return f"watch {findings.channel.display_name} live"


def clock(moment: datetime) -> str:
    """A moment, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def lasting(length: timedelta) -> str:
    """A length of time in its two largest units: `2 h 5 min`."""
    seconds = round(length.total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def percent(fraction: float) -> float:
    """Per cent with one decimal, rounded so that only all is 100 and only nothing is 0."""
    if fraction <= 0 or fraction >= 1:
        return 100.0 if fraction >= 1 else 0.0
    return min(99.9, max(0.1, round(fraction * 100, 1)))
