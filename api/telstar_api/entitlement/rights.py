"""The words that all rooms share: what one may do with a channel, and how one watches it."""

from enum import StrEnum


class Right(StrEnum):
    """Something a product may let one do on a channel."""

    LIVE = "live"
    START_OVER = "start-over"
    CATCH_UP = "catch-up"
    RECORD = "record"


class Mode(StrEnum):
    """How a channel is watched."""

    LIVE = "live"
    START_OVER = "start-over"
    CATCH_UP = "catch-up"

    @property
    def right(self) -> Right:
        """The right that this takes."""
        return Right(self.value)


class Setting(StrEnum):
    """What a channel or a programme says of a right: as its parent has it, or its own."""

    INHERITED = "inherited"
    ENABLED = "enabled"
    DISABLED = "disabled"
