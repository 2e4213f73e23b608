"""Appends to the audit log and checks its chain."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.audit.tables import audit_entry
from pusher.clock import from_instant, to_instant

_BEGINNING = b"\0" * 32


@dataclass(frozen=True, slots=True)
class Entry:
    """One act of a person."""

    number: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: str


async def append(
    connection: AsyncConnection, key: bytes, *, at: datetime, actor: str, action: str, target: str, detail: str = ""
) -> None:
    """Write one act down, in the transaction that carries it out: what is undone is not in the log either."""
    if connection.dialect.name != "sqlite":
        # One appender at a time, or two entries would follow the same one.
        await connection.execute(sa.text("LOCK TABLE audit_entry IN EXCLUSIVE MODE"))
    last = (
        await connection.execute(
            sa.select(audit_entry.c.number, audit_entry.c.digest).order_by(audit_entry.c.number.desc()).limit(1)
        )
    ).one_or_none()
    number, before = (1, _BEGINNING) if last is None else (last.number + 1, bytes(last.digest))
    entry = Entry(number, at, actor[:64], action[:64], target[:200], detail[:500])
    await connection.execute(
        sa.insert(audit_entry).values(
            number=number,
            at=to_instant(at),
            actor=entry.actor,
            action=entry.action,
            target=entry.target,
            detail=entry.detail,
            digest=_digest(key, before, entry),
        )
    )


async def latest(connection: AsyncConnection, *, limit: int, actor: str = "") -> Sequence[Entry]:
    """The newest entries, newest first; `actor`: only those of one."""
    newest = sa.select(audit_entry).order_by(audit_entry.c.number.desc()).limit(limit)
    found = await connection.execute(newest.where(audit_entry.c.actor == actor) if actor else newest)
    return [_entry(row) for row in found]


async def first_broken(connection: AsyncConnection, key: bytes) -> int | None:
    """Number of the first entry that was altered or follows a missing one; None if the chain holds."""
    before, expected = _BEGINNING, 1
    async with connection.stream(sa.select(audit_entry).order_by(audit_entry.c.number)) as rows:
        async for row in rows:
            digest = _digest(key, before, _entry(row))
            if row.number != expected or not hmac.compare_digest(digest, bytes(row.digest)):
                return expected
            before, expected = digest, expected + 1
    return None


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    return Entry(row.number, from_instant(row.at), row.actor, row.action, row.target, row.detail)


def _digest(key: bytes, before: bytes, entry: Entry) -> bytes:
    words = [entry.number, to_instant(entry.at), entry.actor, entry.action, entry.target, entry.detail]
    return hmac.new(key, before + json.dumps(words, ensure_ascii=False).encode(), hashlib.sha256).digest()
