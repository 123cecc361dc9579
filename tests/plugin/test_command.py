"""`kubectl telstar` as it is run: the built file, found by a real kubectl, against a server that speaks HTTP.

What the server is asked is held against the Role that docs/kubectl-telstar.md gives to its users.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.small_kube_api import SmallKubeApi, serving

from .conftest import KEY, KID, NEXT_KID, POD

Json = dict[str, Any]
REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs/kubectl-telstar.md"
PROXY = f"/api/v1/namespaces/telstar/pods/http:{POD}:8080/proxy"
CONFIG_MAP = "/api/v1/namespaces/telstar/configmaps/simlive-news"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the built plugin."""
    folder = tmp_path_factory.mktemp("bin")
    subprocess.run([sys.executable, REPOSITORY / "scripts/build-plugin", folder], check=True, timeout=60)
    return folder


@pytest.fixture
def api(bodies: dict[str, Json]) -> Iterator[SmallKubeApi]:
    """A cluster with one channel that is well. SimLive's answers hold a key, which must never be shown."""
    with serving(SmallKubeApi()) as api:
        api.add_channel(bodies["channel"])
        api.add_pod(bodies["pod"])
        api.objects[f"{PROXY}/status"] = {**bodies["status"], "key": KEY}
        api.objects[f"{PROXY}/stored"] = bodies["stored"]
        bodies["stored"]["keys"][0]["key"] = KEY
        api.objects["/apis/apps/v1/namespaces/telstar/deployments/simlive-news"] = {"status": {}}
        configuration = {
            "revision": "00112233aabbccdd",
            "spec": {"source": {"stream": {"url": f"srt://x?{KEY}"}}},
        }
        api.objects[CONFIG_MAP] = {"data": {"channel.json": json.dumps(configuration)}}
        api.lists["/api/v1/namespaces/telstar/events"] = []
        api.logs[POD] = '{"event": "run started", "level": "info", "run": 7}\nnot JSON\n'
        yield api


