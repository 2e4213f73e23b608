"""The demo: the real service on a fresh database, and a district that publishes while one looks."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from aiohttp import web

from pusher.app import Store, open_store
from pusher.console.site import Site
from pusher.demo.inbox import Inbox
from pusher.demo.people import GROUPS
from pusher.demo.settings import write_settings
from pusher.demo.town import Announcement
from pusher.demo.world import World, free_port, world
from pusher.plan import broadcast
from pusher.plan.broadcast import BroadcastState
from pusher.plan.tables import broadcast as broadcasts
from pusher.report.progress import OverChannel, by_channel, latest
from pusher.service import Service, open_service, web_application
from pusher.settings.read import read
from pusher.watch.tables import item
from subscribers.enrol import Subscription
from subscribers.keys import KeyRing
from subscribers.people import add_subscriber
from subscribers.tables import group, membership

#: Where the board and the inbox page are shown.
PORT = 8080
#: Seconds between two things that the town publishes, and between two looks at it.
_PAUSE = 3.0
_LOOK = 1.0
#: Seconds that the gateways' last receipts may take.
_PATIENCE = 30.0

#: What the demo tells people, a line at a time.
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What came of it."""

    items: int
    broadcasts: int
    #: Channel → "sent", "delivered", "failed".
    deliveries: dict[str, dict[str, int]]
    seconds: float
    #: What was lost, one sentence each; empty if nothing was.
    lost: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "items": self.items,
            "broadcasts": self.broadcasts,
            "deliveries": self.deliveries,
            "seconds": self.seconds,
            "lost": list(self.lost),
        }


