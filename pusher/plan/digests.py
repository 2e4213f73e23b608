"""Daily and weekly digests: what was put aside for people becomes one message at their hour.

Three steps, each a transaction of its own, so that a crash between any two loses nothing and tells nothing twice:
what waits for a range of people is put together (`waiting` → `digest`), people with the same things sharing one; each
digest becomes a broadcast with its rendered messages; its people are handed to the queue. From there on it is like any
other broadcast: suppression, limits, failover, receipts and the next address all hold for it. Whoever became one person
with another since is told nothing that either of them has heard of, by itself or in another digest.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane, Message
from channels.sms_rules import ShortMessages, objections
from pusher.clock import from_instant, to_instant, within_hours
from pusher.database import Database
from pusher.deliver import message_store
from pusher.deliver.batch import pack, unpack
from pusher.deliver.bell import Bell
from pusher.deliver.enqueue import enqueue
from pusher.deliver.tables import message
from pusher.plan import broadcast as broadcasts
from pusher.plan import direct
from pusher.plan.broadcast import DIGEST, BroadcastState
from pusher.plan.digest_items import PutAside, by_contents, contents_of, digest_notice, entries
from pusher.plan.joined import joined_since, still_to_tell, tellers
from pusher.plan.outlets import Outlet as Way
from pusher.plan.outlets import outlets_of, personal
from pusher.plan.planner import Outlet, Render
from pusher.plan.tables import broadcast, digest, waiting
from pusher.watch import store as items
from subscribers.tables import merged
from subscribers.timing import select_people, still_wanting

_log = structlog.get_logger()

#: Seconds between two looks for digests that are due.
_LOOK_SECONDS = 5.0
#: Microseconds.
_DAY = 86_400_000_000
#: How long one rests that could not be written: a template or a channel's setting has to be mended first.
_REST = timedelta(minutes=10)
#: How long a digest is worth delivering, by the days between two of them.
_USEFUL = {1: timedelta(days=1), 7: timedelta(days=3)}


class _TakenError(Exception):
    """Another process has done it: roll back."""


@dataclass(frozen=True, slots=True)
class Writer:
    """What digests are put into words with."""

    #: Configured channels by name.
    outlets: Mapping[str, Outlet]
    render: Render
    #: Names of the domains, in the order of the taxonomy.
    domains: Sequence[str]
    #: Where residents reach the board, without trailing slash; "" = there is none.
    board: str = ""
    #: What is known beforehand of channels of short messages, by name.
    rules: Mapping[str, ShortMessages] | None = None

    def messages(
        self, put_aside: Sequence[PutAside], channels: Sequence[str], *, step: int, at: datetime, expires: datetime
    ) -> tuple[str, Mapping[str, Message]]:
        """The title and the words for each channel; no words if there is nothing to tell. Raises TemplateError."""
        found = entries(put_aside, self.domains, board=f"{self.board}/n/" if self.board else "")
        if not found:
            return "", {}
        notice = digest_notice(found, step=step, at=at, board=f"{self.board}/" if self.board else "")
        words = {name: self._words(name, notice, expires) for name in channels}
        return notice.title, {name: each for name, each in words.items() if self._takes(name, each)}

    def hours(self, channel: str) -> str | None:
        """The hours in which a channel of short messages may begin."""
        return self.rules[channel].sms_hours if self.rules and channel in self.rules else None

    def _words(self, channel: str, notice: Any, expires: datetime) -> Message:
        return self.render(
            self.outlets[channel].form,
            notice,
            folder=DIGEST,
            lane=Lane.ROUTINE,
            expires=expires,
            columns=frozenset(),
            own_link=Lane.ROUTINE in self.outlets[channel].own_links,
        )

    def _takes(self, channel: str, words: Message) -> bool:
        found = objections(self.rules[channel], words) if self.rules and channel in self.rules else ()
        if found:
            _log.error("digest leaves a channel out", channel=channel, problem=found[0])
        return not found


class Digester:
    """The loop of all digests; their times lie in the database."""

    def __init__(self, database: Database, bell: Bell, writer: Writer, now: Callable[[], datetime]) -> None:
        self._database = database
        self._bell = bell
        self._writer = writer
        self._now = now
        #: Digests that could not be written, and when they are tried again.
        self._resting: dict[str, datetime] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Do what is due until `stopping` is set."""
        while not stopping.is_set():
            try:
                await self.once()
            except Exception as surprise:
                _log.exception("digests failed", error=type(surprise).__name__)
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await stopping.wait()
            except TimeoutError:
                continue

    async def once(self) -> None:
        """Put together, write and queue every digest that is due; one that cannot be written holds no other up."""
        due = True
        while due:
            with suppress(_TakenError):
                due = await self._put_together()
        while (found := await self._next()) is not None:
            try:
                await (self._write(found) if found.broadcast_id is None else self._queue(found))
            except _TakenError:
                continue
            except Exception as surprise:
                _log.exception("digest not written", contents=found.contents, error=type(surprise).__name__)
                self._resting[found.contents] = self._now() + _REST

    async def _put_together(self) -> bool:
        """What is due for one range of people becomes digests; False if nothing is due.

        What should have come on several days, while nothing ran, comes as one.
        """
        is_due = waiting.c.due <= to_instant(self._now())
        async with self._database.read() as connection:
            first = await connection.scalar(sa.select(sa.func.min(waiting.c.first)).where(is_due))
            if first is None:
                return False
            these = sa.and_(is_due, waiting.c.first == first)
            rows = (await connection.execute(sa.select(waiting).where(these).order_by(waiting.c.id))).all()
            if not rows:
                # Another process took them between the two looks.
                return True
            aliases = await _merged(connection, rows)
            parts, halted = await _parts(connection, rows, aliases, self._now())
        shared = await asyncio.to_thread(by_contents, parts)
        made = [
            {"due": min(row.due for row in rows), "step": step, "contents": contents, "people": pack(sorted(people))}
            for (step, contents), people in shared.items()
        ]
        goes_on = [row.id for row in rows if row.id not in halted]
        async with self._database.write() as connection:
            taken = await connection.execute(sa.delete(waiting).where(waiting.c.id.in_(goes_on)))
            if taken.rowcount != len(goes_on):
                raise _TakenError
            if halted:
                # Its turn comes with the next digest, should it go on.
                later = waiting.c.due + sa.cast(waiting.c.step, sa.BigInteger) * _DAY
                await connection.execute(sa.update(waiting).where(waiting.c.id.in_(halted)).values(due=later))
            if made:
                await connection.execute(sa.insert(digest), made)
        return True

    async def _next(self) -> Any:
        """The digest to work on; None if none waits."""
        at = self._now()
        self._resting = {contents: until for contents, until in self._resting.items() if until > at}
        async with self._database.read() as connection:
            sought = sa.select(digest).where(digest.c.contents.not_in(self._resting)).order_by(digest.c.id).limit(1)
            return (await connection.execute(sought)).one_or_none()

    async def _write(self, found: Any) -> None:
        """Make a digest a broadcast with its words, for all who share it; one without anything to tell goes."""
        at = self._now()
        expires = max(at, from_instant(found.due)) + _USEFUL[found.step]
        async with self._database.read() as connection:
            put_aside = [await _put_aside(connection, number) for number in contents_of(found.contents)]
            channels = await self._channels(connection, put_aside)
        title, words = self._writer.messages(put_aside, list(channels), step=found.step, at=at, expires=expires)
        if title and not words:
            raise ValueError("no channel takes it")
        shared = sa.and_(
            digest.c.due == found.due,
            digest.c.step == found.step,
            digest.c.contents == found.contents,
            digest.c.broadcast_id.is_(None),
        )
        async with self._database.write() as connection:
            if not title:
                await connection.execute(sa.delete(digest).where(shared))
                return
            number = await direct.propose(
                connection, route=DIGEST, title=title, lane=Lane.ROUTINE, by=DIGEST, at=at, expires=expires
            )
            holds = sa.update(broadcast).where(broadcast.c.id == number)
            await connection.execute(holds.values(contents=found.contents))
            for name, each in words.items():
                await message_store.add(
                    connection,
                    each,
                    broadcast_id=number,
                    channel=name,
                    address_kind=channels[name],
                    expires=expires,
                    groups=(),
                    hours=self._writer.hours(name),
                )
            taken = await connection.execute(sa.update(digest).where(shared).values(broadcast_id=number))
            if not taken.rowcount:
                raise _TakenError
        _log.info("digest written", broadcast=number, entries=len(put_aside))

    async def _channels(self, connection: AsyncConnection, put_aside: Sequence[PutAside]) -> Mapping[str, str]:
        """Channel → kind of address: for each kind the channel that the first of these broadcasts has for it."""
        by_kind: dict[str, str] = {}
        for each in put_aside:
            for kind, outlet in personal(await outlets_of(connection, each.broadcast.id)).items():
                if outlet.channel in self._writer.outlets:
                    by_kind.setdefault(kind, outlet.channel)
        return {channel: kind for kind, channel in by_kind.items()}

    async def _queue(self, found: Any) -> None:
        """Hand the people of a digest that has its broadcast to the queue."""
        contents = contents_of(found.contents)
        async with self._database.read() as connection:
            by_kind = personal(await outlets_of(connection, found.broadcast_id))
            aliases = await _merged(connection, [found])
            people = {aliases.get(each, each) for each in unpack(found.people)}
            by = await tellers(connection, contents)
            joined = await joined_since(connection, by.since, among=people)
            chosen = await _chosen(connection, people.difference(joined.people), list(by_kind), at=self._now())
        async with self._database.write() as connection:
            taken = await connection.execute(sa.delete(digest).where(digest.c.id == found.id))
            if not taken.rowcount:
                raise _TakenError
            if joined.owners:
                left = await still_to_tell(connection, by, joined)
                whole = {person for person, numbers in left.items() if numbers == contents}
                chosen += await _chosen(connection, whole, list(by_kind), at=self._now())
                await _apart(connection, found, {each: left[each] for each in left.keys() - whole})
            for kind, packed in chosen:
                await self._enqueue(connection, by_kind[kind], packed)
        for kind, _ in chosen:
            self._bell.ring(by_kind[kind].channel, Lane.ROUTINE)

    async def _enqueue(self, connection: AsyncConnection, outlet: Way, packed: bytes) -> None:
        at = self._now()
        due = at if outlet.hours is None else within_hours(outlet.hours, at)
        await enqueue(
            connection,
            outlet.message_id,
            channel=outlet.channel,
            lane=Lane.ROUTINE,
            due=to_instant(due),
            packed=packed,
        )
        more = {"planned": message.c.planned + len(packed) // 8, "half_sent_at": None, "most_sent_at": None}
        await connection.execute(sa.update(message).where(message.c.id == outlet.message_id).values(more))
        await self._database.notify(connection, f"{outlet.channel} {Lane.ROUTINE}")


async def _chosen(
    connection: AsyncConnection, people: Set[int], kinds: Sequence[str], *, at: datetime
) -> list[tuple[str, bytes]]:
    """The addresses of people to write to, by kind."""
    return list((await select_people(connection, sorted(people), kinds, at=at)).items()) if people else []


async def _apart(connection: AsyncConnection, found: Any, left: Mapping[int, Sequence[int]]) -> None:
    """Whoever has heard of a part of a digest gets one of his own, with the rest."""
    shared = by_contents((found.step, number, [person]) for person, numbers in left.items() for number in numbers)
    made = [
        {"due": found.due, "step": step, "contents": contents, "people": pack(sorted(people))}
        for (step, contents), people in shared.items()
    ]
    if made:
        await connection.execute(sa.insert(digest), made)


async def _put_aside(connection: AsyncConnection, number: int) -> PutAside:
    found = await broadcasts.get(connection, number)
    item = None if found.item_id is None else await items.get(connection, found.item_id)
    return PutAside(found, item)


async def _merged(connection: AsyncConnection, rows: Sequence[Any]) -> Mapping[int, int]:
    """People among those of the rows who have become another one since."""
    low = min(min(unpack(row.people)) for row in rows)
    high = max(max(unpack(row.people)) for row in rows)
    found = await connection.execute(sa.select(merged).where(merged.c.gone >= low, merged.c.gone <= high))
    return {row.gone: row.into_id for row in found}


async def _parts(
    connection: AsyncConnection, rows: Sequence[Any], aliases: Mapping[int, int], at: datetime
) -> tuple[list[tuple[int, int, Sequence[int]]], list[int]]:
    """(days, broadcast, people who still want it) of what goes on, and the numbers of the rows that are halted."""
    parts: list[tuple[int, int, Sequence[int]]] = []
    halted = []
    for row in rows:
        found = await broadcasts.get(connection, row.broadcast_id)
        if found.state is BroadcastState.HALTED:
            halted.append(row.id)
        elif found.state is not BroadcastState.CANCELLED and found.audience.topic is not None:
            # What counts of people who are one now is what that one wants.
            people = {aliases.get(each, each) for each in unpack(row.people)}
            low, high = min(people) - 1, max(people)
            wanting = await still_wanting(connection, found.audience.topic, after=low, upto=high, at=at)
            parts.append((row.step, row.broadcast_id, sorted(people.intersection(unpack(wanting)))))
    return parts, halted