@pytest.fixture
def run(api: SmallKubeApi, built: Path, tmp_path: Path) -> Run:
    """Runs `kubectl telstar …` with a kubeconfig whose context names the namespace `telstar`."""
    if shutil.which("kubectl") is None:
        raise LookupError('kubectl is not on the PATH: run  eval "$(python3 -m cluster env)"  first')
    write_kubeconfig(tmp_path / "kubeconfig", api.url, "telstar")
    environment = {
        "PATH": f"{built}:{os.environ['PATH']}",
        "KUBECONFIG": str(tmp_path / "kubeconfig"),
        "HOME": str(tmp_path),
    }

    def run(*arguments: str, **extra: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["kubectl", "telstar", *arguments],
            env={**environment, **extra},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def write_kubeconfig(path: Path, server: str, namespace: str | None) -> None:
    context = {"cluster": "here", "user": "me", **({"namespace": namespace} if namespace else {})}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [{"name": "here", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": {}}],
        "contexts": [{"name": "here", "context": context}],
    }
    path.write_text(yaml.safe_dump(config))


def test_status(run: Run) -> None:
    done = run("status")
    assert done.returncode == 0, done.stderr
    header, row, *troubles = done.stdout.splitlines()
    assert header.split() == [
        "NO",
        "NAME",
        "STATE",
        "READY",
        "ON",
        "AIR",
        "LAST",
        "SEGMENT",
        "STORED",
        "SINCE",
        "KEY",
    ]
    assert re.match(r"3 +news +Running +yes +preferred +\S+ .*ago +(2026-11-22 )?09:00:00Z +", row)
    # The bodies' time is long over.
    assert troubles == ["✗ news: no new segments; playing the feed srt://feed:9000"]
    assert done.stderr == "", "in the context's own namespace there is nothing to remark"
    assert "\033" not in done.stdout


def test_status_names_deleted_channels_that_are_not_gone(run: Run, api: SmallKubeApi) -> None:
    leaving = [("old", "Purging", "waiting for the segments"), ("stuck", "PurgeFailed", "see its Job")]
    api.objects["/api/v1/namespaces/telstar/services/http:telstar-operator:8080/proxy/leaving"] = {
        "channels": [{"name": name, "reason": why, "message": words} for name, why, words in leaving]
    }
    done = run("status")
    assert done.stdout.splitlines()[-2:] == [
        "– old: deleted; waiting for the segments (Purging)",
        "✗ stuck: deleted; see its Job (PurgeFailed)",
    ]
    shown = json.loads(run("status", "-o", "json").stdout)
    assert [one["name"] for one in shown["leaving"]] == ["old", "stuck"]
    assert "old: deleted" not in run("status", "news").stdout


@pytest.mark.parametrize(
    ("reason", "code", "what"),
    [("Purging", 0, "deleted"), ("PurgeFailed", 1, "deleted"), ("ChannelKept", 1, "no Channel")],
)
def test_diagnose_of_a_channel_that_has_left(
    run: Run, api: SmallKubeApi, reason: str, code: int, what: str
) -> None:
    api.objects["/api/v1/namespaces/telstar/services/http:telstar-operator:8080/proxy/leaving"] = {
        "channels": [{"name": "old", "reason": reason, "message": "see its Job"}]
    }
    done = run("diagnose", "old")
    assert (done.returncode, done.stdout) == (code, f"old: {what}; see its Job ({reason})\n")
    shown = json.loads(run("diagnose", "old", "-o", "json").stdout)
    assert (shown["channel"], shown["well"]) == ("old", code == 0)
    assert run("diagnose", "older").returncode == 2, "the operator knows nothing of that one"


def test_status_for_programs(run: Run) -> None:
    done = run("status", "news", "-o", "json")
    shown = json.loads(done.stdout)
    assert shown["namespace"] == "telstar"
    assert shown["channels"][0]["key"] == {"kid": KID, "since": "2026-11-22T17:12:00Z"}


def test_diagnose(run: Run) -> None:
    done = run("diagnose", "news")
    assert done.returncode == 1, done.stderr
    assert f"✓ Pod         {POD} on node-1, Running, ready, 0 restarts\n" in done.stdout
    assert "✓ SimLive     run 7, encodes, waiting for the next slot\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("news is not well. Segments: the newest ended ")
    shown = json.loads(run("diagnose", "news", "-o", "json").stdout)
    assert shown["well"] is False
    assert shown["findings"][0] == {
        "area": "Channel",
        "result": "well",
        "headline": "'News 24', number 3, wished Running",
        "facts": [],
        "advice": None,
    }


def test_the_hours_are_asked_for(run: Run, api: SmallKubeApi) -> None:
    run("diagnose", "news", "--hours", "168")
    assert ("GET", f"{PROXY}/stored", "168") in [
        (m, path, query.get("hours")) for m, path, query in api.requests
    ]


def test_a_revision_that_is_not_on_the_air(run: Run, bodies: dict[str, Json], api: SmallKubeApi) -> None:
    api.objects[f"{PROXY}/status"]["revision"] = "f" * 16
    assert (
        "revision ffffffffffffffff is on the air, 00112233aabbccdd is wished"
        in run("diagnose", "news").stdout
    )


def test_keys(run: Run) -> None:
    lines = run("keys", "news").stdout.splitlines()
    assert lines[0].split() == ["KID", "FROM", "UNTIL", "USE"]
    assert [line.split()[0][-1] + line.rsplit("   ", 1)[1].strip() for line in lines[1:]] == [
        "fpast", "1on the air", "2announced",
    ]  # fmt: skip
    assert json.loads(run("keys", "news", "-o", "json").stdout)["keys"][2]["kid"] == NEXT_KID


def test_logs(run: Run, api: SmallKubeApi) -> None:
    assert run("logs", "news").stdout == "- info     run started run=7\nnot JSON\n"
    assert run("logs", "news", "--raw", "--since", "10m", "--tail=5", "-f").stdout == api.logs[POD]
    query = next(query for _, path, query in reversed(api.requests) if path.endswith("/log"))
    assert (query["sinceSeconds"], query["tailLines"], query["follow"]) == ("600", "5", "true")
    former = run("logs", "news", "--previous")
    assert (former.returncode, former.stdout) == (2, "")
    assert f"{POD} has had no life before" in former.stderr


def test_logs_of_a_channel_without_a_pod(run: Run, api: SmallKubeApi) -> None:
    api.lists["/api/v1/namespaces/telstar/pods"].clear()
    done = run("logs", "news")
    assert done.returncode == 2
    assert "channel news has no pod: see `kubectl telstar diagnose news`" in done.stderr


def test_pause_patches_the_state_alone_and_waits(
    run: Run, api: SmallKubeApi, bodies: dict[str, Json]
) -> None:
    body = api.objects["/apis/telstar.dev/v1alpha1/namespaces/telstar/channels/news"]
    before = json.loads(json.dumps(body["spec"]))
    done = run("pause", "news", "--timeout", "1s")
    assert done.returncode == 1, "no operator here"
    assert "channel news (namespace telstar): spec.state is now Stopped" in done.stderr
    assert "waited 1s for the operator to see the change" in done.stderr
    assert body["spec"] == {**before, "state": "Stopped"}
    patched = [query for method, _, query in api.requests if method == "PATCH"]
    assert [query["fieldManager"] for query in patched] == ["kubectl-telstar"]
    body["status"]["observedGeneration"] = body["metadata"]["generation"]
    api.lists["/api/v1/namespaces/telstar/pods"].clear()
    again = run("pause", "news")
    assert again.returncode == 0
    assert "already has spec.state Stopped" in again.stderr
    assert again.stdout.startswith("channel news is stopped")
    assert len([method for method, _, _ in api.requests if method == "PATCH"]) == 1


def test_resume(run: Run, api: SmallKubeApi) -> None:
    body = api.objects["/apis/telstar.dev/v1alpha1/namespaces/telstar/channels/news"]
    body["spec"]["state"], body["metadata"]["generation"] = "Stopped", 1
    done = run("resume", "news")
    assert (done.returncode, done.stdout) == (0, "channel news is on the air\n"), done.stderr
    assert body["spec"]["state"] == "Running"
    body["spec"]["state"] = "Stopped"
    assert run("resume", "news", "--no-wait").stdout == ""
    body["metadata"]["deletionTimestamp"] = "2026-11-22T17:00:00Z"
    assert "is being deleted" in run("pause", "news").stderr


def test_version(run: Run) -> None:
    shown = json.loads(run("version", "-o", "json").stdout)
    chart = yaml.safe_load((REPOSITORY / "charts/telstar/Chart.yaml").read_text())
    assert shown["plugin"] == chart["version"]
    assert shown["kubernetes"] == "v1.34.0"
    assert shown["simlive"] == ["telstar/simlive:1"]


def test_the_plugin_s_own_version_needs_no_cluster(run: Run, tmp_path: Path) -> None:
    write_kubeconfig(tmp_path / "away", "http://127.0.0.1:1", "telstar")
    done = run("version", "--kubeconfig", str(tmp_path / "away"))
    assert done.returncode == 2
    assert re.match(r"plugin +0\.", done.stdout)
    assert "cannot be reached" in done.stderr


def test_status_without_the_right_to_ask_simlive(run: Run, api: SmallKubeApi) -> None:
    api.refused[f"{PROXY}/status"] = forbidden("pods/proxy", "get")
    done = run("status")
    assert "SimLive of news cannot be asked: ann may not get pods/proxy" in done.stderr
    assert "cannot be asked" not in done.stdout


EVERY_COMMAND = (
    *(["status"], ["status", "-o", "json"], ["diagnose", "news"], ["diagnose", "news", "-o", "json"]),
    *(["keys", "news"], ["keys", "news", "-o", "json"], ["logs", "news"], ["version"]),
    *(["pause", "news", "--no-wait"], ["resume", "news", "--no-wait"]),
)


def test_no_command_shows_a_key(run: Run, api: SmallKubeApi) -> None:
    for command in EVERY_COMMAND:
        done = run(*command)
        assert (done.stdout + done.stderr).strip()
        assert KEY not in done.stdout + done.stderr, command


def test_the_documented_roles_are_enough_and_not_more(run: Run, api: SmallKubeApi) -> None:
    for command in EVERY_COMMAND:
        if "json" not in command:  # asks for the same
            run(*command)
    asked = {right(method, path) for method, path, _ in api.requests if "/namespaces/" in path}
    assert asked == documented_rights()


def right(method: str, path: str) -> tuple[str, str, str]:
    """Group, resource and verb of a request, as the API server sees them."""
    api, where = path.split("/namespaces/telstar/")
    group = api.split("/")[2] if api.startswith("/apis/") else ""
    resource, _, rest = where.partition("/")
    subresource = next((f"/{part}" for part in ("proxy", "log") if f"/{part}" in f"/{rest}"), "")
    verb = "patch" if method == "PATCH" else "get" if rest else "list"
    return group, resource + subresource, verb


def documented_rights() -> set[tuple[str, str, str]]:
    """The rules of the Roles on the documentation's page."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    roles = [role for block in blocks for role in yaml.safe_load_all(block) if role["kind"] == "Role"]
    return {
        (group, resource, verb)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def forbidden(resource: str, verb: str, group: str = "") -> tuple[int, str, str]:
    said = f'{resource} is forbidden: User "ann" cannot {verb} resource "{resource}" in API group "{group}"'
    return 403, "Forbidden", f'{said} in the namespace "telstar"'


CHANNELS = "/apis/telstar.dev/v1alpha1/namespaces/telstar/channels"
CORE = "/api/v1/namespaces/telstar"
UNKNOWN_PATH = (404, "NotFound", "the server could not find the requested resource")
UNREACHABLE = (503, "ServiceUnavailable", "error trying to reach service: dial tcp: i/o timeout")
NO_RESOURCE = "error: the cluster has no Channel resource (telstar.dev/v1alpha1): install Telstar's chart"


@pytest.mark.parametrize(
    ("path", "answer", "code", "says"),
    [
        (CHANNELS, forbidden("channels", "list", "telstar.dev"), 2, "error: ann may not list channels in"),
        (CHANNELS, UNKNOWN_PATH, 2, NO_RESOURCE),
        (
            f"{PROXY}/status",
            forbidden("pods/proxy", "get"),
            1,
            "– SimLive     not known: ann may not get pods/p",
        ),
        (
            f"{PROXY}/status",
            UNREACHABLE,
            1,
            "– SimLive     not known: the API server cannot reach the pod: dial",
        ),
        (
            f"{PROXY}/stored",
            UNKNOWN_PATH,
            1,
            "– Coverage    not known: this SimLive (telstar/simlive:1) does n",
        ),
        (CONFIG_MAP, forbidden("configmaps", "get"), 1, "✓ SimLive     run 7"),
        (
            f"{CORE}/events",
            forbidden("events", "list"),
            1,
            "– Warnings    not known: ann may not list events",
        ),
        (f"{CORE}/pods", forbidden("pods", "list"), 1, "– Pod         not known: ann may not list pods"),
    ],
)
def test_refusals_say_what_is_missing(
    run: Run, api: SmallKubeApi, path: str, answer: tuple[int, str, str], code: int, says: str
) -> None:
    api.refused[path] = answer
    done = run("diagnose", "news")
    assert says in done.stdout + done.stderr
    assert done.returncode == code


def test_a_channel_that_does_not_exist(run: Run) -> None:
    done = run("diagnose", "nwes")
    assert (done.returncode, done.stdout) == (2, "")
    assert "namespace telstar has no channel 'nwes'; did you mean news?" in done.stderr


def test_a_context_without_a_namespace(run: Run, api: SmallKubeApi, tmp_path: Path) -> None:
    write_kubeconfig(tmp_path / "bare", api.url, None)
    done = run("status", "--kubeconfig", str(tmp_path / "bare"))
    assert "news" in done.stdout
    assert "in namespace telstar: your context names none" in done.stderr
    before = run("--kubeconfig", str(tmp_path / "bare"), "-n", "empty", "status")
    assert before.returncode == 2 or "no channels in namespace empty" in before.stderr


def test_a_cluster_that_cannot_be_reached(run: Run, tmp_path: Path) -> None:
    write_kubeconfig(tmp_path / "away", "http://127.0.0.1:1", "telstar")
    done = run("status", "--kubeconfig", str(tmp_path / "away"))
    assert done.returncode == 2
    assert done.stderr.startswith(
        "error: the cluster cannot be reached: The connection to the server 127.0.0.1:1"
    )
    assert "Traceback" not in done.stderr


def test_what_answers_is_no_kubernetes(run: Run, api: SmallKubeApi) -> None:
    api.objects[CHANNELS] = "<!doctype html>"  # type: ignore[assignment]
    done = run("status")
    assert done.returncode == 2
    assert "is no Kubernetes API: it begins with '<!doctype html>'" in done.stderr


def test_no_kubectl_on_the_path(built: Path, tmp_path: Path) -> None:
    (tmp_path / "python3").symlink_to(sys.executable)
    done = subprocess.run(
        [built / "kubectl-telstar", "status"],
        env={"PATH": f"{tmp_path}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: kubectl is not in PATH: install it")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["diagnose"],
        ["status", "-o", "yaml"],
        ["logs", "news", "--since", "1d"],
        ["keys", "news", "--hours", "0"],
    ],
)
def test_wrong_usage(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "--help`" in done.stderr


def test_help_teaches(run: Run) -> None:
    assert "Exit codes: 0 well, 1 something is wrong" in run("--help").stdout
    for command in ("status", "diagnose", "logs", "keys", "pause", "resume", "version"):
        shown = run(command, "--help")
        assert f"  kubectl telstar {command}" in shown.stdout
        assert f"## `kubectl telstar {command}" in PAGE.read_text()


def test_completion(run: Run, built: Path) -> None:
    assert "diagnose\twhat is wrong with one, and what to do" in run("__complete", "di").stdout
    assert run("__complete", "-n", "telstar", "res").stdout.startswith("resume\t")
    assert run("__complete", "-n", "empty", "diagnose", "").stdout == ":4\n"
    names = run("__complete", "diagnose", "--context=here", "ne").stdout
    assert names == "news\tNews 24\n:4\n"
    assert os.access(built / "kubectl_complete-telstar", os.X_OK)


def test_the_same_sources_give_the_same_file(built: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, REPOSITORY / "scripts/build-plugin", tmp_path], check=True, timeout=60)
    one, other = (folder.joinpath("kubectl-telstar").read_bytes() for folder in (built, tmp_path))
    assert one == other
    with zipfile.ZipFile(built / "kubectl-telstar") as archive:
        names = set(archive.namelist())
    assert {"__main__.py", "telstar_kubectl/diagnosis.py"} <= names


def test_nothing_but_the_standard_library_is_imported(built: Path) -> None:
    """-S leaves site-packages out; -I the environment."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", built / "kubectl-telstar", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
