"""The cluster's nodes and its API: by which names, and through which programs, they are reached."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.docker import Docker
from cluster.process import output

NAME = "telstar"
CONTEXT = f"kind-{NAME}"
NODE = f"{NAME}-control-plane"
"""The first node: the API server, the ingress and the database are here."""
NODES = (NODE, f"{NAME}-worker")
"""The containers that are the nodes, the first one first."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl, always on this cluster."""

    program: Path

    def command(self, *arguments: str | Path) -> list[str | Path]:
        """The command line of a kubectl call."""
        return [self.program, "--context", CONTEXT, *arguments]

    def output(self, *arguments: str | Path, stdin: str | None = None, timeout: float = 60) -> str:
        """Run kubectl and return what it printed."""
        return output(self.command(*arguments), stdin=stdin, timeout=timeout)

    def items(self, kind: str, *arguments: str) -> list[dict[str, Any]]:
        """The objects of a kind, as the API shows them."""
        listed = json.loads(self.output("get", kind, "--output", "json", *arguments))
        found: list[dict[str, Any]] = listed["items"]
        return found


def on_node(docker: Docker, *argv: str, node: str = NODE, timeout: float = 60) -> str:
    """Run a command on a node and return what it printed."""
    return docker.output("exec", node, *argv, timeout=timeout)
