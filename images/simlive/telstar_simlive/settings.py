"""Settings of the process, from environment variables with the prefix TELSTAR_SIMLIVE_."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Paths, the port, and what the encoder may cost."""

    model_config = SettingsConfigDict(env_prefix="TELSTAR_SIMLIVE_", frozen=True)

    channel_file: Path = Path("/etc/telstar/channel/channel.json")
    key_directory: Path = Path("/etc/telstar/key")
    segments_path: Path = Path("/segments")
    spool_path: Path = Path("/spool")
    spool_limit: int = Field(
        default=512 * 1024 * 1024, ge=1_000_000, description="bytes of slots that may wait for the volume"
    )
    time_url: str = Field(
        default="", description="where retention asks for another clock's time; empty: by its own alone"
    )
    http_port: int = Field(default=8080, ge=0, le=65535)
    font_file: Path = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf")
    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium"] = "ultrafast"
    threads: int = Field(default=2, ge=1, description="threads of each video encoder and decoder")
    lock_timeout: float = Field(default=60, ge=0, description="seconds to wait for the channel's folder")
