"""Name, number and state."""

from support.channel_rules.rule import Rule

NAME_LENGTH = "metadata.name must have at most 50 characters"
NAME_FORM = "metadata.name must consist of a-z, 0-9 and '-'"
DISPLAY_NAME = "displayName must be one line of text and not be empty"

IDENTITY = [
    Rule("", NAME_LENGTH, {"metadata.name": "a" * 50}, {"metadata.name": "a" * 51}, NAME_LENGTH),
    Rule("", NAME_FORM, {"metadata.name": "news-24"}, {"metadata.name": "news.24"}, NAME_FORM),
    Rule("", "required", {}, {"spec": None}, "spec: Required value"),
    Rule("spec", "required", {}, {"spec.displayName": None}, "spec.displayName: Required value"),
    Rule("spec", "required", {}, {"spec.number": None}, "spec.number: Required value"),
    Rule("spec", "required", {}, {"spec.source": None}, "spec.source: Required value"),
    Rule(
        "spec.displayName",
        "maxLength",
        {"spec.displayName": "é" * 100},
        {"spec.displayName": "n" * 101},
        "Too long",
    ),
    Rule(
        "spec.displayName",
        DISPLAY_NAME,
        {"spec.displayName": "News 24"},
        {"spec.displayName": "  "},
        DISPLAY_NAME,
    ),
    Rule(
        "spec.displayName",
        DISPLAY_NAME,
        {"spec.displayName": "Ä & Ö"},
        {"spec.displayName": "a\nb"},
        DISPLAY_NAME,
    ),
    Rule("spec.number", "minimum", {"spec.number": 1}, {"spec.number": 0}, "greater than or equal to 1"),
    Rule(
        "spec.number", "maximum", {"spec.number": 9999}, {"spec.number": 10000}, "less than or equal to 9999"
    ),
    Rule(
        "spec.state",
        "enum",
        {"spec.state": "Stopped"},
        {"spec.state": "Paused"},
        'supported values: "Running", "Stopped"',
    ),
]
