"""How often something may be asked for: counted in the database, so that it holds over processes and restarts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import to_instant
from pusher.sign_up.tables import page_use

#: The longest span of a limit; what is older counts for nothing.
LONGEST = timedelta(days=7)

#: Mail services that pass over the dots of a name.
_WITHOUT_DOTS = frozenset({"gmail.com", "googlemail.com"})

#: Domains of one service, where a name is the same mailbox in both.
_SAME_SERVICE = {"googlemail.com": "gmail.com", "me.com": "icloud.com", "mac.com": "icloud.com"}

#: Bits of an IPv6 address that name a subscriber's line; the rest he chooses himself.
_LINE = 64


@dataclass(frozen=True, slots=True)
class Limit:
    """So many within a time."""

    most: int
    within: timedelta


async def allows(connection: AsyncConnection, what: str, who: bytes, limits: Sequence[Limit], *, at: datetime) -> bool:
    """Whether `who` may once more; a yes counts. Two at once cannot both be the last."""
    may = await may_once_more(connection, what, who, limits, at=at)
    if may:
        await count(connection, what, who, at=at)
    return may


async def may_once_more(
    connection: AsyncConnection, what: str, who: bytes, limits: Sequence[Limit], *, at: datetime
) -> bool:
    """Whether `who` may once more, with nobody else counting for the same until the transaction ends."""
    await _alone(connection, who)
    for limit in limits:
        since = to_instant(at - limit.within)
        used = sa.select(sa.func.count()).where(page_use.c.what == what, page_use.c.who == who, page_use.c.at > since)
        if ((await connection.scalar(used)) or 0) >= limit.most:
            return False
    return True


async def count(connection: AsyncConnection, what: str, who: bytes, *, at: datetime) -> None:
    """One use more."""
    await connection.execute(sa.insert(page_use).values(what=what, who=who, at=to_instant(at)))


async def forget(connection: AsyncConnection, at: datetime, *, limit: int) -> int:
    """Delete at most `limit` uses that count for nothing any more; how many."""
    old = sa.select(page_use.c.id).where(page_use.c.at < to_instant(at - LONGEST)).limit(limit)
    return (await connection.execute(sa.delete(page_use).where(page_use.c.id.in_(old)))).rowcount


def reader_of(kind: str, value: str) -> str:
    """What of a normalised address names one reader: a mailbox has as many names as somebody puts behind its "+"."""
    if kind != "email":
        return value
    local, _, domain = value.lower().rpartition("@")
    name = local.partition("+")[0] or local
    if domain in _WITHOUT_DOTS:
        name = name.replace(".", "")
    return f"{name}@{_SAME_SERVICE.get(domain, domain)}"


def line_of(remote: str) -> str:
    """What of an IP address names one asker: all of an IPv4 address, the first 64 bits of an IPv6 one."""
    try:
        found = ip_address(remote)
    except ValueError:
        return remote
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Network((int(found) >> _LINE << _LINE, _LINE)))
    return str(found)


async def _alone(connection: AsyncConnection, who: bytes) -> None:
    """Wait for others that count for the same; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(who[:8], signed=True)
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.cast(number, sa.BigInteger))))
