"""What a shell offers on the tab key: commands, then the names of channels (kubectl's plugin completion)."""

from __future__ import annotations

from collections.abc import Sequence

from telstar_kubectl.arguments import HELP, PASSED_ON
from telstar_kubectl.commands import located
from telstar_kubectl.gathering import Gatherer
from telstar_kubectl.kubectl import Kubectl
from telstar_kubectl.refusals import RefusedError
from telstar_kubectl.terminal import Terminal

NO_FILES = ":4"  # cobra's ShellCompDirectiveNoFileComp


def complete(words: Sequence[str], terminal: Terminal) -> int:
    """Writes cobra's completion protocol: one candidate a line, its meaning after a tab, then a directive."""
    before, begun = list(words[:-1]), words[-1] if words else ""
    namespace, flags, plain = _taken_apart(before)
    candidates = [f"{name}\t{meaning}" for name, meaning in HELP.items()]
    if plain:
        candidates = _names(namespace, flags)
    for candidate in candidates:
        if candidate.startswith(begun):
            terminal.write(candidate)
    terminal.write(NO_FILES)
    return 0


def _taken_apart(words: Sequence[str]) -> tuple[str | None, list[str], list[str]]:
    """The namespace, the flags for kubectl, and the words that are no flags, of a line that is half typed."""
    namespace, flags, plain, left = None, [], [], list(words)
    while left:
        word = left.pop(0)
        name, equals, value = word.partition("=")
        if name not in ("-n", "--namespace", *(f"--{flag}" for flag in PASSED_ON)):
            plain += [] if word.startswith("-") else [word]
            continue
        value = value if equals else left.pop(0) if left else ""
        if name in ("-n", "--namespace"):
            namespace = value
        else:
            flags.append(f"{name}={value}")
    return namespace, flags, plain


def _names(namespace: str | None, flags: list[str]) -> list[str]:
    """A shell that completes has no place for an error message: then nothing is offered."""
    kubectl = Kubectl(["--request-timeout=3s", *flags])
    try:
        gatherer = Gatherer(kubectl, located(kubectl, namespace).namespace)
        return [f"{channel.name}\t{channel.display_name}" for channel in gatherer.channels()]
    except RefusedError:
        return []
