"""Keys: made, read, and shown nowhere."""

import base64
from typing import Any

import pytest
from telstar_operator.keys import ChannelKey, InvalidKeyError, make_key, read_key, summarise


def secret(**data: str) -> dict[str, Any]:
    return {"data": {name: base64.b64encode(value.encode()).decode() for name, value in data.items()}}


def test_made_keys_are_128_random_bits_each() -> None:
    made = [make_key() for _ in range(100)]
    assert len({key.kid for key in made}) == len({key.key for key in made}) == 100
    assert all(read_key(secret(kid=key.kid, key=key.key)) == key for key in made)


def test_a_key_is_in_no_repr() -> None:
    key = make_key()
    assert key.key not in repr(key)
    assert key.key not in repr(summarise(secret(kid=key.kid, key=key.key)))


def test_fingerprints_tell_keys_and_kids_apart() -> None:
    one = ChannelKey("a" * 32, "b" * 32)
    assert (
        len(
            {key.fingerprint for key in (one, ChannelKey("a" * 32, "c" * 32), ChannelKey("c" * 32, "b" * 32))}
        )
        == 3
    )
    assert summarise(secret(kid=one.kid.upper(), key=f" {one.key}\n")).fingerprint == one.fingerprint


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, "no data.kid"),
        (secret(kid="a" * 32), "no data.key"),
        (secret(kid="a" * 32, key="b" * 31), "data.key must hold 32 hexadecimal digits"),
        (secret(kid="x" * 32, key="b" * 32), "data.kid must hold 32 hexadecimal digits"),
        ({"data": {"kid": "***", "key": "***"}}, "data.kid must hold"),
        (
            {"data": {"kid": base64.b64encode(bytes(range(200, 216))).decode(), "key": ""}},
            "data.kid must hold",
        ),
    ],
)
def test_what_is_wrong_is_said_without_the_content(found: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidKeyError, match=words):
        read_key(found)
    assert words in (summarise(found).problem or "")
    assert "bbbb" not in (summarise(found).problem or "")
