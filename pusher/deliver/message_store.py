"""Messages as stored: the rendered words of a broadcast for one channel, and whether they may go out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane, Message
from channels.slots import Pattern
from pusher.clock import from_instant, to_instant
from pusher.deliver import files as stored_files
from pusher.deliver.batch import BatchState, unpack
from pusher.deliver.tables import batch, message

_WORDS = ("parts", "fields", "template")


class MessageState(StrEnum):
    """Whether the batches of a message may be worked on."""

    OPEN = "open"
    HALTED = "halted"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and what a worker needs to know besides its words."""

    message: Message
    expires: datetime
    #: "public" or the kind of address that it goes to.
    address_kind: str
    #: Numbers of the groups whose columns fill its slots.
    groups: tuple[int, ...]
    #: Names of the slots that its words hold.
    slots: frozenset[str]
    #: Whether it goes to addresses whose owners have refused since they got what it follows.
    to_refused: bool = False
    #: Whether what is due goes out into quiet hours as well.
    at_once: bool = False
    #: Hours in which what waited may begin; None = any.
    hours: str | None = None
    #: Whether it goes to members of those of its groups that outweigh a 退订.
    by_duty: bool = False


def message_name(message_id: int) -> str:
    """The name under which a channel knows a stored message."""
    return f"m{message_id}"


async def add(
    connection: AsyncConnection,
    words: Message,
    *,
    broadcast_id: int,
    channel: str,
    address_kind: str,
    expires: datetime,
    groups: Sequence[int],
    to_refused: bool = False,
    by_duty: bool = False,
    files: Sequence[int] = (),
    at_once: bool = False,
    hours: str | None = None,
) -> int:
    """Store the rendered `words` (their id is replaced by the stored one's name); returns the message's number.

    `to_refused` is for what follows a warning: whoever was warned must hear of its end, also after refusing.
    `by_duty` is for warnings: a list that the law makes may outweigh a 退订. `files`: numbers of the stored files that
    go with it. `at_once`: it warns, or answers what its receiver has just done, and goes out into quiet hours once it
    is due; `hours`: those in which what waited may begin ("08:00-20:00", +08:00).
    """
    content: dict[str, object] = {"parts": dict(words.parts), "fields": dict(words.fields), "template": words.template}
    if files:
        content["files"] = list(files)
    added = await connection.execute(
        sa.insert(message)
        .values(
            broadcast_id=broadcast_id,
            channel=channel,
            address_kind=address_kind,
            lane=words.lane.value,
            expires=to_instant(expires),
            groups=list(groups),
            at_once=int(at_once),
            hours=hours,
            to_refused=int(to_refused),
            by_duty=int(by_duty),
            content=content,
        )
        .returning(message.c.id)
    )
    return int(added.scalar_one())


async def load(connection: AsyncConnection, message_id: int) -> StoredMessage:
    """The message as it goes out. Raises LookupError if there is none."""
    row = (await connection.execute(sa.select(message).where(message.c.id == message_id))).one_or_none()
    if row is None:
        raise LookupError(f"there is no message {message_id}")
    expires = from_instant(row.expires)
    words = Message(
        id=message_name(message_id),
        lane=Lane(row.lane),
        expires=expires,
        files=await stored_files.load(connection, row.content.get("files", ())),
        **{name: row.content[name] for name in _WORDS},
    )
    texts = (*words.parts.values(), *words.fields.values())
    slots = frozenset(name for text in texts for name in Pattern.of(text).names)
    return StoredMessage(
        message=words,
        expires=expires,
        address_kind=row.address_kind,
        groups=tuple(row.groups),
        slots=slots,
        to_refused=bool(row.to_refused),
        by_duty=bool(row.by_duty),
        at_once=bool(row.at_once),
        hours=row.hours,
    )


async def halt(connection: AsyncConnection, broadcast_id: int) -> None:
    """Stop all messages of a broadcast at their next slice; nothing is lost."""
    await _set_state(connection, broadcast_id, MessageState.HALTED)
    await _move(connection, broadcast_id, BatchState.WAITING, BatchState.HELD)


async def resume(connection: AsyncConnection, broadcast_id: int) -> None:
    """Let the messages of a halted broadcast go on."""
    await _set_state(connection, broadcast_id, MessageState.OPEN)
    await _move(connection, broadcast_id, BatchState.HELD, BatchState.WAITING)


async def cancel(connection: AsyncConnection, broadcast_id: int) -> None:
    """End all messages of a broadcast: whatever was not handed over yet never will be."""
    await _set_state(connection, broadcast_id, MessageState.CANCELLED)
    await _move(connection, broadcast_id, BatchState.HELD, BatchState.WAITING)


async def take_back(connection: AsyncConnection, broadcast_ids: Sequence[int], *, at: datetime) -> None:
    """End all messages of these broadcasts at once, also those that wait for a later try.

    Batches under way are locked first: whoever works on one has then said how far it goes (`batch.started`), and
    learns at its next slice that there is none. So after this transaction `in_flight` names everybody who may still
    get one of the messages. What waits is written off among the routine work: it keeps nothing urgent waiting.
    """
    mine = sa.select(message.c.id).where(message.c.broadcast_id.in_(broadcast_ids))
    claimed = sa.and_(batch.c.message_id.in_(mine), batch.c.state == BatchState.CLAIMED.value)
    await connection.execute(sa.select(batch.c.id).where(claimed).order_by(batch.c.id).with_for_update())
    for broadcast_id in broadcast_ids:
        await cancel(connection, broadcast_id)
    waiting = sa.and_(batch.c.message_id.in_(mine), batch.c.state == BatchState.WAITING.value)
    await connection.execute(sa.update(batch).where(waiting).values(lane=Lane.ROUTINE.value, due=to_instant(at)))


async def in_flight(connection: AsyncConnection, broadcast_ids: Sequence[int]) -> Sequence[tuple[str, int]]:
    """(channel, address number) of whoever is being written to at this moment: handed over, outcome not yet known."""
    rows = await connection.execute(
        sa.select(batch.c.channel, batch.c.recipients, batch.c.recorded, batch.c.started)
        .join(message, message.c.id == batch.c.message_id)
        .where(message.c.broadcast_id.in_(broadcast_ids), batch.c.state == BatchState.CLAIMED.value)
    )
    return [(row.channel, number) for row in rows for number in unpack(row.recipients)[row.recorded : row.started]]


async def _set_state(connection: AsyncConnection, broadcast_id: int, state: MessageState) -> None:
    await connection.execute(sa.update(message).where(message.c.broadcast_id == broadcast_id).values(state=state.value))


async def _move(connection: AsyncConnection, broadcast_id: int, before: BatchState, after: BatchState) -> None:
    mine = sa.select(message.c.id).where(message.c.broadcast_id == broadcast_id)
    await connection.execute(
        sa.update(batch).where(batch.c.message_id.in_(mine), batch.c.state == before.value).values(state=after.value)
    )
