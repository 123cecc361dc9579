"""Which passwords may be chosen (NIST SP 800-63B §5.1.1.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_api.accounts import password_rules
from telstar_api.auth import passwords

EMAIL = "grace.hopper@example.com"


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("seven77", "at least 8"),
        ("x" * 1025, "at most 1024"),
        ("aaaaaaaaaa", "different characters"),
        ("password1", "first that somebody would guess"),
        ("PassWord1", "first that somebody would guess"),
        ("ｐａｓｓｗｏｒｄ１", "first that somebody would guess"),
        ("1q2w3e4r5t", "first that somebody would guess"),
        (EMAIL, "first that somebody would guess"),
        ("Grace.Hopper1!", "first that somebody would guess"),
        ("telstar2026!", "first that somebody would guess"),
    ],
)
def test_weak_passwords_are_told_why(password: str, says: str) -> None:
    assert says in (password_rules.objection(password, EMAIL) or "")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "        tea ",
        "жёлтый-чай",
        "🐎🔋📎✅🌍🚀🛰️📺",
        "onlyletters q",
        "48151623421",
        "xyz " * 256,
    ],
)
def test_nothing_is_asked_of_the_composition(password: str) -> None:
    assert password_rules.objection(password, EMAIL) is None


@given(st.text(max_size=30), st.emails())
def test_a_judgement_does_not_depend_on_how_characters_are_composed(password: str, email: str) -> None:
    composed = passwords.normalised(password)
    assert password_rules.objection(password, email) == password_rules.objection(composed, email)


async def test_a_password_opens_whichever_keyboard_it_is_typed_on() -> None:
    hashed = passwords.hash_password("cafe\u0301 au lait")
    assert await passwords.matches("caf\u00e9 au lait", hashed)
    assert not await passwords.matches("cafe au lait", hashed)
