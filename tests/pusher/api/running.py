"""What the API is given in its tests: a shelf for items, and a channel that is called back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from channels.channel import CallbackAnswer, CallbackRequest
from channels.receipt import Outcome, Receipt
from pusher.api.items import AcceptedItem
from pusher.clock import CHINA
from pusher.item import Item

NOW = datetime(2026, 11, 22, 12, tzinfo=CHINA)
KEY = "pk_live_1_correct-horse"


@dataclass
class Running:
    """A running API and what reached it."""

    url: str = ""
    #: Items by key, with the program that posted them.
    items: dict[str, tuple[Item, str]] = field(default_factory=dict)
    #: What was stored of callbacks, with the channel.
    taken: list[tuple[str, CallbackAnswer]] = field(default_factory=list)
    #: What the channel was asked.
    asked: list[CallbackRequest] = field(default_factory=list)
    #: Raised by whatever is handed in next; None = all is well.
    trouble: Exception | None = None

    async def accept(self, item: Item, keys: Sequence[str], program: str) -> AcceptedItem:
        """Keep an item once for each key."""
        self._fail()
        new = keys[0] not in self.items
        self.items.setdefault(keys[0], (item, program))
        return AcceptedItem(list(self.items).index(keys[0]) + 1, new, "found")

    async def take(self, channel: str, answer: CallbackAnswer) -> None:
        """Keep what a callback told."""
        self._fail()
        self.taken.append((channel, answer))

    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """A provider that sends the numbers of messages that have arrived, "?" to check, and "!" to break us."""
        self.asked.append(request)
        if request.body == b"!":
            raise RuntimeError("secret of the channel")
        if request.method == "GET":
            return CallbackAnswer(body=request.query.get("echostr", ""))
        if request.query.get("token") != "t":
            return CallbackAnswer(status=403, body="not signed")
        numbers = request.body.decode().split()
        receipts = [Receipt(Outcome.DELIVERED, provider_id=number) for number in numbers]
        return CallbackAnswer(receipts=receipts, body='{"code":0,"msg":"成功"}', content_type="application/json")

    def _fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble
