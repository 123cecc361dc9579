"""A small OpenID provider on a real port: it signs real tokens, checks PKCE and its clients' secrets."""

import base64
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from aiohttp import BasicAuth, web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

CLIENT_ID, CLIENT_SECRET = "telstar web", "s3cret:with/signs"
KID = "signing-1"
KEY = generate_private_key(65537, 2048)  # making one takes long, so that all tests share it


@dataclass
class SmallProvider:
    """Who signs in there is `user`; `claims`, `headers`, `key` and `algorithm` make its tokens wrong."""

    now: Callable[[], datetime]
    port: int = 0
    user: dict[str, Any] = field(default_factory=lambda: {"sub": "grace-1"})
    claims: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)
    key: RSAPrivateKey | str | None = KEY
    algorithm: str = "RS256"
    token: str | None = None  # answered instead of a right one
    issuer_it_says: str | None = None
    down: bool = False
    granted: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def authorize(self, url: str) -> dict[str, str]:
        """What a browser does there, signed in as `user`: the query it is sent back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.granted[code] = query
        return {"code": code, "state": query["state"]}

    def application(self) -> web.Application:
        """Its web server."""
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._document)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/token", self._token)
        return app

    async def _document(self, _: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=500)
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        endpoints = {name: f"{self.issuer}/{path}" for name, path in names.items()}
        return web.json_response({"issuer": self.issuer_it_says or self.issuer, **endpoints})

    async def _keys(self, _: web.Request) -> web.Response:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return web.json_response({"keys": [{**public, "kid": KID, "use": "sig", "alg": "RS256"}]})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        # As sent: RFC 6749 §2.3.1 has both parts form-encoded.
        client = BasicAuth.decode(request.headers["Authorization"])
        if (client.login, client.password) != ("telstar%20web", "s3cret%3Awith%2Fsigns"):
            return web.json_response({"error": "invalid_client"}, status=401)
        granted = self.granted.pop(str(form["code"]), None)
        challenge = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if (
            granted is None
            or granted["redirect_uri"] != form["redirect_uri"]
            or granted["code_challenge"] != base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": "x", "id_token": self.token or self._signed(granted)})

    def _signed(self, granted: dict[str, str]) -> str:
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": int(self.now().timestamp()),
            "exp": int((self.now() + timedelta(minutes=5)).timestamp()),
            "nonce": granted["nonce"],
            **self.user,
            **self.claims,
        }
        body = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(body, self.key, self.algorithm, headers={"kid": KID, **self.headers})  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def serving(provider: SmallProvider) -> AsyncIterator[SmallProvider]:
    """The provider, on a port of its own."""
    runner = web.AppRunner(provider.application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.port = runner.addresses[0][1]
    try:
        yield provider
    finally:
        await runner.cleanup()
