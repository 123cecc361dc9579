"""What single values do, and what the schema refuses."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509 import DNSName, SubjectAlternativeName, load_pem_x509_certificate
from support.helm_chart import CHART, Manifest, refusal, render

CRDS = Path(__file__).parents[2] / "crds"
EXAMPLES = Path(__file__).parents[2] / "examples/demo"


def find(release: list[Manifest], kind: str, name: str) -> Manifest:
    found = [each for each in release if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, f"{kind} {name}: {len(found)} of them"
    return found[0]


def names(release: list[Manifest], kind: str) -> set[str]:
    return {each["metadata"]["name"] for each in release if each["kind"] == kind}


def secret(release: list[Manifest], name: str, key: str) -> bytes:
    return base64.b64decode(find(release, "Secret", name)["data"][key])


def texts(folder: Path) -> list[str]:
    return [file.read_text() for file in folder.glob("*.yaml")]


def pod(release: list[Manifest], deployment: str) -> Manifest:
    spec: Manifest = find(release, "Deployment", deployment)["spec"]["template"]["spec"]
    return spec


def container(release: list[Manifest], deployment: str) -> Manifest:
    first: Manifest = pod(release, deployment)["containers"][0]
    return first


def image(release: list[Manifest], deployment: str) -> str:
    reference: str = find(release, "Deployment", deployment)["spec"]["template"]["spec"]["containers"][0][
        "image"
    ]
    return reference


def env(release: list[Manifest], deployment: str) -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in container(release, deployment)["env"]}


def test_generated_keys_are_of_the_kind_the_api_asks_for() -> None:
    release = render()
    token_key = load_pem_private_key(secret(release, "telstar-token-key", "token-key.pem"), password=None)
    assert isinstance(token_key, Ed25519PrivateKey)
    assert (
        len(
            base64.b64decode(
                secret(release, "telstar-key-encryption-key", "key-encryption-key"), validate=True
            )
        )
        == 32
    )


def test_the_database_address_holds_the_generated_password() -> None:
    release = render()
    password = secret(release, "telstar-database", "password").decode()
    assert len(password) >= 32
    assert password.isalnum()  # stands in the address as it is
    url = secret(release, "telstar-database", "url").decode()
    assert url == f"postgresql://telstar:{password}@telstar-postgres/telstar"
    assert secret(render(), "telstar-database", "password").decode() != password


def test_the_internal_certificate_is_signed_by_its_authority_for_the_service() -> None:
    release = render(namespace="tv")
    tls = "telstar-api-internal-tls"
    ca, certificate = (load_pem_x509_certificate(secret(release, tls, key)) for key in ("ca.crt", "tls.crt"))
    authority = ca.public_key()
    assert isinstance(authority, EllipticCurvePublicKey)
    assert certificate.signature_hash_algorithm
    algorithm = ECDSA(certificate.signature_hash_algorithm)
    authority.verify(certificate.signature, certificate.tbs_certificate_bytes, algorithm)
    names_of = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    hosts = set(names_of.get_values_for_type(DNSName))
    assert {"telstar-api-internal", "telstar-api-internal.tv", "telstar-api-internal.tv.svc"} <= hosts
    key = load_pem_private_key(secret(release, tls, "tls.key"), password=None)
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key.public_key().public_bytes(*spki) == certificate.public_key().public_bytes(*spki)


def test_the_operator_gets_the_authority_but_not_the_certificate_s_key() -> None:
    volumes = {each["name"]: each for each in pod(render(), "telstar-operator")["volumes"]}
    volume = volumes["registry-ca"]
    assert volume["secret"]["items"] == [{"key": "ca.crt", "path": "ca.crt"}]
    assert (
        volumes["registry-token"]["projected"]["sources"][0]["serviceAccountToken"]["audience"]
        == "telstar-api"
    )


def test_what_would_lose_data_outlives_the_release() -> None:
    kept = {
        (each["kind"], each["metadata"]["name"])
        for each in render()
        if each["metadata"].get("annotations", {}).get("helm.sh/resource-policy") == "keep"
    }
    assert kept == {
        ("Secret", "telstar-key-encryption-key"),
        ("Secret", "telstar-database"),
        ("PersistentVolumeClaim", "telstar-segments"),
        ("CustomResourceDefinition", "channels.telstar.dev"),
    }


def test_existing_secrets_replace_generated_ones() -> None:
    release = render(
        {
            "database": {"existingSecret": "own-database"},
            "api": {
                "tokenKey": {"existingSecret": "own-token-key"},
                "keyEncryptionKey": {"existingSecret": "own-kek"},
                "internalTLS": {"existingSecret": "own-tls"},
            },
        }
    )
    assert names(release, "Secret") == set()
    text = json.dumps(release)
    assert all(each in text for each in ("own-database", "own-token-key", "own-kek", "own-tls"))
    assert "telstar-token-key" not in text


def key_encryption_keys(pod: Manifest) -> tuple[str, dict[str, str]]:
    """The Secret with the current key-encryption key, and those with former ones by file path."""
    mounts = {each["name"]: each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
    volumes = {each["name"]: each for each in pod["volumes"]}
    former = volumes.get("former-key-encryption-keys", {}).get("projected", {}).get("sources", [])
    current: str = volumes["key-encryption-key"]["secret"]["secretName"]
    return current, {
        f"{mounts['former-key-encryption-keys']}/{item['path']}": f"{each['secret']['name']}:{item['key']}"
        for each in former
        for item in each["secret"]["items"]
    }


def test_former_key_encryption_keys_open_beside_the_current_one_until_a_job_has_moved_all_keys() -> None:
    """The chart's own Secret becomes a former one, as any other does."""
    former = ["telstar-key-encryption-key", "older"]
    release = render({"api": {"keyEncryptionKey": {"existingSecret": "own", "formerSecrets": former}}})
    job = find(release, "Job", "telstar-rewrap-keys")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "post-install,post-upgrade"
    of_job = job["spec"]["template"]["spec"]
    assert of_job["containers"][0]["args"] == ["rewrap-keys"]
    variables = {each["name"]: each.get("value", "") for each in of_job["containers"][0]["env"]}
    folder = "/etc/telstar/former-key-encryption-keys"
    for found in (variables, env(release, "telstar-api")):
        assert found["TELSTAR_API_FORMER_KEY_ENCRYPTION_KEYS_PATH"] == folder
        assert found["TELSTAR_API_KEY_ENCRYPTION_KEY_FILE"].endswith("/key-encryption-key")
    for each in (of_job, pod(release, "telstar-api")):
        expected = {f"{folder}/{name}": f"{name}:key-encryption-key" for name in former}
        assert key_encryption_keys(each) == ("own", expected)
    assert "telstar-key-encryption-key" not in names(release, "Secret")


