"""The pods' network where the node image is our own; kind's brings one (kindnet) that does the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cluster.docker import Docker
from cluster.nodes import NODES, Kubectl, on_node
from cluster.progress import progress

CONFIGURATION = "/etc/cni/net.d/10-telstar.conflist"


@dataclass(frozen=True)
class Place:
    """Where a node is: its own address, and the range of its pods' addresses (CIDR)."""

    address: str
    pods: str


def conflist(pods: str) -> str:
    """A node's CNI configuration: its pods, with these addresses, on a bridge whose gateway it is."""
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "ipMasq": True,
        "hairpinMode": True,
        "ipam": {"type": "host-local", "ranges": [[{"subnet": pods}]], "routes": [{"dst": "0.0.0.0/0"}]},
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return json.dumps({"cniVersion": "0.4.0", "name": "telstar", "plugins": [bridge, ports]}, indent=2)


def routes(node: str, places: Mapping[str, Place]) -> list[tuple[str, str]]:
    """The routes a node needs to the others' pods: (range of addresses, address of the node they are on)."""
    return [(place.pods, place.address) for name, place in places.items() if name != node]


def ensure_network(docker: Docker, kubectl: Kubectl) -> None:
    """Give each node its CNI configuration, and the routes, which go whenever a node is stopped."""
    with progress.step("Network between the nodes"):
        places = {
            item["metadata"]["name"]: Place(
                _address(docker, item["metadata"]["name"]), str(item["spec"]["podCIDR"])
            )
            for item in kubectl.items("nodes")
            if item["metadata"]["name"] in NODES
        }
        for node, place in places.items():
            write = f"cat >{CONFIGURATION}.new && mv {CONFIGURATION}.new {CONFIGURATION}"
            docker.output("exec", "--interactive", node, "sh", "-c", write, stdin=conflist(place.pods))
            for pods, address in routes(node, places):
                on_node(docker, "ip", "route", "replace", pods, "via", address, node=node)


def _address(docker: Docker, node: str) -> str:
    networks = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
    return docker.output("container", "inspect", "--format", networks, node).split()[0]
