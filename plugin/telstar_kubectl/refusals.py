"""Why kubectl did not do what it was asked, in words that say what to do."""

from __future__ import annotations

import re

_NOISE = re.compile(r"^[EWIF]\d{4} ")  # klog's own lines, before the one that counts
_FORBIDDEN = re.compile(
    r'\(Forbidden\).*?User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)" '
    r'in API group "(?P<group>[^"]*)"(?: in the namespace "(?P<namespace>[^"]*)")?'
)
_UNREACHABLE = re.compile(
    r"connection to the server|Unable to connect|dial tcp|no such host|[Ii]/O timeout|i/o timeout"
    r"|context was not found|current-context must|context .* does not exist|invalid configuration"
    r"|Error in configuration|error loading config|net/http: |context deadline exceeded|TLS handshake"
)
_UNAUTHORIZED = re.compile(r"Unauthorized|must be logged in|getting credentials|provide credentials")
_KINDS = {
    "no-kubectl", "unreachable", "unauthorized", "forbidden", "not-found", "no-such-path", "pod-unreachable",
    "refused",
}  # fmt: skip


class RefusedError(Exception):
    """kubectl, or what answered it, refused; `kind` is one of the kinds above, for decisions."""

    def __init__(self, kind: str, message: str) -> None:
        assert kind in _KINDS, kind
        super().__init__(message)
        self.kind = kind

    @property
    def concerns_all(self) -> bool:
        """Whether every other question to this cluster would be refused too."""
        return self.kind in ("no-kubectl", "unreachable", "unauthorized")


def refusal(stderr: str) -> RefusedError:
    """What a failed kubectl wrote to its standard error, sorted."""
    lines = [line for line in stderr.splitlines() if line.strip() and not _NOISE.match(line)]
    said = " ".join(lines).strip() or "kubectl failed without saying why"
    forbidden = _FORBIDDEN.search(said)
    if forbidden:
        return RefusedError("forbidden", missing_right(**forbidden.groupdict()))
    if "(Forbidden)" in said:
        return RefusedError("forbidden", said)
    if "error trying to reach service" in said:
        reason = said.split("error trying to reach service:", 1)[-1].strip()
        return RefusedError("pod-unreachable", f"the API server cannot reach the pod: {reason}")
    if "could not find the requested resource" in said or "doesn't have a resource type" in said:
        return RefusedError("no-such-path", said)
    if "(NotFound)" in said:
        return RefusedError("not-found", said)
    if _UNAUTHORIZED.search(said):
        return RefusedError("unauthorized", f"the cluster does not know who you are: {said}")
    if _UNREACHABLE.search(said):
        return RefusedError(
            "unreachable", f"the cluster cannot be reached: {said} (check `kubectl config get-contexts`)"
        )
    return RefusedError("refused", said)


def missing_right(user: str, verb: str, resource: str, group: str, namespace: str | None) -> str:
    """Which rule a Role lacks, in the terms of RBAC."""
    where = f"in namespace {namespace}" if namespace else "in the whole cluster"
    rule = f'apiGroups: ["{group}"], resources: ["{resource}"], verbs: ["{verb}"]'
    return f"{user} may not {verb} {resource} {where}: a Role that allows it needs the rule {{{rule}}}"


def no_channel_resource(context: str) -> RefusedError:
    """The CustomResourceDefinition is not there."""
    return RefusedError(
        "no-such-path",
        f"{context} has no Channel resource (telstar.dev/v1alpha1): install Telstar's chart there "
        "(docs/install.md), or choose another cluster with --context",
    )
