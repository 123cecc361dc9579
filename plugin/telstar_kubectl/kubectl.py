"""kubectl as a program: every question to the cluster goes through it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from telstar_kubectl.refusals import RefusedError, refusal

Json = dict[str, Any]
FIELD_MANAGER = "kubectl-telstar"
_PATIENCE = 15
_GRACE = 5  # seconds that kubectl gets beyond its own limit


class Kubectl:
    """kubectl with the user's own flags (context, kubeconfig …), each call with a limit of 15 s."""

    def __init__(self, flags: Sequence[str] = (), program: str = "kubectl") -> None:
        self._program, self._flags = program, list(flags)

    def run(self, *arguments: str) -> str:
        """What kubectl printed.

        Raises:
            RefusedError: it could not be run, took too long, or failed.
        """
        command = self._command(arguments)
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=_PATIENCE + _GRACE,
                check=False,
            )
        except FileNotFoundError:
            raise _not_installed(self._program) from None
        except subprocess.TimeoutExpired:
            raise RefusedError(
                "unreachable", f"the cluster cannot be reached: no answer within {_PATIENCE + _GRACE} s"
            ) from None
        if done.returncode:
            raise refusal(done.stderr)
        return done.stdout

    def get(self, path: str, **query: str) -> Json:
        """A path of the Kubernetes API, as JSON; nothing is looked up before, so it is one request."""
        where = f"{path}?{urlencode(query)}" if query else path
        text = self.run("get", "--raw", where)
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise RefusedError(
                "unreachable",
                f"what answers {path} is no Kubernetes API: it begins with {text[:40]!r} "
                "(check `kubectl config get-contexts` and $KUBECONFIG)",
            )
        return found

    def lines(self, *arguments: str) -> Iterator[str]:
        """The lines that kubectl prints, as they come; it is ended when no more are wanted.

        Raises:
            RefusedError: it could not be run, or failed.
        """
        command = [self._program, *arguments, *self._flags]
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaint:
            try:
                process = subprocess.Popen(
                    command, stdout=subprocess.PIPE, stderr=complaint, encoding="utf-8", errors="replace"
                )
            except FileNotFoundError:
                raise _not_installed(self._program) from None
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    yield line.rstrip("\n")
                if process.wait():
                    complaint.seek(0)
                    raise refusal(complaint.read())
            finally:
                process.stdout.close()
                process.terminate()
                process.wait()

    def _command(self, arguments: Sequence[str]) -> list[str]:
        limited = any(flag.startswith("--request-timeout") for flag in self._flags)
        limit = [] if limited else [f"--request-timeout={_PATIENCE}s"]
        return [self._program, *arguments, *limit, *self._flags]


def _not_installed(program: str) -> RefusedError:
    return RefusedError(
        "no-kubectl", f"{program} is not in PATH: install it (https://kubernetes.io/docs/tasks/tools/)"
    )
