"""Versions of warnings, stored and found again. Functions over a connection of the caller."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant, to_instant
from pusher.warnings.life import RefusedActError
from pusher.warnings.tables import warning
from pusher.warnings.warning import Act, Content, State, Status, Translation, Version
from subscribers.topic import Severity

_OWN_COLUMNS = ("organisation", "hazard", "level")


async def add(
    connection: AsyncConnection,
    content: Content,
    *,
    act: Act,
    status: Status,
    by: str,
    at: datetime,
    follows: Version | None = None,
    public_test: str = "",
    origin: tuple[int, int] | None = None,
    signed_by: str = "",
    unproven: str = "",
) -> Version:
    """Store a new draft; `follows` is the newest version of the chain that it goes on.

    `origin`: number and revision of the item that it was drafted from; `signed_by` and `unproven`: see `Version`.
    """
    number = await connection.scalar(
        sa.insert(warning)
        .values(
            chain=follows.chain if follows else 0,
            version=follows.version + 1 if follows else 1,
            act=act.value,
            state=State.DRAFT.value,
            status=status.value,
            drafted_by=by[:64],
            drafted_at=to_instant(at),
            approved_by=[],
            public_test=public_test[:60],
            from_item=origin and origin[0],
            from_revision=origin and origin[1],
            signed_by=signed_by,
            unproven=unproven[:200],
            **_columns(content),
        )
        .returning(warning.c.id)
    )
    assert number is not None
    if follows is None:
        await connection.execute(sa.update(warning).where(warning.c.id == number).values(chain=number))
    return await get(connection, number)


async def get(connection: AsyncConnection, number: int, *, locking: bool = False) -> Version:
    """One version; `locking` keeps others from changing it until the transaction ends. Raises RefusedActError."""
    wanted = sa.select(warning).where(warning.c.id == (number if 0 < number < 2**63 else 0))
    row = (await connection.execute(wanted.with_for_update() if locking else wanted)).one_or_none()
    if row is None:
        raise RefusedActError(f"there is no warning {number}; see `pusher warn list`", f"没有第 {number} 号预警")
    return _version(row)


async def put(connection: AsyncConnection, version: Version) -> None:
    """Store where a version stands now; what it says is changed only while it is open."""
    await connection.execute(
        sa.update(warning)
        .where(warning.c.id == version.id)
        .values(
            state=version.state.value,
            identifier=version.identifier or None,
            sent=None if version.sent is None else to_instant(version.sent),
            item_id=version.item_id,
            broadcast_id=version.broadcast_id,
            checked_by=version.checked_by[:64],
            approved_by=list(version.approved_by),
            override_by=version.override_by[:64],
            override_reason=version.override_reason[:300],
        )
    )


async def chain(connection: AsyncConnection, number: int, *, locking: bool = False) -> Sequence[Version]:
    """All versions of a chain, first one first."""
    wanted = sa.select(warning).where(warning.c.chain == number).order_by(warning.c.version, warning.c.id)
    rows = await connection.execute(wanted.with_for_update() if locking else wanted)
    return [_version(row) for row in rows]


async def latest(
    connection: AsyncConnection, *, limit: int, states: Sequence[State] | None = None, public: bool = False
) -> Sequence[Version]:
    """The newest versions, newest first; `public`: only live ones and named public tests."""
    wanted = sa.select(warning).order_by(warning.c.id.desc()).limit(limit)
    if states is not None:
        wanted = wanted.where(warning.c.state.in_([state.value for state in states]))
    if public:
        wanted = wanted.where(sa.or_(warning.c.status == Status.ACTUAL.value, warning.c.public_test != ""))
    return [_version(row) for row in await connection.execute(wanted)]


async def mark(connection: AsyncConnection) -> tuple[tuple[object, ...], ...]:
    """Another one whenever a version has gone out or has come to another state."""
    column = warning.c
    stands = sa.select(column.state, sa.func.count(), sa.func.max(column.id), sa.func.max(column.sent))
    rows = await connection.execute(stands.group_by(column.state).order_by(column.state))
    return tuple(tuple(row) for row in rows)


async def sent_between(connection: AsyncConnection, since: datetime, until: datetime) -> Sequence[Version]:
    """The versions that went out from `since` to `until`, both included, oldest first."""
    sent = warning.c.sent.between(to_instant(since), to_instant(until))
    rows = await connection.execute(sa.select(warning).where(sent).order_by(warning.c.sent, warning.c.id))
    return [_version(row) for row in rows]


async def in_force(connection: AsyncConnection, hazard: str, status: Status, at: datetime) -> Sequence[Version]:
    """The versions about a hazard that hold at `at`, oldest first."""
    column = warning.c
    holds = (column.state == State.ISSUED.value, column.status == status.value, column.expires > to_instant(at))
    rows = await connection.execute(sa.select(warning).where(*holds, column.hazard == hazard).order_by(column.id))
    return [_version(row) for row in rows]


async def is_taken(connection: AsyncConnection, identifier: str) -> bool:
    """Whether a version has this identifier already."""
    found = await connection.execute(sa.select(warning.c.id).where(warning.c.identifier == identifier))
    return found.first() is not None


async def alarmed(connection: AsyncConnection, number: int) -> Sequence[str]:
    """What officers were alarmed of while version `number` went out."""
    found = await connection.scalar(sa.select(warning.c.alarmed).where(warning.c.id == number).with_for_update())
    return list(found or ())


async def note_alarmed(connection: AsyncConnection, number: int, names: Sequence[str]) -> None:
    """They need not be told of these again."""
    await connection.execute(sa.update(warning).where(warning.c.id == number).values(alarmed=list(names)))


async def from_items(connection: AsyncConnection, item_ids: Sequence[int]) -> Sequence[Version]:
    """The versions that were drafted from these items, oldest first."""
    rows = await connection.execute(sa.select(warning).where(warning.c.from_item.in_(item_ids)).order_by(warning.c.id))
    return [_version(row) for row in rows]


async def is_drafted(connection: AsyncConnection, item_id: int, revision: int) -> bool:
    """Whether a version was drafted from this revision of an item already."""
    same = (warning.c.from_item == item_id, warning.c.from_revision == revision)
    return (await connection.execute(sa.select(warning.c.id).where(*same))).first() is not None


async def of_broadcast(connection: AsyncConnection, broadcast_id: int) -> Version | None:
    """The version that a broadcast carries; None if it carries none."""
    row = (await connection.execute(sa.select(warning).where(warning.c.broadcast_id == broadcast_id))).one_or_none()
    return None if row is None else _version(row)


def _columns(content: Content) -> dict[str, Any]:
    said = asdict(content)
    said |= {"onset": content.onset.isoformat(), "expires": content.expires.isoformat()}
    own = {name: said.pop(name) for name in _OWN_COLUMNS}
    return {**own, "level": int(content.level), "content": said, "expires": to_instant(content.expires)}


def _content(row: sa.Row[Any]) -> Content:
    said: Mapping[str, Any] = row.content
    lists: dict[str, Any] = {name: tuple(said[name]) for name in ("areas", "polygons", "circles")}
    texts: dict[str, Any] = {
        name: said[name] for name in ("area_words", "description", "instruction", "contact", "reason")
    }
    return Content(
        organisation=row.organisation,
        hazard=row.hazard,
        level=Severity(row.level),
        onset=datetime.fromisoformat(said["onset"]),
        expires=datetime.fromisoformat(said["expires"]),
        translations=tuple(Translation(**each) for each in said["translations"]),
        **lists,
        **texts,
    )


def _version(row: sa.Row[Any]) -> Version:
    return Version(
        id=row.id,
        chain=row.chain,
        version=row.version,
        act=Act(row.act),
        state=State(row.state),
        status=Status(row.status),
        content=_content(row),
        drafted_by=row.drafted_by,
        drafted_at=from_instant(row.drafted_at),
        identifier=row.identifier or "",
        sent=None if row.sent is None else from_instant(row.sent),
        item_id=row.item_id,
        broadcast_id=row.broadcast_id,
        checked_by=row.checked_by,
        approved_by=tuple(row.approved_by),
        override_by=row.override_by,
        override_reason=row.override_reason,
        public_test=row.public_test,
        from_item=row.from_item,
        signed_by=row.signed_by,
        unproven=row.unproven,
    )
