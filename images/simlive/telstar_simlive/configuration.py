"""The channel's configuration as it changes: channel.json, programmes.json and the keys, looked at again."""

from dataclasses import dataclass
from pathlib import Path

from telstar_simlive.channel import Channel, ConfigurationError, Programme, load_channel, load_programmes
from telstar_simlive.content_keys import ContentKeys, load_keys

PROGRAMMES_FILE = "programmes.json"


@dataclass(frozen=True)
class Configuration:
    """What was read at one moment. `keys` is None without DRM, and while there are no key files."""

    channel: Channel
    keys: ContentKeys | None
    programmes: tuple[Programme, ...]


def read_configuration(channel_file: Path, key_directory: Path) -> Configuration:
    """Reads all of it; titles stand beside channel.json.

    Raises:
        ConfigurationError: a part of it cannot be used.
    """
    channel = load_channel(channel_file)
    keys = load_keys(key_directory) if channel.spec.drm.enabled else None
    return Configuration(channel, keys, load_programmes(channel_file.with_name(PROGRAMMES_FILE)))


class ConfigurationWatch:
    """The configuration in force, and what is wrong with the one that lies there now (`fault`).

    A part that cannot be used leaves all in force as it was: what is on the air is worth more than a change.
    """

    def __init__(self, channel_file: Path, key_directory: Path) -> None:
        """Reads it for the first time.

        Raises:
            ConfigurationError: it cannot be used.
        """
        self._channel_file, self._key_directory = channel_file, key_directory
        self.current = read_configuration(channel_file, key_directory)
        self.fault = ""

    def look(self) -> bool:
        """Reads it again; whether it, or what is wrong with it, has changed."""
        before = (self.current, self.fault)
        try:
            found = read_configuration(self._channel_file, self._key_directory)
        except ConfigurationError as error:
            self.fault = str(error)
            return before != (self.current, self.fault)
        if found.channel.spec.drm.enabled and found.keys is None and self.current.keys is not None:
            self.fault = f"the key is gone from {self._key_directory}: the one in force is used on"
            return before != (self.current, self.fault)
        self.current, self.fault = found, ""
        return before != (self.current, self.fault)
