"""A town to measure with: a database with people who subscribed, and broadcasts to all of them."""

import asyncio
import json
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from channels.message import Lane, Message
from pusher import clock
from pusher.database import Database
from pusher.deliver import message_store
from pusher.deliver.bell import Bell
from pusher.deliver.dispatch import Desk
from pusher.deliver.tables import batch, message
from pusher.migrations.upgrade import upgrade
from pusher.plan import broadcast
from pusher.plan.fan_out import FanOut
from subscribers.audience import Audience
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.keys import KeyRing
from subscribers.links import Links
from subscribers.topic import Topic
from tests.support import postgres

#: The item that is broadcast: everybody subscribes to its domain, in one of these areas, and to two further domains.
_DOMAIN = "education"
_OTHERS = ("rural", "aid", "health", "environment", "disaster", "culture")
AREAS = ("36", "3604", "360403", "360403001", "360403002", "360403003")
_TOPIC = Topic(frozenset({_DOMAIN}), frozenset({"360403"}))

#: People who are added in one transaction.
_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Town:
    """An open database with people."""

    database: Database
    ring: KeyRing
    bell: Bell
    people: int
    #: File of the ring.
    keys: Path

    @property
    def desk(self) -> Desk:
        """What dispatchers of this process need; every message may hold the unsubscribe link."""
        links = Links([self.ring.derive("links")])
        own = {"unsubscribe_url": lambda number: f"https://tz.example/u/{links.sign_unsubscribe(number)}"}
        return Desk(self.database, self.ring, self.bell, f"benchmark {os.getpid()}", clock.now, own)

    async def propose(self, words: Message, channels: dict[str, str]) -> int:
        """A broadcast of `words` to everybody over `channels` (name → kind of address); its number."""
        at = clock.now()
        until = at + timedelta(days=1)
        async with self.database.write() as connection:
            number = await broadcast.propose(
                connection,
                item_id=None,
                revision=0,
                route="benchmark",
                title="benchmark",
                lane=words.lane,
                audience=Audience(_TOPIC, warning=words.lane is Lane.WARNING),
                due=at,
                expires=until,
                by="benchmark",
                at=at,
                approval=False,
            )
            for channel, kind in channels.items():
                await message_store.add(
                    connection,
                    words,
                    broadcast_id=number or 0,
                    channel=channel,
                    address_kind=kind,
                    expires=until,
                    groups=(),
                )
        return number or 0

    async def fan_out(self) -> None:
        """Plan everything that is due."""
        await FanOut(self.database, self.bell, clock.now).once()

    async def counters(self, number: int) -> dict[str, int]:
        """The counters of a broadcast, over its channels."""
        names = ("planned", "sent", "delivered", "failed", "in_doubt", "retrying", "suppressed")
        sums = [sa.func.sum(message.c[name]).label(name) for name in names]
        async with self.database.read() as connection:
            row = (await connection.execute(sa.select(*sums).where(message.c.broadcast_id == number))).one()
        return {name: int(value or 0) for name, value in row._mapping.items()}

    async def batches(self) -> int:
        """How many batches there are."""
        async with self.database.read() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(batch)) or 0


def _email_only(_chance: random.Random, number: int) -> list[tuple[str, str]]:
    return [("email", f"r{number}@example.com")]


def _phone_only(_chance: random.Random, number: int) -> list[tuple[str, str]]:
    return [("phone", f"+86138{number:08d}")]


def _openid_only(_chance: random.Random, number: int) -> list[tuple[str, str]]:
    return [("openid", f"o{number:027d}")]


def _mixed(chance: random.Random, number: int) -> list[tuple[str, str]]:
    ways = [*_email_only(chance, number), *_phone_only(chance, number), *_openid_only(chance, number)]
    return ways[: chance.choice((1, 1, 2, 3))]


#: What addresses people have, by the kinds that a benchmark needs.
ADDRESSES: dict[str, Callable[[random.Random, int], list[tuple[str, str]]]] = {
    "email": _email_only,
    "phone": _phone_only,
    "openid": _openid_only,
    "mixed": _mixed,
}


@asynccontextmanager
async def town(url: str, people: int, *, addresses: str) -> AsyncIterator[Town]:
    """A database at `url`, filled with `people` who have three subscriptions each; one in fifty is suppressed.

    A process of its own fills it, so that the memory of this one is that of the work alone.
    """
    with tempfile.TemporaryDirectory(prefix="pusher-bench-keys-") as folder:
        keys = Path(folder) / "keys"
        KeyRing.generate().save(keys)
        task = json.dumps({"url": url, "people": people, "addresses": addresses, "keys": str(keys)})
        filling = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.town", stdin=asyncio.subprocess.PIPE
        )
        await filling.communicate(task.encode())
        if filling.returncode:
            raise SystemExit("the database could not be filled")
        async with opened(url, keys, people) as here:
            yield here


@asynccontextmanager
async def opened(url: str, keys: Path, people: int) -> AsyncIterator[Town]:
    """A database that is filled already, as a further process sees it."""
    database = Database.open(url)
    try:
        yield Town(database, KeyRing.load(keys), Bell(), people, keys)
    finally:
        await database.close()


async def _prepare(url: str, people: int, addresses: str, keys: str) -> None:
    """What the filling process does."""
    database = Database.open(url)
    try:
        await upgrade(database)
        await _fill(database, KeyRing.load(Path(keys)), people, addresses)
    finally:
        await database.close()


async def _fill(database: Database, ring: KeyRing, people: int, addresses: str) -> None:
    chance = random.Random(20260910)
    for first in range(1, people + 1, _CHUNK):
        numbers = range(first, min(first + _CHUNK, people + 1))
        newcomers = [_newcomer(chance, number, addresses) for number in numbers]
        async with database.write() as connection:
            await add_many(connection, ring, newcomers, Origin("benchmark", clock.now()))
    if addresses == "mixed":
        async with database.write() as connection:
            await connection.execute(sa.text("UPDATE address SET standing = 2 WHERE id % 50 = 0"))
    async with database.write() as connection:
        await connection.exec_driver_sql("ANALYZE")


def _newcomer(chance: random.Random, number: int, addresses: str) -> Newcomer:
    domains = (_DOMAIN, *chance.sample(_OTHERS, 2))
    return Newcomer(
        ADDRESSES[addresses](chance, number),
        subscriptions=[Subscription(domain, chance.choice(AREAS)) for domain in domains],
        preference=chance.choice(("first", "first", "all")),
    )


@contextmanager
def database_url(kind: str) -> Iterator[str]:
    """A new database of `kind` ("sqlite" or "postgresql"), gone at the end."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="pusher-bench-") as folder:
            yield f"sqlite+aiosqlite:///{Path(folder) / 'pusher.db'}"
    else:
        with postgres.server() as server, _fresh_database(server) as url:
            yield url


@contextmanager
def _fresh_database(server: str) -> Iterator[str]:
    name = f"pusher_bench_{random.randrange(10**9)}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        admin.dispose()


if __name__ == "__main__":
    asyncio.run(_prepare(**json.loads(sys.stdin.readline())))
