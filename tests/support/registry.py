"""The API's internal endpoints in memory, over TLS, for tests of the operator (docs/architecture.md)."""

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TOKEN = "a-projected-token"


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Paths of a certificate for 127.0.0.1, which is its own authority, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "registry")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "tls.crt", folder / "tls.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate_file, key_file


@dataclass
class FakeRegistry:
    """What the API would keep in its database, and what was asked of it."""

    registrations: dict[str, dict[str, Any]] = field(default_factory=dict)
    incarnation: int = 0
    registered_by: dict[str, int] = field(default_factory=dict)
    """Which incarnation of the operator registered it; what tests put there is the present one's."""
    keys: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    programmes: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    last_segment_time: str | None = None
    requests: list[str] = field(default_factory=list)
    refusal: str | None = None
    broken: set[str] = field(default_factory=set)
    port: int = 0
    _runner: web.AppRunner | None = None

    async def start(self, certificate: Path, key: Path, port: int = 0) -> None:
        """Listen on 127.0.0.1; the port of before where it was started before."""
        app = web.Application(middlewares=[self.note])
        channel = "/internal/v1/channels/{name}"
        app.add_routes(
            [
                web.get("/internal/v1/channels", self.list_registrations),
                web.get(channel, self.view),
                web.put(channel, self.register),
                web.delete(channel, self.deregister),
                web.get(channel + "/keys", self.list_keys),
                web.put(channel + "/keys/{kid}", self.put_key),
                web.get(channel + "/programmes", self.list_titles),
            ]
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, "127.0.0.1", port or self.port, ssl_context=context, reuse_address=True
        )
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def note(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path_qs}")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return problem(401, "The token is not valid.")
        return await handler(request)

    async def view(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name in self.broken:
            return problem(500, "Something broke.")
        return web.json_response(
            {
                "registration": self.known(name),
                "kids": [key["kid"] for key in self.in_order(name)],
                "last_segment_time": self.last_segment_time,
                "stored_from": self.last_segment_time,
            }
        )

    def known(self, name: str) -> dict[str, Any] | None:
        """A registration, and whether it is the present incarnation's own."""
        found = self.registrations.get(name)
        own = self.registered_by.get(name, self.incarnation) == self.incarnation
        return None if found is None else {"own": own, **found}

    async def list_registrations(self, request: web.Request) -> web.Response:
        """With null for what a test left out, as the API answers."""
        of_before = {"uid": None, "reclaim_policy": None}
        listed = [
            {"name": name, **of_before, **(self.known(name) or {})} for name in sorted(self.registrations)
        ]
        return web.json_response({"registrations": listed})

    async def register(self, request: web.Request) -> web.Response:
        if self.refusal:
            return problem(422, self.refusal)
        self.registrations[request.match_info["name"]] = await request.json()
        self.registered_by[request.match_info["name"]] = self.incarnation
        return web.json_response(self.registrations[request.match_info["name"]])

    async def deregister(self, request: web.Request) -> web.Response:
        self.registrations.pop(request.match_info["name"], None)
        if request.query["keys"] == "delete":
            self.keys.pop(request.match_info["name"], None)
        return web.Response(status=204)

    async def list_keys(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": self.in_order(request.match_info["name"])})

    def in_order(self, name: str) -> list[dict[str, str]]:
        """A channel's keys in the order they come into force."""
        return sorted(self.keys.get(name, []), key=lambda key: (_time(key["valid_from"]), key["kid"]))

    async def put_key(self, request: web.Request) -> web.Response:
        name, kid = request.match_info["name"], request.match_info["kid"]
        body, now = await request.json(), _rfc3339(datetime.now(UTC))
        key, valid_from = body["key"], body.get("valid_from")
        for channel, keys in self.keys.items():
            for known in keys:
                if known["kid"] == kid and (channel, known["key"]) != (name, key):
                    return problem(409, "The KID is known with another key.")
                if known["kid"] == kid:
                    known["valid_from"] = valid_from or min(known["valid_from"], now, key=_time)
                    return web.Response(status=204)
        entry = {"kid": kid, "key": key, "registered_at": now, "valid_from": valid_from or now}
        self.keys.setdefault(name, []).append(entry)
        return web.Response(status=204)

    async def list_titles(self, request: web.Request) -> web.Response:
        start, end = request.query["from"], request.query["to"]
        shown = self.programmes.get(request.match_info["name"], [])
        return web.json_response(
            {
                "programmes": [
                    item
                    for item in shown
                    if _time(item["start"]) < _time(end) and _time(item["end"]) > _time(start)
                ]
            }
        )


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def problem(status: int, detail: str) -> web.Response:
    return web.json_response({"detail": detail}, status=status, content_type="application/problem+json")
