"""Which passwords may be chosen: NIST SP 800-63B §5.1.1.2. Pure.

Eight characters or more, any characters, nothing about their composition; but none that is known to be
common or that the account itself gives away. The list of common ones is zxcvbn's: 30,000 passwords by how
often they were found in breaches, kept up with that library.
"""

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from telstar_api.auth.passwords import normalised

SHORTEST, LONGEST = 8, 1024
OWN_WORDS = ("telstar",)
COMMON = frozenset(FREQUENCY_LISTS["passwords"])

TOO_SHORT = f"Use at least {SHORTEST} characters."
TOO_LONG = f"Use at most {LONGEST} characters."
TOO_COMMON = "This password is one of the first that somebody would guess: choose another."
TOO_EVEN = "Use more than one or two different characters."
FEWEST_DISTINCT = 3


def objection(password: str, email: str) -> str | None:
    """What stands against this password for the account; None where nothing does."""
    password = normalised(password)
    if len(password) < SHORTEST:
        return TOO_SHORT
    if len(password) > LONGEST:
        return TOO_LONG
    plain = password.casefold()
    if len(set(plain)) < FEWEST_DISTINCT:
        return TOO_EVEN
    # Digits and signs around a common word do not make it uncommon.
    bare = plain.strip("0123456789!?.,-_*#$@ ")
    given_away = {email, *email.split("@"), *OWN_WORDS}
    if plain in COMMON or plain in given_away or bare in given_away:
        return TOO_COMMON
    return None
