"""A real SMTP server on loopback (aiosmtpd, on the test's own loop) that can be told to misbehave, step by step."""

import asyncio
import email
import email.policy
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from typing_extensions import override

from tests.support.certificates import Certificate

#: Instead of an answer: hang up.
HANG_UP = "hang up"

#: Instead of an answer: none, until the server is told otherwise.
SAY_NOTHING = "say nothing"


@dataclass(frozen=True)
class Mail:
    """A mail as the server took it."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail as Python's own parser reads it."""
        return email.message_from_bytes(self.content, policy=email.policy.default)

    def text(self, subtype: str) -> str:
        """The decoded text of the part text/`subtype`."""
        for part in self.message.walk():
            if part.get_content_type() == f"text/{subtype}":
                return str(part.get_content())
        raise AssertionError(f"the mail has no part text/{subtype}")

    @property
    def shape(self) -> object:
        """Names of all headers and types of all parts, in order."""
        return [(part.get_content_type(), part.keys()) for part in self.message.walk()]


@dataclass
class MailServer:
    """The server's state; its methods are the hooks of aiosmtpd."""

    port: int = 0
    #: What is answered at MAIL, RCPT and CONTENT, in place of "250 OK": a reply, `HANG_UP` or `SAY_NOTHING`.
    answers: Mapping[str, str] = field(default_factory=dict)
    taken: list[Mail] = field(default_factory=list)
    #: What was asked on all connections: MAIL, RCPT, CONTENT, RSET, QUIT.
    commands: list[str] = field(default_factory=list)
    #: Connections made so far.
    connections: int = 0
    #: Set while an answer is held back.
    holding: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set whenever something is asked; clear it to wait for the next.
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set whenever a connection has ended.
    parted: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set["_Session"] = field(default_factory=set)

    def behave(self, answers: Mapping[str, str] | None = None) -> None:
        """Answer so from now on (None = well), and let go of what is held back."""
        self.answers = answers or {}
        self._released.set()
        self._released = asyncio.Event()
        self.holding.clear()

    def hang_up(self) -> None:
        """Break all connections."""
        for session in list(self._open):
            _abort(session)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._answer("MAIL", server, address)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._answer("RCPT", server, address)
        if answer.startswith("25"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await self._answer("CONTENT", server, envelope.rcpt_tos[0])
        if answer.startswith("25"):
            content = envelope.original_content or b""
            self.taken.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return answer

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return await self._answer("RSET", server, "")

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.commands.append("QUIT")
        return "221 Bye"

    async def _answer(self, step: str, server: SMTP, address: str) -> str:
        """The answer at this step; "{address}" in it is what the client gave, "{local}" its left side."""
        self.commands.append(step)
        self.heard.set()
        answer = self.answers.get(step, "250 2.0.0 Ok: queued as 4F00BA1" if step == "CONTENT" else "250 OK")
        if answer == HANG_UP:
            _abort(server)
            await asyncio.Event().wait()
        if answer == SAY_NOTHING:
            self.holding.set()
            await self._released.wait()
            return "250 OK"
        return answer.format(address=address, local=address.partition("@")[0])


class _Session(SMTP):
    """One connection, counted and listened to."""

    def __init__(self, server: MailServer, **options: Any) -> None:
        super().__init__(server, hostname="relay.test", **options)
        self._server = server

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._server.connections += 1
        self._server._open.add(self)
        super().connection_made(transport)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        self._server._open.discard(self)
        self._server.parted.set()
        super().connection_lost(error)


@asynccontextmanager
async def mail_server(
    *,
    certificate: Certificate | None = None,
    implicit: bool = False,
    password: str = "",
    utf8: bool = False,
    port: int = 0,
    server: MailServer | None = None,
) -> AsyncIterator[MailServer]:
    """A server on loopback, at `port` or a free one.

    With `certificate` it offers STARTTLS, or speaks TLS at once where `implicit`. With `password` it lets in only who
    logs in with it. `server` gives the state of an earlier one, to come back with.
    """
    state = server or MailServer()
    options: dict[str, Any] = {"enable_SMTPUTF8": utf8}
    if certificate and not implicit:
        options |= {"tls_context": certificate.server, "require_starttls": True}
    if password:
        options |= {"auth_required": True, "authenticator": _authenticator(password), "auth_require_tls": not implicit}
    listener = await asyncio.get_running_loop().create_server(
        lambda: _session(state, options),
        "127.0.0.1",
        port,
        ssl=certificate.server if certificate and implicit else None,
    )
    state.port = listener.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        listener.close()
        state.behave()
        state.hang_up()
        await listener.wait_closed()


def _session(state: MailServer, options: Mapping[str, Any]) -> _Session:
    with warnings.catch_warnings():
        # aiosmtpd does not see that a listener that speaks TLS from the first byte protects the login.
        warnings.simplefilter("ignore", UserWarning)
        return _Session(state, **options)


def _abort(session: SMTP) -> None:
    cast(asyncio.Transport, session.transport).abort()


def _authenticator(password: str) -> Any:
    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and given.password == password.encode()
        return AuthResult(success=right, handled=False)

    return authenticate
