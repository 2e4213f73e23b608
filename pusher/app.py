"""The one place that builds the service and joins its parts."""

import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import aiohttp
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.channel import Channel, Outside, PostNotice
from channels.failover import Failover
from channels.limits import EachLimits
from channels.paced import Paced
from pusher import clock
from pusher.audit import log as audit_log
from pusher.custody.followers import followers_of
from pusher.database import Database
from pusher.deliver.token_store import DatabaseTokens
from pusher.migrations.upgrade import check, upgrade
from pusher.settings.channels import Configured
from pusher.settings.read import Plan
from subscribers.enrol import VALUE
from subscribers.keys import KeyRing, KeyRingError
from subscribers.links import Links
from subscribers.tables import address


@dataclass(frozen=True, slots=True)
class Store:
    """What is kept, open: enough for short commands."""

    plan: Plan
    database: Database
    ring: KeyRing
    links: Links
    #: The present, aware.
    now: Callable[[], datetime] = clock.now

    async def audit(
        self, connection: AsyncConnection, *, actor: str, action: str, target: str, detail: str = ""
    ) -> None:
        """Write an act of a person down in the transaction that carries it out."""
        await audit_log.append(
            connection,
            self.ring.derive("audit"),
            at=self.now(),
            actor=actor,
            action=action,
            target=target,
            detail=detail,
        )


@asynccontextmanager
async def open_store(plan: Plan, *, upgrading: bool = False) -> AsyncIterator[Store]:
    """Open database and key ring; `upgrading` brings an older database up to date, else it is refused."""
    ring = KeyRing.load(plan.key_file)
    database = Database.open(plan.database_url)
    try:
        if upgrading or (database.is_sqlite and not _exists(plan)):
            await upgrade(database)
        else:
            await check(database)
        if not await opens_with(database, ring):
            raise KeyRingError(f"{plan.key_file} is the key ring of another database: put the right one back")
        yield Store(plan, database, ring, Links([ring.derive("links")]))
    finally:
        await database.close()


async def opens_with(database: Database, ring: KeyRing) -> bool:
    """Whether the first and the newest address were stored with this ring.

    With another one the same people would be stored again, and refusals and erasures would not be found.
    """
    ends = sa.select(sa.func.min(address.c.id)).union(sa.select(sa.func.max(address.c.id)))
    async with database.read() as connection:
        stored = await connection.scalars(sa.select(address.c.value).where(address.c.id.in_(ends)))
    try:
        ring.decrypt_many(stored, VALUE)
    except KeyRingError:
        return False
    return True


def _exists(plan: Plan) -> bool:
    return (plan.data / "pusher.db").exists()


@asynccontextmanager
async def open_outside(store: Store, post_notice: PostNotice) -> AsyncIterator[Outside]:
    """What channels are given of the outside; its connections are closed at the end."""
    # Few hosts with many requests each: the pool must not be smaller than what channels keep in flight.
    # A line that was idle for long may be dead already, and a request on it would be in doubt.
    connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, keepalive_timeout=5)
    session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
    async with session as http:
        yield Outside(
            http=http,
            tokens=DatabaseTokens(store.database, store.ring),
            post_notice=post_notice,
            now=store.now,
            public_url=store.plan.public_url,
            derive=store.ring.derive,
            followers=partial(_followers, store),
        )


async def _followers(store: Store, name: str) -> set[str]:
    """See `channels.channel.Followers`."""
    codes = {domain.name: domain.code for domain in store.plan.taxonomy.domains}
    async with store.database.read() as connection:
        return await followers_of(connection, store.ring, codes[name])


@asynccontextmanager
async def open_channels(store: Store, post_notice: PostNotice) -> AsyncIterator[Mapping[str, Channel]]:
    """Build every channel of the settings, paced as they say; closed at the end."""
    async with AsyncExitStack() as stack:
        outside = await stack.enter_async_context(open_outside(store, post_notice))
        built: dict[str, Channel] = {}
        for name, configured in store.plan.channels.items():
            built[name] = _build(configured, outside, built)
            stack.push_async_callback(built[name].close)
        yield built


def _build(configured: Configured, outside: Outside, built: Mapping[str, Channel]) -> Channel:
    if configured.settings is None:
        return Failover({name: built[name] for name in configured.members})
    channel: Channel = configured.kind.build(configured.name, configured.settings, outside)
    limits = configured.settings
    if limits.per_second is None and limits.daily_quota is None and not isinstance(limits, EachLimits):
        return channel
    return Paced(channel, limits, now=outside.now)


def worker_name() -> str:
    """A name for this process that no other one has."""
    return f"{socket.gethostname()}-{os.getpid()}-{os.urandom(3).hex()}"[:64]
