"""The e-mail channel: a message becomes a letter once, and each copy of it goes out over the pool."""

from typing_extensions import override

from channels.channel import Channel, Outside
from channels.fields import Prepared
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.smtp.letter import Letter, recipient
from channels.smtp.line import Mail
from channels.smtp.pool import Pool
from channels.smtp.replies import provider_id, refusal
from channels.smtp.settings import SmtpSettings


class SmtpChannel(Channel):
    """Mails to a relay. A lost answer after the content is in doubt: a relay does not recognise a Message-ID."""

    def __init__(self, settings: SmtpSettings, outside: Outside) -> None:
        """Raises ValueError if the password file cannot be read."""
        self.concurrency = settings.concurrency or settings.connections
        self._sender = settings.sender_mailbox.encode("ascii")
        self._pool = Pool(settings, secret(settings.password, settings.password_file))
        self._letters = Prepared(lambda message: Letter(message, settings, at=outside.now()))

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        mailbox = recipient(to)
        content = self._letters.of(message).copy(to, mailbox, key=key)
        reply = await self._pool.deliver(message.lane, Mail(self._sender, mailbox, content))
        if not reply.accepts:
            raise refusal(reply, to.value, to.value.rpartition("@")[0], *to.slots.values())
        return Receipt(Outcome.SENT, provider_id=provider_id(reply), code=str(reply.code))

    @override
    async def close(self) -> None:
        await self._pool.close()