def test_the_job_reaches_the_database_and_nothing_else() -> None:
    release = render({"api": {"keyEncryptionKey": {"formerSecrets": ["next"]}}})
    labels = find(release, "Job", "telstar-rewrap-keys")["spec"]["template"]["metadata"]["labels"]
    policy = find(release, "NetworkPolicy", "telstar-rewrap-keys")["spec"]
    assert policy["podSelector"]["matchLabels"].items() <= labels.items()
    assert (policy["ingress"], len(policy["egress"])) == ([], 2)  # names, and the database
    allowed = find(release, "NetworkPolicy", "telstar-postgres")["spec"]["ingress"][0]["from"]
    assert any(peer["podSelector"]["matchLabels"].items() <= labels.items() for peer in allowed)


def test_without_former_keys_there_is_no_job() -> None:
    release = render()
    assert "telstar-rewrap-keys" not in names(release, "Job") | names(release, "NetworkPolicy")
    assert "TELSTAR_API_FORMER_KEY_ENCRYPTION_KEYS_PATH" not in env(release, "telstar-api")
    assert key_encryption_keys(pod(release, "telstar-api")) == ("telstar-key-encryption-key", {})


def test_for_how_long_uses_of_keys_are_kept_is_the_api_s_to_know() -> None:
    assert env(render(), "telstar-api")["TELSTAR_API_KEY_USES_DAYS"] == "90"
    assert env(render({"api": {"keyUsesDays": 7}}), "telstar-api")["TELSTAR_API_KEY_USES_DAYS"] == "7"


def test_no_database_at_all_is_refused_with_what_to_do() -> None:
    assert "database.existingSecret" in refusal({"postgres": {"enabled": False}})
    assert not refusal({"postgres": {"enabled": False}, "database": {"existingSecret": "own"}})


