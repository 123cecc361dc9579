"""The commands: each gathers, has it decided, and writes. They return the exit code."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from telstar_kubectl import __version__, key_history, overview, switching
from telstar_kubectl.answers import Channel, Leaving
from telstar_kubectl.diagnosis import Verdict, diagnose
from telstar_kubectl.facts import Answer, Live
from telstar_kubectl.findings import Finding, Mark
from telstar_kubectl.gathering import GROUP, Gatherer, chosen
from telstar_kubectl.kubectl import FIELD_MANAGER, Kubectl
from telstar_kubectl.log_lines import readable
from telstar_kubectl.namespace import Place, place
from telstar_kubectl.pods import CONTAINER, present
from telstar_kubectl.refusals import RefusedError
from telstar_kubectl.terminal import Terminal, table
from telstar_kubectl.words import UTC, parse_duration, rfc_3339

WELL, WRONG, UNKNOWN = 0, 1, 2
LOOK_EVERY = 1.0  # seconds between looks while waiting
STYLES = {Mark.WELL: "good", Mark.WRONG: "bad", Mark.NEITHER: "faint"}


def now() -> datetime:
    """The present, UTC."""
    return datetime.now(UTC)


def located(kubectl: Kubectl, asked: str | None) -> Place:
    """In which namespace to look."""

    def has_channels(namespace: str) -> bool:
        try:
            return bool(kubectl.get(f"/apis/{GROUP}/namespaces/{namespace}/channels", limit="1")["items"])
        except RefusedError as refused:
            if refused.kind == "no-such-path":  # whoever asks for the channels says what is missing
                return False
            raise

    return place(asked, None if asked else context_namespace(kubectl), has_channels)


def context_namespace(kubectl: Kubectl) -> str | None:
    """The namespace that the context names, if it does; reads kubectl's configuration, not the cluster."""
    try:
        return kubectl.run("config", "view", "--minify", "--output=jsonpath={..namespace}").strip() or None
    except RefusedError as refused:
        if refused.kind == "no-kubectl":
            raise
        return None  # no context: in a pod, or $KUBECONFIG is wrong, which the first question tells


def status(given: argparse.Namespace, gatherer: Gatherer, terminal: Terminal) -> int:
    """`kubectl telstar status`."""
    channels = chosen(gatherer.channels(), given.channels, gatherer.namespace)
    lives = gatherer.overview(channels) if channels else []
    moment = now()
    if given.output == "json":
        shown = [overview.as_json(live, moment) for live in lives]
        body = {"time": rfc_3339(moment), "namespace": gatherer.namespace, "channels": shown}
        if not given.channels:
            body["leaving"] = [asdict(one) for one in gatherer.leaving().value or ()]
        terminal.write(json.dumps(body, indent=2, ensure_ascii=False))
        return WELL
    if lives:
        _write_table(lives, moment, terminal)
    else:
        terminal.tell(f"no channels in namespace {gatherer.namespace} (see --namespace)")
    if not given.channels:
        _write_leaving(gatherer.leaving(), terminal)
    return WELL


def _write_leaving(answer: Answer[tuple[Leaving, ...]], terminal: Terminal) -> None:
    for one in answer.value or ():
        stuck, line = overview.departure(one)
        mark = Mark.WRONG if stuck else Mark.NEITHER
        terminal.write(f"{terminal.paint(mark.value, STYLES[mark])} {line}")
    if answer.problem and not answer.missing:
        terminal.tell(f"the operator cannot be asked what deleted channels have left: {answer.problem}")


def _write_table(lives: Sequence[Live], moment: datetime, terminal: Terminal) -> None:
    rows = [overview.row(live, moment) for live in lives]
    header, *lines = table(overview.HEADER, rows, terminal.width, overview.FLEXIBLE)
    terminal.write(terminal.paint(header, "strong"))
    for line in lines:
        terminal.write(line)
    for live in lives:
        for trouble in overview.troubles(live, moment):
            terminal.write(f"{terminal.paint(Mark.WRONG.value, 'bad')} {live.channel.name}: {trouble}")
    for remark in overview.unasked(lives):
        terminal.tell(remark)


