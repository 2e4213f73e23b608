"""Puts every stored value under the active key, a few hundred rows a transaction, while the service runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.database import Database
from pusher.deliver.tables import token
from pusher.deliver.token_store import CONTEXT as TOKEN
from subscribers import sign_up as sign_ups
from subscribers.ciphers import HEADER_END
from subscribers.enrol import NAME, VALUE
from subscribers.keys import KeyRing
from subscribers.recipients import COLUMNS
from subscribers.tables import address, membership, sign_up, subscriber

#: Rows of one transaction: some milliseconds, so that no message waits for it.
_ROWS = 500


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A column whose values only the key ring opens."""

    column: sa.Column[bytes]
    #: What `KeyRing.encrypt` was given with them.
    context: str

    @property
    def key(self) -> Sequence[sa.Column[Any]]:
        """The columns that name a row."""
        return list(self.column.table.primary_key.columns)


#: All encrypted columns of the service.
ENCRYPTED = (
    Encrypted(address.c.value, VALUE),
    Encrypted(subscriber.c.name, NAME),
    Encrypted(membership.c.columns, COLUMNS),
    Encrypted(token.c.value, TOKEN),
    Encrypted(sign_up.c.value, sign_ups.VALUE),
    Encrypted(sign_up.c.wishes, sign_ups.WISHES),
)


async def usage(connection: AsyncConnection) -> dict[str, int]:
    """How many values each key encrypts, by the key's name."""
    counted: dict[str, int] = {}
    for each in ENCRYPTED:
        header = sa.func.substr(each.column, 1, HEADER_END).label("header")
        query = sa.select(header, sa.func.count()).where(each.column.is_not(None)).group_by(header)
        for found, number in await connection.execute(query):
            name = bytes(found)[1:].rstrip(b"\0").decode("ascii", "replace")
            counted[name] = counted.get(name, 0) + number
    return counted


async def encrypt_anew(database: Database, ring: KeyRing, *, changed: Callable[[int], None]) -> int:
    """Put every value that another key encrypts under the active one; how many there were.

    `changed` hears of each step's rows. It may be broken off at any time: what is left is found the next time. A value
    that somebody changes meanwhile keeps what he wrote. Raises KeyRingError for a value that no key opens.
    """
    return sum([await _column_anew(database, ring, each, changed) for each in ENCRYPTED])


async def _column_anew(database: Database, ring: KeyRing, each: Encrypted, changed: Callable[[int], None]) -> int:
    total = 0
    after: Sequence[object] | None = None
    while True:
        async with database.write() as connection:
            rows = (await connection.execute(_old(each, ring.header, after))).all()
            if rows:
                await _replace(connection, ring, each, rows)
        if not rows:
            return total
        total += len(rows)
        changed(len(rows))
        after = rows[-1][:-1]


def _old(each: Encrypted, header: bytes, after: Sequence[object] | None) -> sa.Select[Any]:
    """The next rows behind `after` that another key encrypts: their key, and the value last."""
    query = (
        sa.select(*each.key, each.column)
        .where(each.column.is_not(None), sa.func.substr(each.column, 1, HEADER_END) != header)
        .order_by(*each.key)
        .limit(_ROWS)
    )
    return query if after is None else query.where(sa.tuple_(*each.key) > sa.tuple_(*after))


async def _replace(connection: AsyncConnection, ring: KeyRing, each: Encrypted, rows: Sequence[Sequence[Any]]) -> None:
    here = [column == sa.bindparam(f"key{place}") for place, column in enumerate(each.key)]
    statement = (
        sa.update(each.column.table)
        .where(*here, each.column == sa.bindparam("old"))
        .values({each.column: sa.bindparam("new")})
    )
    values = [
        {f"key{place}": part for place, part in enumerate(row[:-1])}
        | {"old": row[-1], "new": ring.encrypt(ring.decrypt(bytes(row[-1]), each.context), each.context)}
        for row in rows
    ]
    await connection.execute(statement, values)
