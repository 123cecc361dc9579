"""The checks that look at the viewer: account, sign-ins, subscriptions, entitlement, streams. Pure."""

from dataclasses import replace
from datetime import timedelta

from telstar_api.diagnosis.check import Check
from telstar_api.diagnosis.findings import Findings
from telstar_api.diagnosis.words import clock
from telstar_api.entitlement.rules import Who

# Refresh tokens last as long: who has not been back since is signed out everywhere.
LATELY = timedelta(days=30)
MOST_LISTED = 10
TOLERATED = "Does not hold any more; what was begun in time may go on."


def checks(findings: Findings) -> list[Check]:
    """All of them, in order."""
    account, *others = _rules(findings)
    return [
        _account(findings, account),
        _signed_in(findings),
        _subscribed(findings),
        *others,
        _streams(findings),
    ]


def _rules(findings: Findings) -> list[Check]:
    """Every rule of entitlement, as it was decided. In a session that may go on, none that fails stops it."""
    fixes = {fix.code: fix for fix in findings.decision.fixes}
    tolerated = bool(findings.going_on)
    return [
        Check(
            rule.code,
            rule.passed or tolerated,
            rule.message if rule.passed or not tolerated else TOLERATED,
            rule.facts,
            fix="" if rule.passed or tolerated else fixes[rule.code].message,
            who=Who.NOBODY if rule.passed else fixes[rule.code].who,
            of_rights=True,
        )
        for rule in findings.decision.checks
    ]


def _account(findings: Findings, rule: Check) -> Check:
    person = findings.person
    facts = {
        "user_id": str(person.id),
        "email": person.email,
        "role": person.role,
        "created_at": person.created_at,
    }
    return replace(rule, facts={**facts, **rule.facts})


def _signed_in(findings: Findings) -> Check:
    lately = [item for item in findings.sign_ins if findings.now - item.last_used <= LATELY]
    facts = {
        "sign_ins": [
            {"since": item.since, "last_used": item.last_used, "device": item.device}
            for item in lately[:MOST_LISTED]
        ]
    }
    if findings.person.asks:
        return Check("not-signed-in", True, "You are signed in.", facts)
    if lately:
        newest = max(item.last_used for item in lately)
        return Check("not-signed-in", True, f"Last signed in or renewed at {clock(newest)}.", facts)
    message = f"Nobody has signed in with this account within the last {LATELY.days} days."
    return Check("not-signed-in", False, message, facts, "Sign in.", Who.VIEWER)


def _subscribed(findings: Findings) -> Check:
    taken = findings.decision.facts.account.subscriptions
    counting = [item for item in taken if item.state(findings.now).counts]
    facts = {
        "subscriptions": [
            {
                "product": item.product.id,
                "name": item.product.name,
                "state": item.state(findings.now),
                "starts": item.starts,
                "ends": item.ends,
                "paid_until": item.paid_until,
            }
            for item in taken
        ]
    }
    if counting:
        names = ", ".join(item.product.name for item in counting)
        return Check("no-subscription", True, f"In force: {names}.", facts)
    message = "No subscription is in force." if taken else "There never was a subscription."
    return Check("no-subscription", False, message, facts, "Take a product.", Who.VIEWER)


def _streams(findings: Findings) -> Check:
    """What is open now. How much may be is said by the rules too-many-streams and too-many-devices."""
    limits = findings.decision.held.limits
    facts = {
        "streams": [
            {
                "session_id": item.id,
                "channel": item.channel,
                "mode": item.mode,
                "device": item.device,
                "since": item.since,
                "last_heard": item.last_heard,
                "position": item.position,
                "player_state": item.player_state,
            }
            for item in findings.watching[:MOST_LISTED]
        ],
        "stream_limit": limits.streams,
        "other_devices": None if findings.devices is None else len(findings.devices),
        "device_limit": limits.devices,
    }
    return Check("open-streams", True, f"Now open: {_counted(len(findings.watching))}.", facts)


def _counted(streams: int) -> str:
    return f"{streams or 'no'} stream{'' if streams == 1 else 's'}"
