"""Channels that answer as they are told, for the wrappers that decide by answers."""

from collections.abc import Sequence

from typing_extensions import override

from channels.channel import Bulk, CallbackAnswer, CallbackRequest, Channel
from channels.failure import SendError
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt


class Gateway(Channel):
    """Answers with `failure`, or takes the message where that is None."""

    concurrency = 8

    def __init__(self, failure: SendError | None = None) -> None:
        self.failure = failure
        #: Numbers of the addresses that it was asked for, in order.
        self.asked: list[int] = []
        self.closed = 0

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        self.asked.append(to.id)
        if self.failure:
            raise self.failure
        return Receipt(Outcome.SENT, key=key)

    @override
    async def close(self) -> None:
        self.closed += 1


class BulkGateway(Gateway, Bulk):
    """Takes many at once, with an answer of its own for some addresses, and is called back."""

    bulk_limit = 100

    def __init__(self, failure: SendError | None = None, **failures: SendError) -> None:
        """`failures`: by the value of an address."""
        super().__init__(failure)
        self.failures = failures

    @override
    async def send_many(
        self, message: Message, to: Sequence[Address], *, keys: Sequence[str]
    ) -> Sequence[Receipt | SendError]:
        self.asked.extend(address.id for address in to)
        return [
            self.failures.get(address.value) or self.failure or Receipt(Outcome.SENT, key=key)
            for address, key in zip(to, keys, strict=True)
        ]

    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        return CallbackAnswer(body="heard")
