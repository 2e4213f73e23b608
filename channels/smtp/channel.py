"""The e-mail channel: a message becomes a letter once, and each copy of it goes out over the pool."""

import asyncio
from collections.abc import AsyncIterator

from typing_extensions import override

from channels.channel import CallbackAnswer, CallbackRequest, Channel, Outside
from channels.fields import Prepared
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.smtp.dkim import Signer
from channels.smtp.incoming import Incoming
from channels.smtp.letter import Letter, recipient
from channels.smtp.line import Mail
from channels.smtp.pool import Pool
from channels.smtp.replies import provider_id, refusal
from channels.smtp.returned import Returns
from channels.smtp.settings import SmtpSettings
from channels.smtp.tokens import TOKENS, TokenAddress, Tokens


class SmtpChannel(Channel):
    """Mails to a relay. A lost answer after the content is in doubt: a relay does not recognise a Message-ID."""

    def __init__(self, name: str, settings: SmtpSettings, outside: Outside) -> None:
        """Raises ValueError if a file of the settings cannot be used."""
        self.concurrency = settings.concurrency or settings.connections
        self._tokens = Tokens(outside.derive(TOKENS))
        self._return_path = TokenAddress(settings.return_path, plain=settings.sender_mailbox)
        returns = Returns(settings, self._tokens)
        self._incoming = Incoming(name, settings.returns, returns, now=outside.now)
        self._signer = Signer(settings.dkim) if settings.dkim is not None else None
        self._pool = Pool(settings, secret(settings.password, settings.password_file))
        self._letters = Prepared(
            lambda message: Letter(message, settings, at=outside.now(), archive=outside.public_url)
        )

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        mailbox = recipient(to)
        token = self._tokens.of(key)
        content = self._letters.of(message).copy(to, mailbox, key=key, token=token)
        if self._signer is not None:
            content = await self._signer.signed(content)
        mail = Mail(self._return_path.of(token), mailbox, content)
        reply = await self._pool.deliver(message.lane, mail)
        if not reply.accepts:
            raise refusal(reply, to.value, to.value.rpartition("@")[0], *to.slots.values())
        return Receipt(Outcome.SENT, provider_id=provider_id(reply), code=str(reply.code))

    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """See `channels.channel.Reporting`."""
        return self._incoming.callback(request)

    def reports(self, stopping: asyncio.Event) -> AsyncIterator[CallbackAnswer]:
        """See `channels.channel.Listening`."""
        return self._incoming.reports(stopping)

    @override
    async def close(self) -> None:
        await self._pool.close()