def diagnose_one(given: argparse.Namespace, gatherer: Gatherer, terminal: Terminal) -> int:
    """`kubectl telstar diagnose CHANNEL`."""
    try:
        channel = gatherer.channel(given.channel)
    except RefusedError as refused:
        gone = departed(given.channel, gatherer) if refused.kind == "not-found" else None
        if gone is None:
            raise
        return _write_departure(gone, given, terminal)
    # The clock is read before the questions: what is newer than it is zero seconds old.
    findings, verdict = diagnose(gatherer.facts(channel, now(), given.hours))
    if given.output == "json":
        terminal.write(json.dumps(_diagnosis_json(channel, findings, verdict), indent=2, ensure_ascii=False))
    else:
        _write_findings(findings, terminal)
        terminal.write()
        for line in terminal.wrapped(verdict.sentence, 0):
            terminal.write(terminal.paint(line, "good" if verdict.well else "bad"))
    return WELL if verdict.well else WRONG


def departed(name: str, gatherer: Gatherer) -> Leaving | None:
    """What the operator waits for where there is no such Channel any more, and something of it is left."""
    return next((one for one in gatherer.leaving().value or () if one.name == name), None)


def _write_departure(gone: Leaving, given: argparse.Namespace, terminal: Terminal) -> int:
    stuck, sentence = overview.departure(gone)
    if given.output == "json":
        body = {"time": rfc_3339(now()), "channel": gone.name, "well": not stuck, "verdict": sentence}
        terminal.write(json.dumps({**body, "findings": []}, indent=2, ensure_ascii=False))
    else:
        for line in terminal.wrapped(sentence, 0):
            terminal.write(terminal.paint(line, "bad" if stuck else "faint"))
    return WRONG if stuck else WELL


def _write_findings(findings: list[Finding], terminal: Terminal) -> None:
    width = max(len(finding.area) for finding in findings)
    for finding in findings:
        mark = terminal.paint(finding.mark.value, STYLES[finding.mark])
        first, *rest = terminal.wrapped(finding.headline, width + 4)
        terminal.write(f"{mark} {finding.area:<{width}}  {first}")
        facts = [line for fact in finding.facts for line in terminal.wrapped(fact, width + 4)]
        for line, style in [*((line, None) for line in rest), *((line, "faint") for line in facts)]:
            terminal.write(" " * (width + 4) + (terminal.paint(line, style) if style else line))


def _diagnosis_json(channel: Channel, findings: list[Finding], verdict: Verdict) -> dict[str, Any]:
    return {
        "time": rfc_3339(now()),
        "channel": channel.name,
        "well": verdict.well,
        "verdict": verdict.sentence,
        "findings": [
            {
                "area": finding.area,
                "result": finding.mark.name.lower(),
                "headline": finding.headline,
                "facts": list(finding.facts),
                "advice": finding.advice or None,
            }
            for finding in findings
        ],
    }


def logs(given: argparse.Namespace, kubectl: Kubectl, gatherer: Gatherer, terminal: Terminal) -> int:
    """`kubectl telstar logs CHANNEL`; follows one pod until it ends."""
    channel = gatherer.channel(given.channel)
    pod = present(gatherer.pods(channel.name))
    if pod is None:
        why = "it is stopped" if channel.stopped else f"see `kubectl telstar diagnose {channel.name}`"
        raise RefusedError("not-found", f"channel {channel.name} has no pod: {why}")
    arguments = ["logs", pod.name, f"--container={CONTAINER}", f"--namespace={gatherer.namespace}"]
    arguments += [f"--{flag}" for flag in ("follow", "previous") if getattr(given, flag)]
    arguments += [
        f"--{flag}={value}" for flag in ("since", "tail") if (value := getattr(given, flag)) is not None
    ]
    try:
        for line in kubectl.lines(*arguments):
            terminal.write(line if given.raw else readable(line, terminal.paint))
    except RefusedError as refused:
        if "previous terminated container" in str(refused):
            raise RefusedError(
                "not-found", f"{pod.name} has had no life before: its container never ended"
            ) from None
        raise
    if given.follow:
        terminal.tell(f"pod {pod.name} has ended; run this again to follow the next one")
    return WELL


