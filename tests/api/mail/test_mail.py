"""Mail: over SMTP to a real server, or into the demo's outbox."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.api_world import World
from support.registry import self_signed
from telstar_api.auth.tokens import Role
from telstar_api.mail.outbox import KEPT, DemoOutbox
from telstar_api.mail.port import MailNotSent, Message
from telstar_api.mail.smtp import SmtpMail, SmtpServer

MESSAGE = Message("grace@example.com", "Hello", "the secret\n.\nis 42\n")


class SmallSmtpServer:
    """Speaks just enough SMTP (RFC 5321); with a TLS context, STARTTLS and AUTH PLAIN."""

    def __init__(self, tls: ssl.SSLContext | None = None, refuses: bool = False) -> None:
        self.tls, self.refuses = tls, refuses
        self.letters: list[str] = []
        self.commands: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        secured = False

        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 small")
        while line := (await reader.readline()).decode().strip():
            word = line.split(" ")[0].upper()
            self.commands.append(f"{word} over TLS" if secured else word)
            if word == "EHLO":
                say("250-small")
                say("250 AUTH PLAIN" if secured else "250 STARTTLS" if self.tls else "250 HELP")
            elif word == "STARTTLS":
                say("220 go")
                await writer.drain()
                assert self.tls
                await writer.start_tls(self.tls)
                secured = True
            elif word == "AUTH":
                say("235 in")
            elif word == "RCPT" and self.refuses:
                say("550 no mailbox for the secret")
            elif word == "DATA":
                say("354 on")
                await writer.drain()
                self.letters.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                say("250 taken")
            elif word == "QUIT":
                say("221 bye")
                break
            else:
                say("250 fine")
            await writer.drain()
        writer.close()


async def serving(server: SmallSmtpServer) -> AsyncIterator[int]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def test_mail_goes_over_smtp() -> None:
    server = SmallSmtpServer()
    async for port in serving(server):
        mail = SmtpMail(SmtpServer.at(f"smtp://127.0.0.1:{port}"), "Telstar <tv@example.com>")
        await mail.send(MESSAGE)
    (letter,) = server.letters
    assert "From: Telstar <tv@example.com>\r\nTo: grace@example.com\r\nSubject: Hello\r\n" in letter
    assert "the secret\r\n..\r\nis 42\r\n" in letter, "a line that is a dot alone is doubled"
    assert "Auto-Submitted: auto-generated" in letter


async def test_the_password_goes_over_tls_alone(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    server = SmallSmtpServer(tls)
    trust = ssl.create_default_context(cafile=certificate)
    async for port in serving(server):
        at = SmtpServer.at(f"smtp+starttls://user:p%40ss@127.0.0.1:{port}")
        assert at.password == "p@ss"
        await SmtpMail(at, "tv@example.com", trust).send(MESSAGE)
        with pytest.raises(MailNotSent, match="SSLCertVerificationError"):
            await SmtpMail(at, "tv@example.com").send(MESSAGE)
    assert len(server.letters) == 1
    assert "AUTH over TLS" in server.commands
    assert "AUTH" not in server.commands


async def test_a_server_without_tls_gets_no_password() -> None:
    server = SmallSmtpServer()
    async for port in serving(server):
        at = SmtpServer.at(f"smtp+starttls://user:pass@127.0.0.1:{port}")
        with pytest.raises(MailNotSent, match="SMTPNotSupportedError"):
            await SmtpMail(at, "tv@example.com").send(MESSAGE)
    assert "AUTH" not in server.commands


async def test_a_refusal_is_told_without_what_was_sent() -> None:
    async for port in serving(SmallSmtpServer(refuses=True)):
        with pytest.raises(MailNotSent) as refusal:
            await SmtpMail(SmtpServer.at(f"smtp://127.0.0.1:{port}"), "tv@example.com").send(MESSAGE)
    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


async def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(MailNotSent, match="ConnectionRefusedError"):
        await SmtpMail(SmtpServer.at("smtp://127.0.0.1:1"), "tv@example.com").send(MESSAGE)


def test_a_message_shows_no_secret() -> None:
    assert "42" not in repr(MESSAGE)


@pytest.mark.parametrize("url", ["", "http://host", "smtp://", "smtp://user:pass@host", "smtps:host"])
def test_a_url_that_is_none_or_not_safe_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must look like|in clear"):
        SmtpServer.at(url)


async def test_the_demo_keeps_its_mail_for_admins(world: World) -> None:
    outbox = DemoOutbox(world.context.database, world.clock)
    for number in range(KEPT + 3):
        await outbox.send(replace(MESSAGE, subject=str(number)))
    world.public.state.context = replace(world.context, mail=outbox)
    letters = (await world.as_(await world.viewer(role="admin")).get("/api/v1/admin/outbox")).json()
    assert [letter["subject"] for letter in letters] == [str(n) for n in reversed(range(3, KEPT + 3))]
    assert (letters[0]["to"], letters[0]["body"]) == (MESSAGE.to, MESSAGE.body)


@pytest.mark.parametrize("role", ["subscriber", "support", "operator"])
async def test_nobody_else_reads_it(world: World, role: Role) -> None:
    world.public.state.context = replace(world.context, mail=DemoOutbox(world.context.database, world.clock))
    assert (await world.as_(await world.viewer(role=role)).get("/api/v1/admin/outbox")).status_code == 403


async def test_what_is_no_demo_has_no_outbox(world: World) -> None:
    admin = world.as_(await world.viewer(role="admin"))
    assert (await admin.get("/api/v1/admin/outbox")).status_code == 404
