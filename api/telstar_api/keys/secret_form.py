"""Reading keys from a channel's Secret, as `kubectl get secret … --output yaml` (or json) prints it. Pure.

Its entries are those that a SimLive pod reads (docs/architecture.md): `kid` and `key`, and once the next key
is announced `next-kid`, `next-key`, `next-from`. The operator's own has `from` too, the present key's start.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime

import yaml

from telstar_api.keys.exchange import ReceivedKey, Unreadable

MAX_BYTES = 64 * 1024
HEX_128 = re.compile(r"[0-9a-f]{32}")


def read(document: bytes) -> list[ReceivedKey]:
    """The Secret's present key and, where it is announced, the next one. Raises Unreadable."""
    entries = _entries(document)
    keys = [_key(entries, "kid", "key", "from")]
    if any(name in entries for name in ("next-kid", "next-key", "next-from")):
        if "next-from" not in entries:
            raise Unreadable("it has a next key without next-from, the time from which it is in force")
        keys.append(_key(entries, "next-kid", "next-key", "next-from"))
    if len({each.kid for each in keys}) < len(keys):
        raise Unreadable("kid and next-kid are the same")
    return keys


def _entries(document: bytes) -> Mapping[str, str]:
    if len(document) > MAX_BYTES:
        raise Unreadable(f"it has more than {MAX_BYTES} bytes")
    try:
        manifest = yaml.safe_load(document)
    except (yaml.YAMLError, ValueError, RecursionError):
        # Without YAML's own words: they show the lines around, which may be keys.
        raise Unreadable("it is neither a CPIX document nor YAML or JSON") from None
    if not isinstance(manifest, dict) or manifest.get("kind") != "Secret":
        raise Unreadable("it is neither a CPIX document nor one Secret")
    plain, encoded = manifest.get("stringData") or {}, manifest.get("data") or {}
    if not isinstance(plain, dict) or not isinstance(encoded, dict):
        raise Unreadable("the Secret's data are not names with values")
    decoded = {str(name): _decoded(str(name), value) for name, value in encoded.items()}
    return decoded | {str(name): str(value).strip() for name, value in plain.items()}


def _decoded(name: str, value: object) -> str:
    try:
        return base64.b64decode(str(value), validate=True).decode().strip()
    except (binascii.Error, ValueError):
        raise Unreadable(f"the Secret's {name} is not base64") from None


def _key(entries: Mapping[str, str], kid: str, key: str, start: str) -> ReceivedKey:
    for name in (kid, key):
        if not HEX_128.fullmatch(entries.get(name, "")):
            raise Unreadable(f"the Secret's {name} is not 32 lower-case hexadecimal digits")
    valid_from = None
    if start in entries:
        try:
            valid_from = datetime.fromisoformat(entries[start])
        except ValueError:
            valid_from = None
        if valid_from is None or valid_from.tzinfo is None:
            raise Unreadable(f"the Secret's {start} is no time with an offset, such as 2027-01-01T00:00:00Z")
    return ReceivedKey(entries[kid], bytes.fromhex(entries[key]), valid_from)