def keys(given: argparse.Namespace, gatherer: Gatherer, terminal: Terminal) -> int:
    """`kubectl telstar keys CHANNEL`."""
    channel = gatherer.channel(given.channel)
    pod = present(gatherer.pods(channel.name))
    live = Live(channel, pod)
    if pod is not None:
        live = Live(channel, pod, gatherer.simlive(pod), gatherer.stored(pod, given.hours))
    rows, moment = key_history.history(live), now()
    if given.output == "json":
        body = {"channel": channel.name, "keys": [key_history.as_json(row) for row in rows]}
        terminal.write(json.dumps(body, indent=2))
        return WELL
    if not rows:
        encrypted = (
            "it has no key yet" if channel.encrypted else "drm.enabled is false: segments are in the clear"
        )
        terminal.write(f"channel {channel.name} has no keys: {encrypted}")
        return WELL
    header, *lines = table(
        key_history.HEADER, [key_history.cells(row, moment) for row in rows], terminal.width
    )
    terminal.write(terminal.paint(header, "strong"))
    for line in lines:
        terminal.write(line)
    if live.stored.value is None:
        why = live.stored.problem or "no pod runs"
        terminal.tell(f"past keys are not known ({why}); these are from the Channel's status")
    return WELL


def switch(given: argparse.Namespace, kubectl: Kubectl, gatherer: Gatherer, terminal: Terminal) -> int:
    """`kubectl telstar pause CHANNEL` and `resume`."""
    channel, wished = gatherer.channel(given.channel), switching.STATES[given.command]
    where = f"{channel.name} (namespace {gatherer.namespace})"
    if channel.deleting:
        raise RefusedError("refused", f"channel {where} is being deleted; that cannot be taken back")
    if channel.state == wished:
        terminal.tell(f"channel {where} already has spec.state {wished}")
    else:
        patch = json.dumps({"spec": {"state": wished}})
        kubectl.run(
            *("patch", "channels.telstar.dev", channel.name, f"--namespace={gatherer.namespace}"),
            *("--type=merge", f"--patch={patch}", f"--field-manager={FIELD_MANAGER}", "--output=name"),
        )
        terminal.tell(f"channel {where}: spec.state is now {wished}")
    if not given.wait:
        return WELL
    return _await(channel.name, given, gatherer, terminal)


def _await(name: str, given: argparse.Namespace, gatherer: Gatherer, terminal: Terminal) -> int:
    """Looks until the channel is there or the time is up; says each time that it waits for something else."""
    deadline, told = time.monotonic() + parse_duration(given.timeout).total_seconds(), ""
    while True:
        found = switching.progress(gatherer.channel(name), gatherer.pods(name))
        if found.there:
            terminal.write(f"channel {name} {switching.DONE[given.command]}")
            return WELL
        if found.waiting_for != told:
            told = found.waiting_for
            terminal.tell(f"waiting for {told}")
        if time.monotonic() > deadline:
            terminal.tell(f"waited {given.timeout} for {told}; see `kubectl telstar diagnose {name}`")
            return WRONG
        time.sleep(LOOK_EVERY)


def version(given: argparse.Namespace, kubectl: Kubectl, terminal: Terminal) -> int:
    """`kubectl telstar version`; the plugin's own is told also where no cluster answers."""
    client = json.loads(kubectl.run("version", "--client", "--output=json"))
    body: dict[str, Any] = {
        "plugin": __version__,
        "kubectl": client.get("clientVersion", {}).get("gitVersion"),
        "channelApi": GROUP,
    }
    code = WELL
    try:
        body["kubernetes"] = kubectl.get("/version").get("gitVersion")
        pods = Gatherer(kubectl, located(kubectl, given.namespace).namespace).pods()
        body["simlive"] = sorted({pod.image for pod in pods if pod.image})
    except RefusedError as refused:
        terminal.tell(str(refused))
        code = UNKNOWN
    if given.output == "json":
        terminal.write(json.dumps(body, indent=2))
        return code
    for name, value in body.items():
        terminal.write(f"{name:<11} {', '.join(value) if isinstance(value, list) else value}")
    return code
