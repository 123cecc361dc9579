"""SimLive's log, one JSON object a line (structlog), made readable."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from telstar_kubectl.words import UTC, moment

STYLES = {"debug": "faint", "info": "strong", "warning": "warn", "error": "bad", "critical": "bad"}
_OWN = ("timestamp", "level", "event", "exception")


def readable(line: str, paint: Callable[[str, str], str] = lambda text, _: text) -> str:
    """`time level event field=value …`; a line that is no such object stays as it is."""
    try:
        record = json.loads(line)
    except ValueError:
        return line
    if not isinstance(record, dict) or "event" not in record:
        return line
    level, time = str(record.get("level", "")), moment(record.get("timestamp"))
    shown = time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z" if time else "-"
    style = STYLES.get(level, "strong")
    fields = " ".join(f"{name}={_value(value)}" for name, value in record.items() if name not in _OWN)
    parts = [paint(shown, "faint"), paint(f"{level:<8}", style), paint(str(record["event"]), style)]
    if fields:
        parts.append(fields)
    return "\n".join([" ".join(parts), *_tracebacks(record.get("exception"))])


def _value(value: Any) -> str:
    """Words as they are, quoted where they have spaces; all else as JSON."""
    if isinstance(value, str):
        return (
            value
            if value and not any(sign in value for sign in ' "=\n')
            else json.dumps(value, ensure_ascii=False)
        )
    return json.dumps(value, ensure_ascii=False)


def _tracebacks(exceptions: Any) -> list[str]:
    """Structlog's dict_tracebacks, as Python prints them: innermost call last."""
    lines = []
    for one in exceptions if isinstance(exceptions, list) else ():
        if isinstance(one, Mapping):
            lines.append(f"    {one.get('exc_type')}: {one.get('exc_value')}")
            lines += [
                f"      {frame.get('filename')}:{frame.get('lineno')} in {frame.get('name')}"
                for frame in one.get("frames") or ()
            ]
    return lines
