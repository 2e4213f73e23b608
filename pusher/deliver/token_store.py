"""Channels' short-lived secrets, encrypted in the database so that all processes share one (`TokenStore`)."""

from datetime import datetime

import sqlalchemy as sa

from pusher.clock import from_instant, to_instant
from pusher.database import Database
from pusher.deliver.tables import token
from subscribers.bulk import insert_or
from subscribers.keys import KeyRing, KeyRingError

#: Context of a token, see `KeyRing.encrypt`.
CONTEXT = "token.value"


class DatabaseTokens:
    """The token store of the service."""

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._database = database
        self._ring = ring

    async def get(self, name: str) -> tuple[str, datetime] | None:
        """The token and its aware end of life; None if there is none, or none that the key ring opens any more."""
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(token).where(token.c.name == name))).one_or_none()
        if row is None:
            return None
        try:
            return self._ring.decrypt(row.value, CONTEXT), from_instant(row.expires)
        except KeyRingError:
            return None

    async def put(self, name: str, value: str, expires: datetime) -> None:
        """Keep the token, in place of the former one."""
        values = {"value": self._ring.encrypt(value, CONTEXT), "expires": to_instant(expires)}
        async with self._database.write(urgent=True) as connection:
            kept = insert_or(connection, token).values(name=name, **values)
            await connection.execute(kept.on_conflict_do_update(index_elements=["name"], set_=values))

    async def claim(self, name: str, *, at: datetime, until: datetime) -> bool:
        """See `TokenStore.claim`: a row without a token, whose end of life is that of the claim."""
        values = {"value": self._ring.encrypt("", CONTEXT), "expires": to_instant(until)}
        async with self._database.write(urgent=True) as connection:
            claimed = insert_or(connection, token).values(name=name, **values)
            claimed = claimed.on_conflict_do_update(
                index_elements=["name"], set_=values, where=token.c.expires <= to_instant(at)
            )
            return (await connection.execute(claimed.returning(token.c.name))).one_or_none() is not None

    async def release(self, name: str) -> None:
        """Let others claim it at once."""
        async with self._database.write(urgent=True) as connection:
            await connection.execute(sa.delete(token).where(token.c.name == name))
