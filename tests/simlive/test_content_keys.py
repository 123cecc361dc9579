"""The key files: which key is in force when, and what is wrong with them is named without showing them."""

from pathlib import Path

import pytest
from telstar_simlive.channel import ConfigurationError
from telstar_simlive.content_keys import load_keys

KID, KEY = "0123456789abcdef0123456789abcdef", "00112233445566778899aabbccddeeff"
NEXT = {"next-kid": "f" * 32, "next-key": "e" * 32, "next-from": "2026-11-22T18:24:00Z"}
T = 1795371840_000


def write(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / name).write_text(content)
    return folder


def test_a_key_is_read_from_its_two_files(tmp_path: Path) -> None:
    keys = load_keys(write(tmp_path, kid="0123456789ABCDEF0123456789abcdef\n", key=f"{KEY}\n"))
    assert keys
    assert (keys.present.kid, keys.present.key, keys.upcoming) == (KID, KEY, None)
    assert keys.in_force(T) == keys.present
    assert keys.secrets == (KEY,)


def test_an_announced_key_comes_into_force_at_its_time(tmp_path: Path) -> None:
    keys = load_keys(write(tmp_path, kid=KID, key=KEY, **NEXT))
    assert keys
    assert keys.in_force(T - 1).kid == KID
    assert keys.in_force(T).kid == "f" * 32
    assert keys.secrets == (KEY, "e" * 32)


def test_a_time_may_be_of_any_zone(tmp_path: Path) -> None:
    keys = load_keys(write(tmp_path, kid=KID, key=KEY, **NEXT | {"next-from": "2026-11-22T19:24:00+01:00\n"}))
    assert keys
    assert keys.upcoming
    assert keys.upcoming.since == T


def test_no_key_at_all_is_none_yet(tmp_path: Path) -> None:
    assert load_keys(tmp_path) is None
    assert load_keys(tmp_path / "not mounted") is None


def test_a_secret_is_read_as_of_one_moment(tmp_path: Path) -> None:
    """As the kubelet lays it out: files link into ..data, which links to a folder of the Secret's version."""
    for version, digit in (("..v1", "1"), ("..v2", "2")):
        (tmp_path / version).mkdir()
        write(tmp_path / version, kid=digit * 32, key=digit * 32)
    (tmp_path / "..data").symlink_to("..v1")
    for name in ("kid", "key"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    first = load_keys(tmp_path)
    (tmp_path / "..new").symlink_to("..v2")
    (tmp_path / "..new").replace(tmp_path / "..data")
    second = load_keys(tmp_path)
    assert first
    assert second
    assert (first.present.kid, second.present.kid) == ("1" * 32, "2" * 32)


@pytest.mark.parametrize(
    "key", ["", "00112233445566778899aabbccddeef", "zz112233445566778899aabbccddeeff", "é" * 32]
)
def test_a_bad_key_is_refused_without_showing_it(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_keys(write(tmp_path, kid=KID, key=key))
    assert not key or key not in str(refused.value)


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"kid": KID}, "lacks key"),
        ({"kid": KID, "key": KEY, "next-kid": "f" * 32}, "lacks next-key and next-from"),
        ({"kid": KID, "key": KEY, **NEXT, "next-from": "tomorrow"}, "RFC 3339"),
        ({"kid": KID, "key": KEY, **NEXT, "next-from": "2026-11-22T18:24:00"}, "RFC 3339"),
        ({"kid": KID, "key": KEY, **NEXT, "next-key": "short"}, "key must be 32 hexadecimal digits"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, files: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named) as refused:
        load_keys(write(tmp_path, **files))
    assert KEY not in str(refused.value)
