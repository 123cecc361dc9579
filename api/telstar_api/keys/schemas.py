"""Content keys in JSON, for the admin pages: which there are, never the keys themselves."""

from datetime import datetime

from pydantic import BaseModel, Field

from telstar_api.channels.schemas import Hex128


class KeyPeriod(BaseModel):
    """A key by its KID, and when it is in force."""

    kid: Hex128
    index: int = Field(description="counted from 1 in the order in which the channel's keys come into force")
    start: datetime
    end: datetime | None = Field(description="exclusive; null where no next key is known")
    in_force: bool = Field(description="now")
    registered_at: datetime
    key_encryption_key: str | None = Field(
        description="the id of what it is wrapped under; null where it was stored before ids"
    )
    can_be_opened: bool = Field(description="by this API, with the key-encryption keys that it has")


class KeyPeriods(BaseModel):
    """A channel's keys in the order they come into force."""

    periods: list[KeyPeriod]


class ImportedKeys(BaseModel):
    """What became of a document's keys."""

    new: list[Hex128] = Field(description="KIDs that were taken in")
    known: list[Hex128] = Field(description="KIDs that were there already, with the same key")
