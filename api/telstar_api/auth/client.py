"""Where a request comes from: the client's address as the edge says, and what it calls itself.

The server in front of the application (uvicorn) puts the address that X-Forwarded-For names in place of the
peer's, where the peer is one of TELSTAR_API_TRUSTED_PROXIES. Nobody else's header is believed.
"""

import ipaddress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

LONGEST_USER_AGENT = 256
IPV6_HOUSEHOLD = 64  # bits of an IPv6 address that one connection to the internet has (RFC 6177)
COARSE = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class Client:
    """`address` is an IP address, or empty where there is none; `user_agent` is printable, and not long."""

    address: str
    user_agent: str

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


async def _client(request: Request) -> Client:
    agent = "".join(letter for letter in request.headers.get("user-agent", "") if letter.isprintable())
    host = request.client.host if request.client else ""
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        address = ""
    return Client(address, agent[:LONGEST_USER_AGENT])


ClientDep = Annotated[Client, Depends(_client)]