@dataclass
class Demo:
    """The service and the world around it, running."""

    service: Service
    around: World
    url: str
    tell: Tell
    began: float
    is_running: bool = True
    #: Broadcasts whose end was told.
    told: set[int] = field(default_factory=set)

    @property
    def store(self) -> Store:
        """The demo's own store."""
        return self.service.store

    async def publish_everything(self) -> None:
        """Let the whole script happen at once, look, and wait until everything is delivered."""
        while (published := self.around.town.publish_next()) is not None:
            self._announce(published)
            for column in published.columns:
                await self.service.watcher.look(column)
        await self.settle()

    async def publish_slowly(self, stopping: asyncio.Event) -> None:
        """Let one thing happen after the other, as people can follow it, until all has happened."""
        while not stopping.is_set():
            published = self.around.town.publish_next()
            if published is None:
                break
            self._announce(published)
            await _pause(stopping, _PAUSE)
            await self._approve_warnings()
            await self._tell_ends()
        self.is_running = False

    async def settle(self) -> None:
        """Approve what waits for it, deliver what is due, and wait for the gateways' receipts."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            await self.service.planner.once()
            await self._approve_warnings()
            await self.service.settle_once()
            if await self._is_settled():
                break
            await asyncio.sleep(0.1)
        await self._tell_ends()

    async def report(self) -> DemoReport:
        """Count, and hold the ledger against what the counterparties took."""
        async with self.store.database.read() as connection:
            items = await connection.scalar(sa.select(sa.func.count()).select_from(item).where(item.c.state == "ready"))
            number = await connection.scalar(sa.select(sa.func.count()).select_from(broadcasts))
            counters = await by_channel(connection)
        deliveries = {
            name: {
                "sent": each["sent"],
                "delivered": each["delivered"],
                "failed": each["failed"] + each["bounced"] + each["expired"],
            }
            for name, each in counters.items()
        }
        return DemoReport(
            items=items or 0,
            broadcasts=number or 0,
            deliveries=deliveries,
            seconds=round(time.monotonic() - self.began, 1),
            lost=tuple(self._lost(counters)),
        )

    def _lost(self, counters: dict[str, dict[str, int]]) -> list[str]:
        lost = []
        for name, each in counters.items():
            settled = sum(each[key] for key in ("sent", "failed", "expired", "suppressed", "cancelled"))
            if settled != each["planned"]:
                lost.append(f"{name}: {each['planned'] - settled} of {each['planned']} came to nothing")
        for name, taken in self.around.counts().items():
            said = counters.get(name, {}).get("sent", 0)
            if taken != said:
                lost.append(f"{name}: the ledger says {said} sent, the other side took {taken}")
        return lost

    async def _is_settled(self) -> bool:
        async with self.store.database.read() as connection:
            waiting = await connection.scalar(
                sa.select(sa.func.count())
                .select_from(broadcasts)
                .where(broadcasts.c.state.in_((BroadcastState.PROPOSED.value, BroadcastState.OPEN.value)))
            )
            counters = await by_channel(connection)
        reported = all(
            counters[name]["delivered"] + counters[name]["bounced"] == counters[name]["sent"]
            for name in ("aliyun_sms", "wechat")
            if name in counters
        )
        return not waiting and reported

    async def _approve_warnings(self) -> None:
        """The officer on duty approves what the automatic source has drafted."""
        async with self.store.database.write(urgent=True) as connection:
            proposed = sa.select(broadcasts.c.id, broadcasts.c.title).where(
                broadcasts.c.state == BroadcastState.PROPOSED.value
            )
            for number, title in (await connection.execute(proposed)).all():
                await broadcast.approve(connection, number, by="officer on duty", at=self.store.now())
                await self.store.audit(
                    connection, actor="officer on duty", action="broadcast approve", target=f"broadcast {number}"
                )
                self.tell(f"签发  {title}")
        self.service.to_fan_out.set()

    async def _tell_ends(self) -> None:
        """Say of each broadcast that has ended to whom it went and what came back."""
        async with self.store.database.read() as connection:
            newest = await latest(connection, limit=100)
        for each in reversed(newest):
            if each.broadcast.state is BroadcastState.DONE and each.id not in self.told:
                self.told.add(each.id)
                ways = "，".join(_way(channel) for channel in each.channels)
                self.tell(f"送达  {each.broadcast.title}\n      {each.broadcast.route}: {ways}")

    def _announce(self, published: Announcement) -> None:
        self.tell(f"发布  {published.issuer}《{published.title}》")


@asynccontextmanager
async def demo(tell: Tell, *, port: int) -> AsyncIterator[Demo]:
    """Everything set up in a fresh folder: the world, the people, the service, its web server."""
    began = time.monotonic()
    port = free_port(port)
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pusher-demo-")))
        around = await stack.enter_async_context(world(url))
        plan = read(write_settings(folder, around, port=port, interval=_LOOK))
        plan.data.mkdir()
        KeyRing.generate().save(plan.key_file)
        store = await stack.enter_async_context(open_store(plan, upgrading=True))
        await _settle_in(store, around)
        service = await stack.enter_async_context(open_service(store))
        running = Demo(service, around, url, tell, began)
        await stack.enter_async_context(_serving(running, port))
        # The first look learns what stands there already; nothing of it is told.
        await service.watcher.once()
        yield running


async def _settle_in(store: Store, around: World) -> None:
    """Forty residents with their subscriptions, and the lists that the departments keep."""
    at = store.now()
    async with store.database.write() as connection:
        numbers = {
            each.name: await connection.scalar(
                sa.insert(group)
                .values(name=each.name, department=each.department, basis=each.basis, purpose=each.purpose)
                .returning(group.c.id)
            )
            for each in GROUPS
        }
        for each in around.residents:
            person = await add_subscriber(
                connection,
                store.ring,
                name=each.name,
                addresses=each.addresses,
                subscriptions=[Subscription(*wish) for wish in each.subscriptions],
                preference=each.preference,
                language="zh",
                source="demo",
                at=at,
                confirmed=True,
            )
            memberships = [{"group_id": numbers[name], "subscriber_id": person} for name in each.groups]
            if memberships:
                await connection.execute(sa.insert(membership), memberships)


@asynccontextmanager
async def _serving(running: Demo, port: int) -> AsyncIterator[None]:
    """The service's own pages, and the inbox page beside them."""
    app = web_application(running.service)
    plan = running.store.plan
    site = Site(
        town=plan.settings.service.name,
        public_url=plan.public_url,
        domains={domain.code: domain.name for domain in plan.taxonomy.domains},
        areas={place.code: place.name for place in plan.taxonomy.places},
    )
    app.add_routes(Inbox(site, running.around.received, lambda: running.is_running, running.around.scan).routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


def _way(over: OverChannel) -> str:
    """What became of a broadcast over one channel ("wechat 9 已送达 9，未送达 1")."""
    counters = over.counters
    failed = counters["failed"] + counters["bounced"]
    return f"{over.channel} {counters['sent']}（已送达 {counters['delivered']}，未送达 {failed}）"


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
