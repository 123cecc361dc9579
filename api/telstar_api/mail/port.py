"""What the API asks of whatever sends its mail."""

from dataclasses import dataclass, field
from typing import Protocol

import structlog

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text to one address. The body may hold a secret, so it shows in no representation."""

    to: str
    subject: str
    body: str = field(repr=False)


class MailNotSent(Exception):
    """The mail could not be handed over; the message says why, never what was to be sent."""


class Mail(Protocol):
    """Hands mail over to somebody who delivers it."""

    async def send(self, message: Message) -> None:
        """Hand it over. Raises MailNotSent."""


async def send_after(mail: Mail, message: Message) -> None:
    """Send when the answer is out already: a failure can only be logged, and the reader asks again."""
    try:
        await mail.send(message)
    except MailNotSent as error:
        log.error("mail not sent", subject=message.subject, error=str(error))
