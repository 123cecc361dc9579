"""The entry point: `kubectl telstar`, as kubectl finds it under the name `kubectl-telstar`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from telstar_kubectl import commands
from telstar_kubectl.arguments import USAGE_EXIT, kubectl_flags, parser
from telstar_kubectl.completion import complete
from telstar_kubectl.gathering import Gatherer
from telstar_kubectl.kubectl import Kubectl
from telstar_kubectl.refusals import RefusedError
from telstar_kubectl.terminal import Terminal

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; its exit code is 0, 1 (something is wrong), 2 (usage, cluster) or 130 (Ctrl-C)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    terminal = Terminal.of(sys.stdout, sys.stderr)
    if words[:1] == ["__complete"]:
        return complete(words[1:], terminal)
    given = parser().parse_args(words)
    try:
        return run(given, terminal)
    except RefusedError as refused:
        terminal.tell(f"{terminal.paint('error:', 'bad')} {refused}")
        return USAGE_EXIT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # as in `kubectl telstar logs … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def run(given: argparse.Namespace, terminal: Terminal) -> int:
    """The command that was asked for, in the namespace that is meant."""
    kubectl = Kubectl(kubectl_flags(given))
    if given.command == "version":
        return commands.version(given, kubectl, terminal)
    found = commands.located(kubectl, given.namespace)
    if found.remark:
        terminal.tell(found.remark)
    gatherer = Gatherer(kubectl, found.namespace)
    if given.command == "status":
        return commands.status(given, gatherer, terminal)
    if given.command == "diagnose":
        return commands.diagnose_one(given, gatherer, terminal)
    if given.command == "keys":
        return commands.keys(given, gatherer, terminal)
    command = commands.logs if given.command == "logs" else commands.switch
    return command(given, kubectl, gatherer, terminal)


if __name__ == "__main__":
    sys.exit(main())
