"""A small service with items and digests, and a channel that keeps what it was given to read."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from typing_extensions import override

from channels.message import Address, Message
from channels.receipt import Receipt
from pusher.item import Item
from pusher.plan.digests import Digester, Writer
from pusher.plan.rendering import rendering
from pusher.plan.tables import digest, waiting
from pusher.review.review import Reviewed
from pusher.watch import store
from subscribers.tables import subscriber
from templates.notice import Notice
from templates.render import Renderer
from tests.support.engine import EVERYBODY, Engine, Hands
from tests.support.office import Way

#: Saturday, 10:00 in China.
SATURDAY = datetime(2026, 11, 21, 2, tzinfo=UTC)


class Letters(Hands):
    """A channel that keeps the words that each address was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.read: dict[str, list[str]] = {}

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        """Keep the text."""
        receipt = await super().send(message, to, key=key)
        self.read.setdefault(to.value, []).append(f"{message.parts['subject']}\n{message.parts['text']}")
        return receipt


class Town(Engine):
    """An engine with items, and with digests."""

    def digester(self) -> Digester:
        """A fresh one, as after a restart."""
        render = rendering(Renderer(service="星湖区信息推送"))
        ways = {"mail": Way("mail", "email"), "sms": Way("sms", "phone")}
        writer = Writer(ways, render, ["教育", "医疗"], board="https://tz.example")
        return Digester(self.database, self.bell, writer, self.now)

    async def item(self, title: str, domain: str = "教育") -> int:
        """A stored item; its number."""
        notice = Notice(title, f"{title}的摘要。", "", "星湖区教体局", SATURDAY, "https://www.example.cn/1", (domain,))
        item = Item(source="inbox", key=title, title=title, url=notice.url)
        async with self.database.write() as connection:
            await store.accept(
                connection,
                [(item, [title])],
                at=self.at,
                baseline=False,
                review=lambda _: Reviewed(EVERYBODY, notice, (), held=False, why=()),
            )
            stored = await store.by_key(connection, title)
        assert stored is not None
        return stored.id

    async def tell(self, title: str, domain: str = "教育", **more: Any) -> int:
        """A broadcast of a new item, planned; its number."""
        number = await self.propose(**more)
        await self.belongs(number, await self.item(title, domain))
        await self.fan_out()
        return number

    async def belongs(self, number: int, item_id: int, revision: int = 0) -> None:
        """Make a broadcast one of this item."""
        async with self.database.write() as connection:
            await connection.exec_driver_sql(
                f"UPDATE broadcast SET item_id = {item_id}, revision = {revision} WHERE id = {number}"
            )

    async def choose(self, person: int, frequency: str, hour: int = 8) -> None:
        """Somebody's choice."""
        async with self.database.write() as connection:
            await connection.execute(
                sa.update(subscriber).where(subscriber.c.id == person).values(frequency=frequency, digest_hour=hour)
            )

    async def go(self, at: datetime, letters: Letters) -> None:
        """Everything that is due at a time."""
        self.at = at
        await self.digester().once()
        await self.deliver(mail=letters)

    async def left(self) -> int:
        """Rows that still wait."""
        async with self.database.read() as connection:
            counts = [
                await connection.scalar(sa.select(sa.func.count()).select_from(each)) for each in (waiting, digest)
            ]
        return sum(count or 0 for count in counts)
