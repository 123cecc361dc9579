"""The operator's settings: environment variables with the prefix TELSTAR_OPERATOR_."""

import socket
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from telstar_operator.manifests.pod import Runtime


def https(url: str) -> str:
    """Keys travel to the registry: only TLS will do."""
    if not url.startswith("https://"):
        raise ValueError("must begin with https://, because channel keys are sent there")
    return url.rstrip("/")


class Settings(BaseSettings):
    """One a process; refuses to start where a value is missing or unsafe."""

    model_config = SettingsConfigDict(env_prefix="TELSTAR_OPERATOR_", frozen=True)

    namespace: str = Field(min_length=1)
    registry_url: Annotated[str, AfterValidator(https)]
    registry_ca_file: Path | None = None
    registry_token_file: Path
    simlive_image: str = Field(min_length=1)
    segments_claim: str = Field(min_length=1)
    image_pull_secrets: Annotated[str, NoDecode] = ""
    """Names of Secrets, separated by commas."""
    time_url: str = ""
    """Where SimLive pods find this operator's GET /time."""
    http_port: int = 8080
    instance: str = Field(default_factory=socket.gethostname)
    """Who reports Events: the pod's name."""

    @property
    def runtime(self) -> Runtime:
        """What SimLive pods are given."""
        names = (name.strip() for name in self.image_pull_secrets.split(","))
        return Runtime(
            self.simlive_image, self.segments_claim, tuple(name for name in names if name), self.time_url
        )
