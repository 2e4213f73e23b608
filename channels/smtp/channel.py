"""The e-mail channel: a message becomes a letter once, and each copy of it goes out over the pool."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

from typing_extensions import override

from channels.channel import Bulk, CallbackAnswer, CallbackRequest, Channel, Outside
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.fields import Prepared
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.smtp.dkim import Signer
from channels.smtp.domains import Domains
from channels.smtp.incoming import Incoming
from channels.smtp.letter import Letter, recipient
from channels.smtp.pool import Pool
from channels.smtp.replies import Reply, Step, provider_id, refusal
from channels.smtp.returned import Returns
from channels.smtp.settings import SmtpSettings
from channels.smtp.tokens import TOKENS, TokenAddress, Tokens
from channels.smtp.wire import Mail

#: Steps whose answers may be those of the recipients' own servers.
_OF_RECIPIENTS = frozenset({Step.RCPT, Step.CONTENT})

#: Mails of one call, and mails in a row on one connection: what a crash leaves in doubt is a fraction of it.
_AT_ONCE = 200
_IN_A_ROW = 50

#: Calls that are usual at a time in one lane: each from a batch of its own.
_BESIDE = 3


class SmtpChannel(Channel, Bulk):
    """Mails to a relay. A lost answer after the content is in doubt: a relay does not recognise a Message-ID."""

    def __init__(self, name: str, settings: SmtpSettings, outside: Outside) -> None:
        """Raises ValueError if a file of the settings cannot be used."""
        # Calls at a time: each fills several connections.
        self.concurrency = settings.concurrency or 2
        self.bulk_limit = _AT_ONCE
        self._connections = settings.connections
        self._domains = Domains(settings.domains)
        self._clock = time.monotonic
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
        (answer,) = await self.send_many(message, [to], keys=[key])
        if isinstance(answer, SendError):
            raise answer
        return answer

    @override
    async def send_many(
        self, message: Message, to: Sequence[Address], *, keys: Sequence[str]
    ) -> Sequence[Receipt | SendError]:
        """See `Bulk`: mails in a row over as many connections as help; each has its own answer."""
        try:
            letter = self._letters.of(message)
        except TechnicalFailure as failure:
            return [failure] * len(to)
        # A warning goes over all connections at once; others leave some to the calls beside this one, for a mail in a
        # long row costs less.
        connections = self._connections if message.lane is Lane.WARNING else -(-self._connections // _BESIDE)
        share = max(1, min(_IN_A_ROW, -(-len(to) // connections)))
        parts = [range(start, min(start + share, len(to))) for start in range(0, len(to), share)]
        got = await asyncio.gather(
            *(self._in_a_row(message.lane, letter, [(to[place], keys[place]) for place in part]) for part in parts)
        )
        return [answer for some in got for answer in some]

    async def _in_a_row(
        self, lane: Lane, letter: Letter, copies: Sequence[tuple[Address, str]]
    ) -> list[Receipt | SendError]:
        answers: dict[int, Receipt | SendError] = {}
        mails: list[tuple[int, str, Mail]] = []
        for place, (to, key) in enumerate(copies):
            domain = to.value.rpartition("@")[2].lower()
            try:
                wait = self._domains.wait(domain, lane, self._clock())
                if wait:
                    answers[place] = _not_yet(wait)
                else:
                    mails.append((place, domain, self._mail(letter, to, key)))
            except PermanentFailure as failure:
                answers[place] = failure
        if self._signer is not None:
            for _, _, mail in mails:
                mail.content = await self._signer.signed(mail.content)
        ended = await self._pool.deliver(lane, [mail for _, _, mail in mails]) if mails else []
        for (place, domain, _), each in zip(mails, ended, strict=True):
            answers[place] = answer = each if isinstance(each, SendError) else _answer(each, copies[place][0])
            # Before it hears of the recipient, a relay speaks of itself.
            if isinstance(each, Reply) and each.step in _OF_RECIPIENTS:
                self._domains.answered(domain, answer.code, self._clock())
        return [answers[place] for place in range(len(copies))]

    def _mail(self, letter: Letter, to: Address, key: str) -> Mail:
        mailbox = recipient(to)
        token = self._tokens.of(key)
        return Mail(self._return_path.of(token), mailbox, letter.copy(to, mailbox, key=key, token=token))

    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """See `channels.channel.Reporting`."""
        return self._incoming.callback(request)

    def reports(self, stopping: asyncio.Event) -> AsyncIterator[CallbackAnswer]:
        """See `channels.channel.Listening`."""
        return self._incoming.reports(stopping)

    @override
    async def close(self) -> None:
        await self._pool.close()


def _not_yet(wait: float) -> TemporaryFailure:
    return TemporaryFailure("waits for its domain's turn", retry_after=wait, by_address=True, untried=True)


def _answer(reply: Reply, to: Address) -> Receipt | SendError:
    if reply.accepts:
        return Receipt(Outcome.SENT, provider_id=provider_id(reply), code=str(reply.code))
    return refusal(reply, to.value, to.value.rpartition("@")[0], *to.slots.values())