def test_an_own_database_needs_no_postgres() -> None:
    database = {"existingSecret": "own", "urlKey": "uri", "port": 6432}
    release = render({"postgres": {"enabled": False}, "database": database})
    assert not names(release, "StatefulSet")
    assert "telstar-database" not in names(release, "Secret")
    (address,) = (each for each in container(release, "telstar-api")["env"] if "valueFrom" in each)
    assert address["valueFrom"] == {"secretKeyRef": {"name": "own", "key": "uri"}}
    egress = find(release, "NetworkPolicy", "telstar-api")["spec"]["egress"]
    assert {"ports": [{"port": 6432}]} in egress


def test_image_names_are_made_of_registry_repository_and_the_nearest_tag() -> None:
    digest = "sha256:" + "0" * 64
    own = {"registry": "other.example.com", "repository": "mine/operator", "tag": digest}
    every = {"registry": "registry.example.com", "repository": "tv", "tag": "7", "tags": {"edge": "abc"}}
    release = render({"image": every, "operator": {"image": own}})
    assert image(release, "telstar-api") == "registry.example.com/tv/api:7"
    assert image(release, "telstar-edge") == "registry.example.com/tv/edge:abc"
    assert image(release, "telstar-operator") == f"other.example.com/mine/operator@{digest}"
    simlive = env(release, "telstar-operator")["TELSTAR_OPERATOR_SIMLIVE_IMAGE"]
    assert simlive == "registry.example.com/tv/simlive:7"


def test_an_image_without_a_tag_is_the_chart_s_own_version() -> None:
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    assert image(render(), "telstar-api") == f"telstar/api:{version}"


def test_the_operator_s_account_is_the_one_the_api_lets_in() -> None:
    release = render(namespace="tv")
    account = pod(release, "telstar-operator")["serviceAccountName"]
    expected = f"system:serviceaccount:tv:{account}"
    assert env(release, "telstar-api")["TELSTAR_API_OPERATOR_ACCOUNT"] == expected


def test_segments_are_read_only_but_for_the_encoders_and_the_keeper() -> None:
    release = render()
    (keeper,) = (m for m in container(release, "telstar-keeper")["volumeMounts"] if m["name"] == "segments")
    assert keeper == {"name": "segments", "mountPath": "/segments"}
    for deployment in ("telstar-api", "telstar-edge"):
        mounts = {each["name"]: each for each in container(release, deployment)["volumeMounts"]}
        assert mounts["segments"] == {"name": "segments", "mountPath": "/segments", "readOnly": True}


def test_the_keeper_asks_the_operator_over_a_service_that_it_alone_reaches() -> None:
    release = render({"keeper": {"priorityClassName": "low"}})
    url = urlsplit(env(release, "telstar-keeper")["TELSTAR_SIMLIVE_RETENTION_URL"])
    service = find(release, "Service", url.hostname or "")
    assert [port["port"] for port in service["spec"]["ports"]] == [url.port]
    keeper, operator = (
        find(release, "Deployment", f"telstar-{name}")["spec"]["selector"]["matchLabels"]
        for name in ("keeper", "operator")
    )
    assert service["spec"]["selector"] == operator
    allowed = find(release, "NetworkPolicy", "telstar-operator")["spec"]["ingress"]
    assert allowed == [{"from": [{"podSelector": {"matchLabels": keeper}}], "ports": [{"port": url.port}]}]
    egress = find(release, "NetworkPolicy", "telstar-keeper")["spec"]["egress"]
    assert {"to": [{"podSelector": {"matchLabels": operator}}], "ports": [{"port": url.port}]} in egress
    assert find(release, "NetworkPolicy", "telstar-keeper")["spec"]["ingress"] == []
    assert pod(release, "telstar-keeper")["priorityClassName"] == "low"
    assert (
        image(release, "telstar-keeper") == env(release, "telstar-operator")["TELSTAR_OPERATOR_SIMLIVE_IMAGE"]
    )


def test_an_existing_claim_takes_the_place_of_the_chart_s() -> None:
    release = render({"segments": {"existingClaim": "own"}})
    assert "telstar-segments" not in json.dumps(release)
    assert env(release, "telstar-operator")["TELSTAR_OPERATOR_SEGMENTS_CLAIM"] == "own"


def test_budgets_exist_where_a_pod_can_be_spared() -> None:
    assert names(render(), "PodDisruptionBudget") == set()
    assert names(render({"edge": {"replicas": 2}}), "PodDisruptionBudget") == {"telstar-edge"}


