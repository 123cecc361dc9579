"""The keys of a channel, and which of them is in force when: from the files of its Secret."""

from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from telstar_simlive.channel import ConfigurationError

_PRESENT, _NEXT = ("kid", "key"), ("next-kid", "next-key", "next-from")
_TIME: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


class ContentKey(BaseModel):
    """A content key and its id, 32 lower-case hexadecimal digits each. Its repr hides the key."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    kid: str = Field(pattern=r"^[0-9a-f]{32}$")
    key: str = Field(pattern=r"^[0-9a-f]{32}$", repr=False)


class NextKey(BaseModel):
    """A key that is announced: it comes into force at `since`, milliseconds since the epoch."""

    model_config = ConfigDict(frozen=True)

    key: ContentKey
    since: int


class ContentKeys(BaseModel):
    """The present key and the next one, where one is announced."""

    model_config = ConfigDict(frozen=True)

    present: ContentKey
    upcoming: NextKey | None = None

    def in_force(self, moment: int) -> ContentKey:
        """The key of what is broadcast at a moment (milliseconds since the epoch).

        So it does not matter when the present key is replaced by the next, as long as both were announced.
        """
        if self.upcoming is not None and moment >= self.upcoming.since:
            return self.upcoming.key
        return self.present

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may show."""
        return (self.present.key, *((self.upcoming.key.key,) if self.upcoming else ()))


def load_keys(directory: Path) -> ContentKeys | None:
    """Reads `kid` and `key`, and `next-kid`, `next-key`, `next-from` where they are; None without.

    A Secret's files are all of one moment: the kubelet swaps the link `..data`, which is followed once.

    Raises:
        ConfigurationError: a file is missing, cannot be read, or does not hold what it should. The message
            never holds what was in it.
    """
    data = directory / "..data"
    folder = data.resolve() if data.exists() else directory
    present = _read(folder, _PRESENT)
    upcoming = _read(folder, _NEXT)
    if present is None:
        return None
    key = _key(directory, *present)
    if upcoming is None:
        return ContentKeys(present=key)
    kid, content, since = upcoming
    return ContentKeys(present=key, upcoming=NextKey(key=_key(directory, kid, content), since=_time(since)))


def _read(folder: Path, names: tuple[str, ...]) -> list[str] | None:
    missing = [name for name in names if not (folder / name).exists()]
    if len(missing) == len(names):
        return None
    if missing:
        raise ConfigurationError(f"the key in {folder} lacks {' and '.join(missing)}")
    try:
        return [(folder / name).read_text(encoding="ascii").strip() for name in names]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the key in {folder} cannot be read: {type(error).__name__}") from None


def _key(directory: Path, kid: str, key: str) -> ContentKey:
    try:
        return ContentKey(kid=kid.lower(), key=key.lower())
    except ValidationError as error:
        wrong = " and ".join(sorted(str(fault["loc"][0]) for fault in error.errors()))
        raise ConfigurationError(f"{directory}: {wrong} must be 32 hexadecimal digits") from None


def _time(text: str) -> int:
    try:
        return round(_TIME.validate_python(text).timestamp() * 1000)
    except ValidationError:
        raise ConfigurationError(
            f"next-from must be a time such as 2026-11-22T18:24:00Z (RFC 3339), not {text[:40]!r}"
        ) from None
