"""What an ID token has to be before anybody is let in by it (OpenID Connect Core §3.1.3.7). Pure."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

# Asymmetric ones only: `none` and the HMACs are not among them, whatever a token's header says.
ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA"})
REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
SKEW = timedelta(seconds=60)
OLDEST = timedelta(minutes=10)  # one that was issued longer ago is not the answer to this request
LONGEST_SUBJECT = 255


class IdTokenRefused(Exception):
    """The ID token does not prove who somebody is; the message says why, without its content."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must have been made for."""

    issuer: str
    client_id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at a provider; `email` only where the provider says that it is verified."""

    issuer: str
    subject: str
    email: str | None


def identity(token: str, keys: Mapping[str, Any], expected: Expected, now: datetime) -> Identity:
    """Who the token is about. `keys` is the provider's JWK Set. Raises IdTokenRefused."""
    try:
        key = _key(token, keys)
        claims = jwt.decode(
            token,
            key,
            [key.algorithm_name],
            audience=expected.client_id,
            issuer=expected.issuer,
            # Times are judged below, by the clock the rest of the API goes by.
            options={
                "require": REQUIRED,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "enforce_minimum_key_length": True,  # RSA of 2048 bits (RFC 7518 §3.3)
            },
        )
        _must_be_of_now(claims, now)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise IdTokenRefused(type(error).__name__) from error
    return _identity(claims, expected)


def _key(token: str, keys: Mapping[str, Any]) -> jwt.PyJWK:
    header = jwt.get_unverified_header(token)
    verifying = [key for key in keys["keys"] if _may_verify(key)]
    known = [key for key in jwt.PyJWKSet(verifying).keys if key.public_key_use in (None, "sig")]
    if "kid" in header:
        known = [key for key in known if key.key_id == header["kid"]]
    if len(known) != 1:
        raise IdTokenRefused("it names no key of the provider's")
    (key,) = known
    if key.algorithm_name not in ALGORITHMS or header.get("alg") != key.algorithm_name:
        raise IdTokenRefused("its algorithm is not that of the key")
    return key


def _may_verify(key: object) -> bool:
    """Whether a JWK's `key_ops`, where it has them, are for this (RFC 7517 §4.3)."""
    return isinstance(key, dict) and "verify" in key.get("key_ops", ("verify",))


def _must_be_of_now(claims: Mapping[str, Any], now: datetime) -> None:
    seconds = now.timestamp()
    if float(claims["exp"]) <= seconds - SKEW.total_seconds():
        raise IdTokenRefused("it has expired")
    issued = float(max(claims["iat"], claims.get("nbf", 0)))
    if issued > seconds + SKEW.total_seconds():
        raise IdTokenRefused("it is not valid yet")
    if float(claims["iat"]) < seconds - OLDEST.total_seconds():
        raise IdTokenRefused("it is too old")


def _identity(claims: Mapping[str, Any], expected: Expected) -> Identity:
    nonce, subject, email = claims["nonce"], claims["sub"], claims.get("email")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise IdTokenRefused("it answers another request")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else expected.client_id) != expected.client_id:
        raise IdTokenRefused("it was issued to another client")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\0" in subject:
        raise IdTokenRefused("it is about nobody")
    # The boolean alone: a provider that says "true" in words says it of addresses nobody looked at.
    verified = claims.get("email_verified") is True and isinstance(email, str)
    return Identity(expected.issuer, subject, email if verified else None)
