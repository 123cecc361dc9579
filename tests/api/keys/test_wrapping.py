"""Key wrapping: against Wycheproof, damage, the wrong key-encryption key, and what logs may show."""

import secrets
import traceback
from typing import Any

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from hypothesis import given
from hypothesis import strategies as st
from support.wycheproof import vectors
from telstar_api.keys.wrapping import (
    KeyEncryptionKey,
    KeyWrapping,
    UnknownKeyEncryptionKey,
    WrongKeyEncryptionKey,
)

CURRENT, FORMER = secrets.token_bytes(32), secrets.token_bytes(32)
KEY = secrets.token_bytes(16)


def of_wycheproof(name: str) -> list[tuple[KeyEncryptionKey, dict[str, Any]]]:
    found = [(KeyEncryptionKey(bytes.fromhex(test["key"])), test) for _, test in vectors(name)]
    assert {len(kek.material) for kek, _ in found} == {16, 24, 32}
    assert {test["result"] for _, test in found} >= {"valid", "invalid"}
    return found


def test_wrapping_with_padding_agrees_with_wycheproof() -> None:
    for kek, test in of_wycheproof("aes_kwp_test.json"):
        message, wrapped = bytes.fromhex(test["msg"]), bytes.fromhex(test["ct"])
        if test["result"] == "invalid":
            with pytest.raises(WrongKeyEncryptionKey):
                kek.unwrap(wrapped)
        else:  # valid, or acceptable: keys of fewer than 16 bytes
            assert kek.wrap(message) == wrapped, test["tcId"]
            assert kek.unwrap(wrapped) == message, test["tcId"]


def test_unwrapping_without_padding_agrees_with_wycheproof() -> None:
    for kek, test in of_wycheproof("aes_wrap_test.json"):
        wrapped = bytes.fromhex(test["ct"])
        if test["result"] == "valid":
            assert kek.unwrap_unpadded(wrapped) == bytes.fromhex(test["msg"]), test["tcId"]
        else:  # acceptable are messages of 8 bytes, which RFC 3394 has no form for
            with pytest.raises(WrongKeyEncryptionKey):
                kek.unwrap_unpadded(wrapped)


def test_no_damaged_vector_opens_as_a_content_key_and_every_whole_one_does() -> None:
    opened = 0
    for kek, test in of_wycheproof("aes_kwp_test.json"):
        wrapping, message = KeyWrapping(kek.material), bytes.fromhex(test["msg"])
        wrapped = bytes.fromhex(test["ct"])
        if test["result"] == "valid" and len(message) == 16:
            assert wrapping.unwrap(wrapped, kek.id) == message, test["tcId"]
            opened += 1
        else:
            assert not wrapping.opens(wrapped, kek.id), test["tcId"]
    assert opened


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
def test_what_is_wrapped_opens_as_it_was(key: bytes, kek: bytes) -> None:
    wrapping = KeyWrapping(kek)
    wrapped = wrapping.wrap(key)
    assert len(wrapped) == 24
    assert key not in wrapped
    assert wrapping.unwrap(wrapped) == wrapping.unwrap(wrapped, wrapping.current_id) == key


@given(st.integers(0, 24 * 8 - 1), st.booleans())
def test_one_flipped_bit_is_found_out(bit: int, padded: bool) -> None:
    wrapping = KeyWrapping(CURRENT)
    wrapped = bytearray(wrapping.wrap(KEY) if padded else aes_key_wrap(CURRENT, KEY))
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(WrongKeyEncryptionKey):
        wrapping.unwrap(bytes(wrapped))


@pytest.mark.parametrize("wrapped", [b"", b"\0" * 8, b"\0" * 16, b"\0" * 24, b"\0" * 25])
def test_what_was_never_wrapped_does_not_open(wrapped: bytes) -> None:
    with pytest.raises(WrongKeyEncryptionKey):
        KeyWrapping(CURRENT, [FORMER]).unwrap(wrapped)


def test_what_a_former_key_wrapped_opens_and_new_keys_go_under_the_current_one() -> None:
    before, after = KeyWrapping(FORMER), KeyWrapping(CURRENT, [FORMER])
    old, new = before.wrap(KEY), after.wrap(KEY)
    assert after.unwrap(old, before.current_id) == after.unwrap(old) == after.unwrap(new) == KEY
    assert after.ids == {before.current_id, after.current_id}
    with pytest.raises(UnknownKeyEncryptionKey, match=after.current_id):
        before.unwrap(new, after.current_id)
    with pytest.raises(WrongKeyEncryptionKey, match="any key-encryption key here"):
        before.unwrap(new)
    with pytest.raises(WrongKeyEncryptionKey, match="though it says so"):
        after.unwrap(old, after.current_id)


def test_keys_wrapped_before_there_was_padding_still_open() -> None:
    old = aes_key_wrap(FORMER, KEY)
    assert KeyWrapping(CURRENT, [FORMER]).unwrap(old) == KEY


def test_a_longer_secret_is_no_content_key() -> None:
    with pytest.raises(WrongKeyEncryptionKey):
        KeyWrapping(CURRENT).unwrap(KeyEncryptionKey(CURRENT).wrap(secrets.token_bytes(17)))


def test_an_id_is_the_same_everywhere_and_tells_keys_apart() -> None:
    assert KeyEncryptionKey(bytes(range(32))).id == "97f89532e4473099"
    assert len({KeyEncryptionKey(secrets.token_bytes(32)).id for _ in range(1000)}) == 1000


def test_nothing_of_a_key_is_in_what_gets_printed() -> None:
    kek, wrapping = KeyEncryptionKey(CURRENT), KeyWrapping(CURRENT, [FORMER])
    printed = [repr(kek), str(kek), repr(wrapping), f"{vars(wrapping)}"]
    try:
        wrapping.unwrap(b"\0" * 24)
    except WrongKeyEncryptionKey as error:
        printed.append("".join(traceback.format_exception(error)))
        assert error.__cause__ is None
    for text in printed:
        for secret in (CURRENT, FORMER):
            assert secret.hex() not in text
            assert repr(secret)[2:-1] not in text
