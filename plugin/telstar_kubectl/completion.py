"""What a shell offers on the tab key: commands, then the names of channels (kubectl's plugin completion)."""

from __future__ import annotations

from collections.abc import Sequence

from telstar_kubectl.arguments import HELP
from telstar_kubectl.commands import located
from telstar_kubectl.gathering import Gatherer
from telstar_kubectl.kubectl import Kubectl
from telstar_kubectl.refusals import RefusedError
from telstar_kubectl.terminal import Terminal

NO_FILES = ":4"  # cobra's ShellCompDirectiveNoFileComp


def complete(words: Sequence[str], terminal: Terminal) -> int:
    """Writes cobra's completion protocol: one candidate a line, its meaning after a tab, then a directive."""
    before, begun = list(words[:-1]), words[-1] if words else ""
    plain = [word for word in before if not word.startswith("-")]
    candidates = [f"{name}\t{meaning}" for name, meaning in HELP.items()] if not plain else _names()
    for candidate in candidates:
        if candidate.startswith(begun):
            terminal.write(candidate)
    terminal.write(NO_FILES)
    return 0


def _names() -> list[str]:
    """A shell that completes has no place for an error message: then nothing is offered."""
    kubectl = Kubectl(["--request-timeout=3s"])
    try:
        gatherer = Gatherer(kubectl, located(kubectl, None).namespace)
        return [f"{channel.name}\t{channel.display_name}" for channel in gatherer.channels()]
    except RefusedError:
        return []
