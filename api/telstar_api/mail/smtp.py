"""Mail over SMTP (RFC 5321), with the standard library's client in a thread."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Self
from urllib.parse import unquote, urlsplit

from telstar_api.mail.port import MailNotSent, Message

TIMEOUT_SECONDS = 20
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """`smtps://user:password@host:465`; `smtp+starttls://…:587`; `smtp://host:25` without TLS or password."""

    scheme: str
    host: str
    port: int
    user: str
    password: str

    @classmethod
    def at(cls, url: str) -> Self:
        """Raises ValueError where the URL is not one of those, or would send a password in clear."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("must look like smtps://user:password@host, smtp+starttls://… or smtp://host")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if parts.scheme == "smtp" and user:
            raise ValueError("would send the password in clear: use smtps:// or smtp+starttls://")
        return cls(parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme], user, password)


class SmtpMail:
    """Hands each message to one server, over TLS whose certificate is checked."""

    def __init__(self, server: SmtpServer, sender: str, trust: ssl.SSLContext | None = None) -> None:
        self._server, self._sender = server, sender
        self._trust = trust or ssl.create_default_context()

    async def send(self, message: Message) -> None:
        """Hand it over within TIMEOUT_SECONDS a step. Raises MailNotSent."""
        try:
            await asyncio.to_thread(self._send, self._letter(message))
        except (smtplib.SMTPException, OSError) as error:
            # A server's refusal may repeat what it was sent: its code says enough.
            code = getattr(error, "smtp_code", None)
            raise MailNotSent(f"{type(error).__name__} {code or ''}".strip()) from None

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self._sender, message.to, message.subject
        letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain="telstar.invalid")
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        letter.set_content(message.body)
        return letter

    def _send(self, letter: EmailMessage) -> None:
        server = self._server
        with self._connected() as client:
            if server.scheme == "smtp+starttls":
                client.starttls(context=self._trust)
            if server.user:
                client.login(server.user, server.password)
            client.send_message(letter)

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.scheme == "smtps":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=self._trust)
        return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
