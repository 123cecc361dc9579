"""The chart as Helm renders it."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parents[2] / "charts/telstar"
Manifest = Mapping[str, Any]
Render = Callable[..., list[Manifest]]


def helm_template(
    values: Mapping[str, Any], namespace: str = "telstar", cluster: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run `helm template` with these values; with a cluster to look into, if so asked."""
    if shutil.which("helm") is None:
        raise LookupError('helm is not on the PATH: run  eval "$(python3 -m cluster env)"  first')
    where = "--dry-run=server" if cluster else "--kube-version=1.34"
    return subprocess.run(
        ["helm", "template", "telstar", str(CHART), f"--namespace={namespace}", where, "--values", "-"],
        input=yaml.safe_dump(values),
        capture_output=True,
        text=True,
        timeout=60,
    )


def render(values: Mapping[str, Any] | None = None, namespace: str = "telstar") -> list[Manifest]:
    """The release's objects, hooks included."""
    result = helm_template(values or {}, namespace)
    assert result.returncode == 0, result.stderr
    return [manifest for manifest in yaml.safe_load_all(result.stdout) if manifest]


def refusal(values: Mapping[str, Any]) -> str:
    """What Helm says when it will not render these values; empty when it does."""
    result = helm_template(values)
    return result.stderr if result.returncode else ""
