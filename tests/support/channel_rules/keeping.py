"""Segments, retention, keys, and where the pod runs."""

from typing import Any

from support.channel_rules.rule import Changes, Rule

SEGMENT = "segmentDuration must be whole seconds from 1s to 10s"
RETENTION = "retention must be a whole number of hours, minutes or seconds from 1m to 8760h"
KEY_UNUSED = "drm.keySecretRef has no use while drm.enabled is false"
KEY_NAME = "drm.keySecretRef.name must be the name of a Secret"
ROTATION = "drm.rotationPeriod must be a whole number of hours, minutes or seconds from 1m to 8760h"


def own_key(name: str) -> Changes:
    """A key of one's own."""
    return {"spec.drm.keySecretRef": {"name": name}}


def toleration(**fields: Any) -> Changes:
    """One toleration."""
    return {"spec.podTemplate.tolerations": [fields]}


KEEPING = [
    Rule(
        "spec.segmentDuration",
        "maxLength",
        {"spec.segmentDuration": "10s"},
        {"spec.segmentDuration": "100s"},
        "Too long",
    ),
    Rule(
        "spec.segmentDuration",
        SEGMENT,
        {"spec.segmentDuration": "1s"},
        {"spec.segmentDuration": "0s"},
        SEGMENT,
    ),
    Rule(
        "spec.segmentDuration",
        SEGMENT,
        {"spec.segmentDuration": "10s"},
        {"spec.segmentDuration": "11s"},
        SEGMENT,
    ),
    Rule(
        "spec.segmentDuration",
        SEGMENT,
        {"spec.segmentDuration": "6s"},
        {"spec.segmentDuration": "1m"},
        SEGMENT,
    ),
    Rule(
        "spec.retention",
        "maxLength",
        {"spec.retention": "8760h"},
        {"spec.retention": "1000000000s"},
        "Too long",
    ),
    Rule("spec.retention", RETENTION, {"spec.retention": "1m"}, {"spec.retention": "59s"}, RETENTION),
    Rule("spec.retention", RETENTION, {"spec.retention": "8760h"}, {"spec.retention": "8761h"}, RETENTION),
    Rule("spec.retention", RETENTION, {"spec.retention": "90m"}, {"spec.retention": "7d"}, RETENTION),
    Rule(
        "spec.drm",
        KEY_UNUSED,
        own_key("my-keys"),
        {"spec.drm": {"enabled": False, "keySecretRef": {"name": "a"}}},
        KEY_UNUSED,
    ),
    Rule(
        "spec.drm",
        KEY_UNUSED,
        {"spec.drm.enabled": False},
        {"spec.drm.enabled": False, **own_key("a")},
        KEY_UNUSED,
    ),
    Rule(
        "spec.drm.keySecretRef",
        "required",
        own_key("a"),
        {"spec.drm.keySecretRef": {}},
        "spec.drm.keySecretRef.name: Required value",
    ),
    Rule("spec.drm.keySecretRef.name", "maxLength", own_key("a" * 253), own_key("a" * 254), "Too long"),
    Rule("spec.drm.keySecretRef.name", KEY_NAME, own_key("my.keys-1"), own_key("My_Keys"), KEY_NAME),
    Rule(
        "spec.drm.rotationPeriod",
        "maxLength",
        {"spec.drm.rotationPeriod": "24h"},
        {"spec.drm.rotationPeriod": "2400000000h"},
        "Too long",
    ),
    Rule(
        "spec.reclaimPolicy",
        "enum",
        {"spec.reclaimPolicy": "Retain"},
        {"spec.reclaimPolicy": "Recycle"},
        'supported values: "Delete", "Retain"',
    ),
    Rule(
        "spec.podTemplate.tolerations[].operator",
        "enum",
        toleration(operator="Exists"),
        toleration(operator="Is"),
        "supported values",
    ),
    Rule(
        "spec.podTemplate.tolerations[].effect",
        "enum",
        toleration(effect="NoExecute"),
        toleration(effect="Never"),
        "supported values",
    ),
    *(
        Rule(
            "spec.drm.rotationPeriod",
            ROTATION,
            {"spec.drm.rotationPeriod": accepted},
            {"spec.drm.rotationPeriod": rejected},
            ROTATION,
        )
        for accepted, rejected in (
            ("1m", "59s"),
            ("60s", "0s"),
            ("90m", "1d"),
            ("24h", "1.5h"),
            ("86400s", "86400"),
            ("8760h", "8761h"),
        )
    ),
]
