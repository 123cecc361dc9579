"""The command line, and the help that explains it."""

from __future__ import annotations

import argparse
from typing import NoReturn

from telstar_kubectl.words import parse_duration

USAGE_EXIT = 2
EPILOGUE = """\
Authentication, clusters and proxies are kubectl's own: whatever `kubectl get channels`
can reach, this can. It reads Channels, Deployments, pods, Jobs and Events, asks SimLive
pods through the API server (pods/proxy), and changes nothing but a Channel's spec.state
(pause, resume). It never reads Secrets and never shows a key.

Exit codes: 0 well, 1 something is wrong with a channel, 2 wrong usage, or the cluster
did not answer."""

DESCRIPTIONS = {
    "status": """\
A table of the channels, and one line for each that is not well: why, in its condition's
words. ON AIR is the source: preferred, backup-1 to backup-3, slate (no source plays),
ended (a playlist that does not loop).""",
    "diagnose": """\
Everything that can be found out about one channel, in the order of cause, each with a
mark: ✓ well, ✗ wrong, – not known, does not apply, or over. The last sentence is the
verdict and what to do next.""",
    "logs": "The log of the channel's SimLive pod, one line an event: time (UTC), level, event, fields.",
    "keys": """\
The key ids of a channel's stored time: from when until when, which is on the air, which
comes next. Never key material: this command could not show it, since it reads no Secret.""",
    "pause": """\
Sets spec.state to Stopped. The encoder finishes its segment and ends; what is stored
stays and can be watched until its retention has passed. Where GitOps owns the manifest,
change it there instead, or it is put back.""",
    "resume": "Sets spec.state to Running, and waits until the channel is Ready: segments are published.",
    "version": "The version of this plugin, of kubectl and Kubernetes, and of the SimLive images that run.",
}
HELP = {
    "status": "what all channels do",
    "diagnose": "what is wrong with one, and what to do",
    "logs": "what its SimLive pod writes",
    "keys": "its key ids",
    "pause": "stop it",
    "resume": "start it again",
    "version": "of this plugin and what it talks to",
}
EXAMPLES = {
    "status": "  kubectl telstar status\n  kubectl telstar status news cinema -o json",
    "diagnose": "  kubectl telstar diagnose news\n  kubectl telstar diagnose news --hours 168",
    "logs": "  kubectl telstar logs news -f\n  kubectl telstar logs news --previous\n"
    "  kubectl telstar logs news --since 10m --raw",
    "keys": "  kubectl telstar keys news --hours 168",
    "pause": "  kubectl telstar pause news",
    "resume": "  kubectl telstar resume news --timeout 2m",
    "version": "  kubectl telstar version",
}
PASSED_ON = ("context", "cluster", "user", "kubeconfig", "as", "as-group", "request-timeout")


class Parser(argparse.ArgumentParser):
    """argparse, ending with this plugin's exit code for wrong usage."""

    def error(self, message: str) -> NoReturn:
        """Says what is wrong and where the help is."""
        self.exit(USAGE_EXIT, f"{self.prog}: {message}\nSee `{self.prog} --help`.\n")


def parser() -> Parser:
    """The whole command line. kubectl's own flags may stand before or after the command."""
    top = _parser("kubectl telstar", "Telstar's channels: what they do, and why one does not.", EPILOGUE)
    _add_kubectl_flags(top, None)
    common = Parser(add_help=False)
    _add_kubectl_flags(common, argparse.SUPPRESS)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    made = {
        name: commands.add_parser(
            name,
            help=HELP[name],
            description=DESCRIPTIONS[name],
            epilog=f"examples:\n{EXAMPLES[name]}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[common],
        )
        for name in HELP
    }
    _add_own_flags(made)
    return top


def _parser(prog: str, description: str, epilogue: str) -> Parser:
    return Parser(
        prog=prog,
        description=description,
        epilog=epilogue,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_own_flags(made: dict[str, Parser]) -> None:
    made["status"].add_argument("channels", nargs="*", metavar="CHANNEL", help="only these")
    for name in ("diagnose", "logs", "keys", "pause", "resume"):
        made[name].add_argument("channel", metavar="CHANNEL", help="metadata.name of the Channel")
    for name in ("status", "diagnose", "keys", "version"):
        made[name].add_argument(
            "-o", "--output", choices=["text", "json"], default="text", help="text (default) or json"
        )
    for name in ("diagnose", "keys"):
        made[name].add_argument(
            "--hours",
            type=_hours,
            default=24,
            metavar="N",
            help="how far back to look, 1 to 8760 (default 24)",
        )
    logs = made["logs"]
    logs.add_argument("-f", "--follow", action="store_true", help="go on with what is written from now on")
    logs.add_argument(
        "--since", type=_duration, metavar="10m", help="only what is younger, for example 90s, 10m or 2h"
    )
    logs.add_argument("--tail", type=_count, metavar="N", help="only the last N lines")
    logs.add_argument(
        "--previous", action="store_true", help="of the container's life before: why did it end?"
    )
    logs.add_argument("--raw", action="store_true", help="the lines as they are, JSON")
    for name in ("pause", "resume"):
        made[name].add_argument(
            "--wait", action=argparse.BooleanOptionalAction, default=True, help="until it is done (default)"
        )
        made[name].add_argument(
            "--timeout",
            type=_duration,
            default="60s",
            metavar="60s",
            help="how long to wait at most (default 60s)",
        )


def _add_kubectl_flags(to: argparse.ArgumentParser, default: str | None) -> None:
    group = to.add_argument_group("flags of kubectl")
    group.add_argument(
        "-n", "--namespace", default=default, help="where the channels are (default: the context's)"
    )
    for flag in PASSED_ON:
        group.add_argument(f"--{flag}", default=default, metavar="…", help="passed on to kubectl")


def kubectl_flags(given: argparse.Namespace) -> list[str]:
    """The flags that every kubectl gets."""
    flags = ((flag, getattr(given, flag.replace("-", "_"), None)) for flag in PASSED_ON)
    return [f"--{flag}={value}" for flag, value in flags if value is not None]


def _hours(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 8760:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of hours from 1 to 8760")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _duration(text: str) -> str:
    try:
        parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text
