"""The identity provider, as a client asks it (OpenID Connect Discovery 1.0; RFC 6749 §4.1)."""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=10)
MOST_BYTES = 256 * 1024
SCOPE = "openid email"
OK = 200


class ProviderUnavailable(Exception):
    """The provider does not answer, or nothing that can be understood."""


class CodeRefused(Exception):
    """The provider does not take the code: used before, expired, or made for somebody else."""


@dataclass(frozen=True, slots=True)
class Registration:
    """How the provider knows this API. Without a secret it is a public client."""

    issuer: str
    client_id: str
    client_secret: str | None
    redirect: str


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where to ask what; from the provider's own document."""

    authorization: str
    token: str
    keys: str


class Provider:
    """Asks one provider. Nothing is kept: its keys and addresses may change at any time."""

    def __init__(self, registration: Registration) -> None:
        self.registration = registration

    async def authorization_url(self, state: str, nonce: str, code_verifier: str) -> str:
        """Where the browser is to go. Raises ProviderUnavailable."""
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            endpoints = await self._endpoints(session)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self.registration.client_id,
            "redirect_uri": self.registration.redirect,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{endpoints.authorization}{'&' if '?' in endpoints.authorization else '?'}{urlencode(query)}"

    async def redeem(self, code: str, code_verifier: str) -> tuple[str, dict[str, Any]]:
        """The ID token for a code, and the provider's keys. Raises CodeRefused, ProviderUnavailable."""
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            endpoints = await self._endpoints(session)
            answer = await self._token(session, endpoints.token, code, code_verifier)
            keys = await self._document(session, endpoints.keys)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderUnavailable("the token endpoint answers without an ID token")
        return token, keys

    async def _endpoints(self, session: aiohttp.ClientSession) -> Endpoints:
        issuer = self.registration.issuer
        document = await self._document(session, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != issuer:
            raise ProviderUnavailable("the provider's document is another issuer's")
        found = [document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        # What is asked of it must be as safe as the issuer's own address.
        scheme = issuer.split(":", maxsplit=1)[0]
        if not all(isinstance(url, str) and url.startswith((f"{scheme}://", "https://")) for url in found):
            raise ProviderUnavailable("the provider's document lacks an endpoint")
        return Endpoints(*map(str, found))

    async def _token(
        self, session: aiohttp.ClientSession, url: str, code: str, code_verifier: str
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.registration.redirect,
            "code_verifier": code_verifier,
        }
        headers = {"Accept": "application/json"}
        if self.registration.client_secret is None:
            form["client_id"] = self.registration.client_id
        else:  # RFC 6749 §2.3.1: each part form-encoded, then Basic
            pair = f"{quote(self.registration.client_id, '')}:{quote(self.registration.client_secret, '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        status, document = await self._ask(session, "POST", url, data=form, headers=headers)
        if 400 <= status < 500:
            raise CodeRefused
        if status != OK:
            raise ProviderUnavailable(f"the token endpoint answers {status}")
        return document

    async def _document(self, session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
        status, document = await self._ask(session, "GET", url)
        if status != OK:
            raise ProviderUnavailable(f"the provider answers {status}")
        return document

    async def _ask(
        self, session: aiohttp.ClientSession, method: str, url: str, **request: Any
    ) -> tuple[int, dict[str, Any]]:
        try:
            async with session.request(method, url, allow_redirects=False, **request) as answer:
                body = await answer.content.read(MOST_BYTES + 1)
                while len(body) <= MOST_BYTES and (more := await answer.content.read(MOST_BYTES)):
                    body += more
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ProviderUnavailable(type(error).__name__) from error
        try:
            document = json.loads(body) if len(body) <= MOST_BYTES else None
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            if status != OK:
                return status, {}
            raise ProviderUnavailable("the provider answers what is no JSON object")
        return status, document