def test_the_demo_exists_only_when_asked_for() -> None:
    assert "demo" not in json.dumps([each["metadata"]["name"] for each in render()])
    demo = render({"demo": {"enabled": True}})
    assert {"telstar-demo-media", "telstar-demo-feed"} <= names(demo, "Service")
    assert {"telstar-demo-seed"} == names(demo, "Job")
    assert {"telstar-demo-schedule"} == names(demo, "CronJob")


def test_the_demo_s_channels_fetch_from_the_demo_s_services() -> None:
    release = render({"demo": {"enabled": True}})
    examples = [
        yaml.safe_load(file.read_text()) for file in (CHART.parents[1] / "examples/demo").glob("*.yaml")
    ]
    assert len(examples) == 3
    sources = json.dumps([each["spec"]["source"] for each in examples])
    feed = find(release, "Service", "telstar-demo-feed")["spec"]["ports"][0]
    assert f"srt://telstar-demo-feed:{feed['port']}?" in sources
    assert find(release, "Service", "telstar-demo-media")["spec"]["ports"][0]["port"] == 80
    assert "http://telstar-demo-media/bigbuckbunny.mp4" in sources


def test_the_definitions_are_those_of_crds_and_can_be_left_out() -> None:
    rendered = {
        each["metadata"]["name"]: each for each in render() if each["kind"] == "CustomResourceDefinition"
    }
    sources = [yaml.safe_load(file.read_text()) for file in CRDS.glob("*.yaml")]
    assert {each["metadata"]["name"] for each in sources} == set(rendered)
    for source in sources:
        assert rendered[source["metadata"]["name"]]["spec"] == source["spec"]
    assert not names(render({"crds": {"enabled": False}}), "CustomResourceDefinition")


def test_the_ingress_leads_one_host_to_the_edge() -> None:
    plain = find(render(), "Ingress", "telstar")["spec"]
    assert "ingressClassName" not in plain
    assert "host" not in plain["rules"][0]
    own = find(
        render({"ingress": {"className": "contour", "host": "tv.example.com", "tls": {"secretName": "tv"}}}),
        "Ingress",
        "telstar",
    )["spec"]
    assert own["ingressClassName"] == "contour"
    assert own["rules"][0]["host"] == "tv.example.com"
    assert own["tls"] == [{"secretName": "tv", "hosts": ["tv.example.com"]}]
    assert own["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] == "telstar-edge"
    assert not names(render({"ingress": {"enabled": False}}), "Ingress")


# A path of the values, a value that fits there, and one that does not.
FITTING: list[tuple[str, Any, Any]] = [
    ("api.replicas", 2, "two"),
    ("api.tokenKey.existingSecret", "own", "Not_A_Name"),
    ("api.keyEncryptionKey.formerSecrets", ["older", "old"], "older"),
    ("api.keyUsesDays", 400, 0),
    ("database.port", 6432, 0),
    ("demo.schedule", "@hourly", "sometimes"),
    ("edge.workers", "auto", 0),
    ("edge.trustedProxies", ["10.0.0.0/8"], ["ingress"]),
    ("keeper.priorityClassName", "system-cluster-critical", "Not A Class"),
    ("image.pullPolicy", "Always", "Sometimes"),
    ("image.tags", {"api": "1"}, {"nginx": "1"}),
    ("ingress.host", "*.example.com", "https://example.com/"),
    ("networkPolicy", {"enabled": False}, {"enable": False}),
    ("segments.accessModes", ["ReadWriteOnce"], []),
    ("segments.size", "500Gi", "lots"),
]


def nested(path: str, value: Any) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        value = {key: value}
    return dict(value)


@pytest.mark.parametrize(("path", "fitting", "unfit"), FITTING)
def test_the_schema_takes_the_right_and_names_the_wrong(path: str, fitting: Any, unfit: Any) -> None:
    assert not refusal(nested(path, fitting))
    assert "/" + path.replace(".", "/") in refusal(nested(path, unfit))


def test_every_value_is_in_the_schema_with_a_description() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())

    def undescribed(value: Any, node: Mapping[str, Any], path: str) -> list[str]:
        if "description" in node:
            return []
        if not isinstance(value, dict) or not value:
            return [path]
        return [
            each
            for key, inner in value.items()
            for each in undescribed(inner, node.get("properties", {}).get(key, {}), f"{path}.{key}")
        ]

    assert undescribed(values, schema, "") == []
