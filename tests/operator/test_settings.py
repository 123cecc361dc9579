"""Settings come from the environment; unsafe or missing ones end the start with words."""

import pytest
from telstar_operator import main
from telstar_operator.manifests.pod import Runtime
from telstar_operator.settings import Settings

ENVIRONMENT = {
    "NAMESPACE": "telstar",
    "REGISTRY_URL": "https://telstar-api-internal:8443/",
    "REGISTRY_CA_FILE": "/etc/telstar/registry/ca.crt",
    "REGISTRY_TOKEN_FILE": "/var/run/secrets/telstar-api/token",
    "SIMLIVE_IMAGE": "telstar/simlive:1",
    "SEGMENTS_CLAIM": "telstar-segments",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(f"TELSTAR_OPERATOR_{name}", value)
    return monkeypatch


def test_the_charts_environment_is_enough(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TELSTAR_OPERATOR_IMAGE_PULL_SECRETS", "")
    settings = Settings()
    assert settings.registry_url == "https://telstar-api-internal:8443"
    assert settings.http_port == 8080
    assert settings.runtime == Runtime("telstar/simlive:1", "telstar-segments")


def test_pull_secrets_are_separated_by_commas(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TELSTAR_OPERATOR_IMAGE_PULL_SECRETS", "one, two")
    assert Settings().runtime.image_pull_secrets == ("one", "two")


def test_a_wrong_setting_ends_the_start_with_words(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TELSTAR_OPERATOR_REGISTRY_URL", "http://telstar-api-internal")
    environment.delenv("TELSTAR_OPERATOR_NAMESPACE")
    with pytest.raises(SystemExit) as ended:
        main.main()
    words = str(ended.value)
    assert "TELSTAR_OPERATOR_REGISTRY_URL: Value error, must begin with https://" in words
    assert "TELSTAR_OPERATOR_NAMESPACE: Field required" in words
