"""Where a request comes from: the client's address as the edge says, and what it calls itself.

The server in front of the application (uvicorn) puts the address that X-Forwarded-For names in place of the
peer's, where the peer is one of TELSTAR_API_TRUSTED_PROXIES. Nobody else's header is believed.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from telstar_api.context import ClockDep

LONGEST_USER_AGENT = 256
IPV6_HOUSEHOLD = 64  # bits of an IPv6 address that one connection to the internet has (RFC 6177)
COARSE = {4: 24, 6: 48}
DEVICE_COOKIE = "telstar_device"
DEVICE_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Client:
    """`address` is an IP address, or empty where there is none; `user_agent` is printable, and not long.

    `device` is the cookie by which an account may know the browser.
    """

    address: str
    user_agent: str
    device: str | None = field(default=None, repr=False)

    @property
    def household(self) -> str:
        """Whom limits take for one: an IPv4 address, or an IPv6 network of /64."""
        return self._network({4: 32, 6: IPV6_HOUSEHOLD})

    @property
    def neighbourhood(self) -> str:
        """The network, coarse enough to be kept and fine enough to recognise oneself by: /24 or /48."""
        return self._network(COARSE)

    def _network(self, bits: dict[int, int]) -> str:
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return ""
        if isinstance(address, ipaddress.IPv6Address):
            address = address.ipv4_mapped or ipaddress.IPv6Address(int(address))  # without its zone
        return str(ipaddress.ip_network(f"{address}/{bits[address.version]}", strict=False))


@dataclass(frozen=True, slots=True)
class Occasion:
    """When something is asked for, and from where."""

    now: datetime
    client: Client


async def _client(request: Request) -> Client:
    agent = "".join(letter for letter in request.headers.get("user-agent", "") if letter.isprintable())
    host = request.client.host if request.client else ""
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        address = ""
    device = request.cookies.get(DEVICE_COOKIE)
    if device is not None and not DEVICE_SECRET.fullmatch(device):
        device = None
    return Client(address, agent[:LONGEST_USER_AGENT], device)


async def _occasion(client: Annotated[Client, Depends(_client)], clock: ClockDep) -> Occasion:
    return Occasion(clock.now(), client)


OccasionDep = Annotated[Occasion, Depends(_occasion)]
