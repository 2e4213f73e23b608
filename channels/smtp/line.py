"""One connection to the relay, and how a mail goes over it.

aiosmtplib opens, secures and authenticates the connection and frames the replies. The mail itself is written past its
`data()`, which would search every mail for line ends and dots that a `Letter` cannot contain (measured: 35 instead of
90 µs a mail).
"""

import asyncio
from collections.abc import Sequence
from typing import cast

import aiosmtplib

from channels.failure import TemporaryFailure
from channels.smtp.breakdown import BREAKDOWNS, failure_of
from channels.smtp.replies import Reply, Step
from channels.smtp.settings import Security, SmtpSettings
from channels.smtp.wire import Ended, Mail, take_over

#: The relay is about to hang up.
_CLOSING = 421

#: What a relay without SMTPUTF8 says of an address in other letters (RFC 6531 section 3.5), were it asked.
_ASCII_ONLY = Reply(Step.RCPT, 553, "5.6.7 the relay takes no addresses in other letters than ASCII")

#: Seconds that a farewell may take.
_FAREWELL = 2.0


class Line:
    """An open connection on which one mail after the other goes out, pipelined where the relay offers it."""

    def __init__(self, client: aiosmtplib.SMTP, *, pipelining: bool) -> None:
        self._client = client
        transport = client.transport
        offered = pipelining and client.supports_extension("pipelining") and transport is not None
        self._wire = take_over(transport) if offered and transport is not None else None
        #: How far the present dialogue has come.
        self.step = Step.CONNECT
        self._transaction_open = False

    @classmethod
    async def open(cls, settings: SmtpSettings, password: str, *, deadline: float) -> "Line":
        """A connection that is ready for mail, until `deadline` on the loop's clock.

        Raises TemporaryFailure, or TechnicalFailure where we are refused.
        """
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.at_port,
            username=settings.user or None,
            password=password or None,
            local_hostname=settings.own_domain,
            timeout=None,
            use_tls=settings.security is Security.TLS,
            start_tls=settings.security is Security.STARTTLS,
            cert_bundle=str(settings.authorities) if settings.authorities else None,
        )
        try:
            async with asyncio.timeout_at(deadline):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await client.ehlo()
        except BREAKDOWNS as error:
            failure = failure_of(error, Step.CONNECT, password)
        else:
            return cls(client, pipelining=settings.pipelining)
        client.close()
        # Raised out here, so that no chain of exceptions carries the server's own words.
        raise failure

    @property
    def is_usable(self) -> bool:
        """Whether another mail may be tried on it."""
        return self._client.is_connected if self._wire is None else not self._wire.is_lost

    async def deliver_many(self, mails: Sequence[Mail], *, seconds: float) -> list[Ended]:
        """Hand `mails` over; what became of each. `seconds`: longest wait for one answer.

        Raises cancellation only.
        """
        takes_all = self._client.supports_extension("smtputf8")
        ended: list[Ended] = [None if takes_all or mail.recipient.isascii() else _ASCII_ONLY for mail in mails]
        places = [place for place, known in enumerate(ended) if known is None]
        if self._wire is not None:
            got = await self._wire.deliver([mails[place] for place in places], seconds=seconds) if places else []
        else:
            got = await self._one_by_one([mails[place] for place in places], seconds)
        for place, each in zip(places, got, strict=True):
            ended[place] = each
        return ended

    async def _one_by_one(self, mails: Sequence[Mail], seconds: float) -> list[Ended]:
        """Without pipelining: each mail in a dialogue of its own, until the line breaks."""
        ended: list[Ended] = []
        for mail in mails:
            if not self.is_usable:
                break
            try:
                ended.append(await self.deliver(mail, deadline=asyncio.get_running_loop().time() + seconds))
            except TemporaryFailure as failure:
                ended.append(failure if failure.in_doubt else None)
        return ended + [None] * (len(mails) - len(ended))

    async def deliver(self, mail: Mail, *, deadline: float) -> Reply:
        """Hand one mail over; the reply that ended the dialogue, for the content or for the command that was refused.

        Raises TemporaryFailure if the connection breaks or `deadline` passes, in doubt if that happens after the
        content; `step` tells how far it came.
        """
        # What became of the mail before must not be taken for what becomes of this one.
        self.step = Step.RESET
        try:
            async with asyncio.timeout_at(deadline):
                reply = await self._dialogue(mail)
        except BREAKDOWNS as error:
            failure = failure_of(error, self.step)
        except BaseException:
            self.drop()
            raise
        else:
            if reply.code == _CLOSING or not (reply.accepts or reply.refuses):
                self.drop()
            return reply
        self.drop()
        raise failure

    async def _dialogue(self, mail: Mail) -> Reply:
        if not mail.recipient.isascii() and not self._client.supports_extension("smtputf8"):
            return _ASCII_ONLY
        if self._transaction_open:
            reply = await self._say(Step.RESET, b"RSET")
            if not reply.accepts:
                return reply
        utf8 = b"" if mail.recipient.isascii() else b" SMTPUTF8"
        reply = await self._say(Step.MAIL, b"MAIL FROM:<%b>%b" % (mail.sender, utf8))
        # A mail that was taken ends its transaction by itself (RFC 5321 section 4.1.1.4): RSET is for the others only.
        self._transaction_open = reply.accepts
        if reply.accepts:
            reply = await self._say(Step.RCPT, b"RCPT TO:<%b>" % mail.recipient)
        if reply.accepts:
            reply = await self._say(Step.DATA, b"DATA")
        if reply.accepts:
            reply = await self._hand_over(mail.content)
        return reply

    async def _say(self, step: Step, command: bytes) -> Reply:
        self.step = step
        code, text = await self._client.execute_command(command, timeout=None)
        return Reply(step, code, text)

    async def _hand_over(self, content: bytes) -> Reply:
        protocol = self._client.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        self.step = Step.CONTENT
        protocol.write(content + b".\r\n")
        code, text = await protocol.read_response()
        self._transaction_open = False
        return Reply(Step.CONTENT, code, text)

    async def close(self) -> None:
        """Take leave; never fails and never takes long."""
        if self._wire is not None:
            self._wire.quit()
            return
        try:
            if self._client.is_connected:
                await self._client.quit(timeout=_FAREWELL)
        except BREAKDOWNS:
            pass
        finally:
            self.drop()

    def drop(self) -> None:
        """Hang up at once: what is still to be written is thrown away."""
        if self._wire is not None:
            self._wire.drop()
            return
        transport = self._client.transport
        self._client.close()
        if transport is not None:
            cast(asyncio.WriteTransport, transport).abort()
