"""The command line: ``python3 -m cluster COMMAND``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from cluster import commands
from cluster.cache import Cache, cache_from
from cluster.errors import ClusterError
from cluster.progress import progress


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python3 -m cluster", description="A kind cluster that runs Telstar.")
    subcommands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = subcommands.add_parser("up", help="bring everything up, the demo included")
    up.add_argument("--bare", action="store_true", help="only the cluster, its ingress and its volumes")
    subcommands.add_parser("down", help="delete the cluster; stop the Docker daemon that up started")
    subcommands.add_parser("clean", help="down, and remove everything cached")
    subcommands.add_parser("images", help="build the product's images")
    subcommands.add_parser("docker", help="have a Docker daemon and the images that others are built on")
    tools = subcommands.add_parser("tools", help="have kind, helm, kubectl, kwok, kubeconform, vegeta")
    tools.add_argument("names", nargs="*", help="which of them; all if none is named")
    subcommands.add_parser(
        "env", help="print shell lines: DOCKER_HOST, KUBECONFIG, PATH with these tools first"
    )
    return top


def main(argv: list[str]) -> int:
    """Run one command; a failure is told in words and ends with exit code 1."""
    arguments = parser().parse_args(argv)
    actions: dict[str, Callable[[Cache], None]] = {
        "up": lambda cache: commands.up(cache, bare=arguments.bare),
        "down": commands.down,
        "clean": commands.clean,
        "images": commands.images_only,
        "docker": commands.docker_only,
        "tools": lambda cache: commands.tools(cache, arguments.names),
        "env": commands.env,
    }
    try:
        actions[arguments.command](cache_from(os.environ))
    except ClusterError as failure:
        progress.say(f"\n{failure}")
        return 1
    except KeyboardInterrupt:
        progress.say("\nInterrupted. What is done stays done; run it again to go on.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
