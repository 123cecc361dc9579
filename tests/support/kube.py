"""The cluster as kubectl shows it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from support.waiting import wait_until

Resource = dict[str, Any]


@dataclass(frozen=True)
class Kube:
    """kubectl in one namespace; a refusal raises CalledProcessError with kubectl's own words."""

    namespace: str = "telstar"

    def run(self, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        """What kubectl printed."""
        done = subprocess.run(
            ["kubectl", "--namespace", self.namespace, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=180,
        )
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(arguments)} failed: {done.stderr.strip()}")
        return done.stdout

    def get(self, kind: str, name: str) -> Resource | None:
        """One object, or None where there is none."""
        found = self.run("get", kind, name, "--ignore-not-found", "--output=json")
        return json.loads(found) if found else None

    def list(self, kind: str, selector: str = "") -> list[Resource]:
        """All objects of a kind that carry the selector's labels."""
        items: list[Resource] = json.loads(self.run("get", kind, f"--selector={selector}", "--output=json"))[
            "items"
        ]
        return items

    def apply(self, *resources: Resource) -> None:
        """Apply manifests."""
        listing = {"apiVersion": "v1", "kind": "List", "items": list(resources)}
        self.run("apply", "--filename=-", stdin=json.dumps(listing))

    def delete(self, kind: str, name: str, seconds: int = 90) -> None:
        """Delete an object and wait until it is gone."""
        self.run("delete", kind, name, "--ignore-not-found", f"--timeout={seconds}s")

    def condition(self, kind: str, name: str, condition: str) -> str | None:
        """ "True", "False", "Unknown", or None where the condition isn't set for the current generation."""
        found = self.get(kind, name)
        if found is None:
            return None
        for entry in found.get("status", {}).get("conditions", []):
            if entry["type"] == condition and entry["observedGeneration"] == found["metadata"]["generation"]:
                return str(entry["status"])
        return None

    def wait_for(
        self, kind: str, name: str, condition: str, status: str = "True", seconds: float = 120
    ) -> None:
        """Wait until a condition has a status."""
        wait_until(
            f"{kind} {name} to be {condition}={status}",
            lambda: self.condition(kind, name, condition) == status,
            seconds,
        )

    def pod(self, selector: str, seconds: float = 60) -> str:
        """The name of the one running, not terminating pod with these labels."""

        def running() -> str | None:
            names = [
                pod["metadata"]["name"]
                for pod in self.list("pods", selector)
                if "deletionTimestamp" not in pod["metadata"] and pod["status"]["phase"] == "Running"
            ]
            return names[0] if len(names) == 1 else None

        return wait_until(f"one running pod with {selector}", running, seconds)

    def scale(self, name: str, replicas: int, kind: str = "deployment") -> None:
        """Scale a workload and wait until its pods are ready, or gone, the ending ones included."""
        self.run("scale", f"{kind}/{name}", f"--replicas={replicas}")

        def settled() -> bool:
            found = self.get(kind, name)
            assert found is not None, f"no {kind} {name}"
            labels = found["spec"]["selector"]["matchLabels"]
            pods = self.list("pods", ",".join(f"{name}={value}" for name, value in labels.items()))
            return len(pods) == replicas == found["status"].get("readyReplicas", 0)

        wait_until(f"{kind} {name} to have {replicas} ready pods and no other", settled, 120)

    @contextmanager
    def away(self, name: str, kind: str = "deployment") -> Iterator[None]:
        """Without a workload's pods; they are back, and ready, when the block ends."""
        found = self.get(kind, name)
        assert found, f"no {kind} {name}"
        self.scale(name, 0, kind)
        try:
            yield
        finally:
            self.scale(name, found["spec"]["replicas"], kind)
