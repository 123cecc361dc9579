"""Keys from a channel's Secret, as kubectl prints it."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from telstar_api.keys import secret_form
from telstar_api.keys.exchange import ReceivedKey, Unreadable

KID, KEY, NEXT_KID, NEXT_KEY = ("0" * 32, "1" * 32, "2" * 32, "3" * 32)
FROM = "2026-11-22T12:00:00Z"
NEXT = {"next-kid": NEXT_KID, "next-key": NEXT_KEY, "next-from": FROM}


def manifest(entries: dict[str, str], encoded: bool = True, **more: Any) -> dict[str, Any]:
    data = {name: base64.b64encode(value.encode()).decode() for name, value in entries.items()}
    kept = {"data": data} if encoded else {"stringData": entries}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, **kept, **more}


@pytest.mark.parametrize("dump", [yaml.safe_dump, json.dumps])
@pytest.mark.parametrize("encoded", [True, False])
def test_the_present_and_the_next_key_are_taken(dump: Any, encoded: bool) -> None:
    content = dump(manifest({"kid": KID, "key": KEY, **NEXT}, encoded)).encode()
    assert secret_form.read(content) == [
        ReceivedKey(KID, bytes.fromhex(KEY), None),
        ReceivedKey(NEXT_KID, bytes.fromhex(NEXT_KEY), datetime(2026, 11, 22, 12, tzinfo=UTC)),
    ]


def test_the_present_key_s_start_counts_where_it_is_noted() -> None:
    (key,) = secret_form.read(json.dumps(manifest({"kid": KID, "key": KEY, "from": FROM})).encode())
    assert key.valid_from == datetime(2026, 11, 22, 12, tzinfo=UTC)


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "nor one Secret"),
    "no YAML": (b"a: [", "neither"),
    "a list": (b"[]", "nor one Secret"),
    "a ConfigMap": (
        json.dumps(manifest({"kid": KID, "key": KEY}) | {"kind": "ConfigMap"}).encode(),
        "one Secret",
    ),
    "data a list": (b"{kind: Secret, data: [1]}", "names with values"),
    "no key": (json.dumps(manifest({"kid": KID})).encode(), "Secret's key is not 32"),
    "upper case": (json.dumps(manifest({"kid": "A" * 32, "key": KEY})).encode(), "Secret's kid is not 32"),
    "not base64": (b"{kind: Secret, data: {kid: '%'}}", "kid is not base64"),
    "half a next key": (
        json.dumps(manifest({"kid": KID, "key": KEY, "next-kid": KID})).encode(),
        "next-from",
    ),
    "the same twice": (
        json.dumps(manifest({"kid": KID, "key": KEY, **NEXT, "next-kid": KID})).encode(),
        "the same",
    ),
    "no time": (
        json.dumps(manifest({"kid": KID, "key": KEY, **NEXT, "next-from": "soon"})).encode(),
        "no time",
    ),
    "a Python object": (b"!!python/object/apply:os.getcwd []", "neither"),
    "too long": (b"#" * (secret_form.MAX_BYTES + 1), "more than"),
    "too deep": (b"[" * 30_000, "neither"),
}


@pytest.mark.parametrize("name", BAD)
def test_anything_else_is_refused_with_the_reason_and_without_the_key(name: str) -> None:
    content, reason = BAD[name]
    with pytest.raises(Unreadable, match=reason) as refused:
        secret_form.read(content)
    assert KEY not in str(refused.value)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_the_answer_is_keys_or_a_reason(content: bytes) -> None:
    with pytest.raises(Unreadable):
        secret_form.read(content)
