"""Items: what is new, what was edited, what is known already. Functions over a connection that the caller opened."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant, to_instant
from pusher.item import Item
from pusher.review.duplicates import plain_title, same_thing
from pusher.review.review import Reviewed
from pusher.watch.notice_json import notice_from_json, notice_to_json
from pusher.watch.tables import item, item_key, item_revision
from subscribers.topic import Severity, Topic
from templates.notice import Notice

#: Any number that no other advisory lock of the service uses.
_ACCEPTING = 0x4954_454D

#: Longest key that is stored as it is; a longer one is stored by its digest.
_LONGEST_KEY = 400
_PLAIN_TITLE = 120
#: Items with the same words that are compared with a newcomer.
_CANDIDATES = 20


class ItemState(StrEnum):
    """Where an item stands."""

    #: May be routed.
    READY = "ready"
    #: Waits for a person: it may tell too much of people.
    HELD = "held"
    #: Was there when its source was first looked at: known, not told.
    BASELINE = "baseline"
    #: Taken back: never routed again.
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as stored."""

    id: int
    source: str
    url: str
    title: str
    kind: str
    state: ItemState
    #: 0 at first publication; else the number of the edit.
    revision: int
    #: Whether that edit changed the title or the document number.
    major: bool
    topic: Topic
    notice: Notice
    why: tuple[str, ...]
    facts: dict[str, str]
    #: Keys of the earlier things that this one updates or ends.
    follows: tuple[str, ...]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of the items that were accepted."""

    #: Numbers of those that were not known.
    new: tuple[int, ...]
    #: Numbers of those that had changed.
    edited: tuple[int, ...]
    #: How many were known and unchanged.
    seen: int


@dataclass(frozen=True, slots=True)
class Recent:
    """An item that may still be edited."""

    id: int
    url: str
    title: str
    keys: tuple[str, ...]


async def known_keys(connection: AsyncConnection, keys: Iterable[str]) -> set[str]:
    """Those of `keys` that name an item."""
    stored = {_stored_key(key): key for key in keys}
    found = await connection.scalars(sa.select(item_key.c.key).where(item_key.c.key.in_(list(stored))))
    return {stored[key] for key in found}


async def accept(
    connection: AsyncConnection,
    items: Sequence[tuple[Item, Sequence[str]]],
    *,
    at: datetime,
    baseline: bool,
    review: Callable[[Item], Reviewed],
) -> Accepted:
    """Store what is new, keep what was edited as a revision, remember further names of what is known.

    Each item comes with all its names. `review` masks and judges it: only its result is stored. With `baseline` new
    items are only learned. A damaged item is the caller's to leave out: all of these are stored, or none.
    """
    if connection.dialect.name == "postgresql":
        # Two columns may bring the same thing at the same moment: the second must find what the first has stored.
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ACCEPTING)))
    new: list[int] = []
    edited: list[int] = []
    seen = 0
    for each, keys in items:
        names = list(dict.fromkeys(_stored_key(key) for key in (each.key, *keys)))
        number = await _known(connection, each, names)
        if number is None:
            number = await _add(connection, each, review(each), at=at, baseline=baseline)
            new.append(number)
        elif await _edit(connection, number, each, review, at=at):
            edited.append(number)
        else:
            seen += 1
        await _remember(connection, number, names)
    return Accepted(tuple(new), tuple(edited), seen)


async def next_to_plan(connection: AsyncConnection, *, limit: int) -> Sequence[StoredItem]:
    """Ready items whose present revision was not planned yet, oldest first."""
    found = await connection.execute(
        sa.select(item)
        .where(item.c.to_plan == 1, item.c.state == ItemState.READY.value)
        .order_by(item.c.id)
        .limit(limit)
    )
    return [_stored(row) for row in found]


async def planned(connection: AsyncConnection, item_id: int, revision: int) -> None:
    """The planner has seen this revision."""
    await connection.execute(sa.update(item).where(item.c.id == item_id, item.c.revision == revision).values(to_plan=0))


async def get(connection: AsyncConnection, item_id: int) -> StoredItem | None:
    """One item; None if there is none of this number."""
    row = (await connection.execute(sa.select(item).where(item.c.id == item_id))).one_or_none()
    return None if row is None else _stored(row)


async def latest(connection: AsyncConnection, *, limit: int, state: ItemState | None = None) -> Sequence[StoredItem]:
    """The newest items, newest first."""
    wanted = sa.select(item).order_by(item.c.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(item.c.state == state.value)
    return [_stored(row) for row in await connection.execute(wanted)]


async def recent(connection: AsyncConnection, source: str, *, since: datetime, limit: int) -> Sequence[Recent]:
    """Items that `source` found since then, newest first, with their names."""
    rows = (
        await connection.execute(
            sa.select(item.c.id, item.c.url, item.c.title)
            .where(item.c.source == source, item.c.seen_at >= to_instant(since))
            .order_by(item.c.seen_at.desc(), item.c.id.desc())
            .limit(limit)
        )
    ).all()
    names: dict[int, list[str]] = {}
    keys = await connection.execute(
        sa.select(item_key.c.item_id, item_key.c.key).where(item_key.c.item_id.in_([row.id for row in rows]))
    )
    for item_id, key in keys:
        names.setdefault(item_id, []).append(key)
    return [Recent(row.id, row.url, row.title, tuple(names.get(row.id, ()))) for row in rows]


async def by_key(connection: AsyncConnection, key: str) -> StoredItem | None:
    """The item that has this name; None if it is not known."""
    row = (
        await connection.execute(
            sa.select(item).join(item_key, item_key.c.item_id == item.c.id).where(item_key.c.key == _stored_key(key))
        )
    ).one_or_none()
    return None if row is None else _stored(row)


async def set_state(connection: AsyncConnection, item_id: int, before: Iterable[ItemState], after: ItemState) -> bool:
    """Move an item from one of the states `before` to `after`; False if it is in none of them."""
    changed = await connection.execute(
        sa.update(item)
        .where(item.c.id == item_id, item.c.state.in_([state.value for state in before]))
        .values(state=after.value)
    )
    return changed.rowcount == 1


async def _known(connection: AsyncConnection, each: Item, names: Sequence[str]) -> int | None:
    found = await connection.scalar(
        sa.select(item_key.c.item_id).where(item_key.c.key.in_(names)).order_by(item_key.c.item_id).limit(1)
    )
    return found if found is not None else await _same_words(connection, each)


async def _same_words(connection: AsyncConnection, each: Item) -> int | None:
    """An item under another address that is the same thing; warnings are told apart by their identifiers alone."""
    if each.kind == "warning":
        return None
    candidates = await connection.execute(
        sa.select(item.c.id, item.c.source, item.c.url, item.c.title, item.c.published)
        .where(item.c.plain_title == plain_title(each.title)[:_PLAIN_TITLE], item.c.kind != "warning")
        .order_by(item.c.id.desc())
        .limit(_CANDIDATES)
    )
    for row in candidates:
        published = None if row.published is None else from_instant(row.published)
        if same_thing(each, Item(row.source, "", row.title, row.url, published)):
            return int(row.id)
    return None


async def _add(connection: AsyncConnection, each: Item, reviewed: Reviewed, *, at: datetime, baseline: bool) -> int:
    values = _values(each, reviewed)
    added = await connection.execute(
        sa.insert(item)
        .values(
            source=each.source,
            plain_title=plain_title(each.title)[:_PLAIN_TITLE],
            state=(ItemState.BASELINE if baseline else _state(reviewed)).value,
            seen_at=to_instant(at),
            changed_at=to_instant(at),
            to_plan=int(not baseline),
            **values,
        )
        .returning(item.c.id)
    )
    return int(added.scalar_one())


async def _edit(
    connection: AsyncConnection, number: int, each: Item, review: Callable[[Item], Reviewed], *, at: datetime
) -> bool:
    row = (await connection.execute(sa.select(item).where(item.c.id == number))).one()
    major, minor = _digests(each)
    if not each.body and not each.summary:
        # A list row says less than the article that was read before: that is no edit.
        minor = bytes(row.minor_digest)
    if row.source != each.source or (major, minor) == (bytes(row.major_digest), bytes(row.minor_digest)):
        return False
    if row.state == ItemState.WITHDRAWN.value:
        return False
    await connection.execute(
        sa.insert(item_revision).values(item_id=number, revision=row.revision, notice=row.notice, until=to_instant(at))
    )
    reviewed = review(each)
    await connection.execute(
        sa.update(item)
        .where(item.c.id == number)
        .values(
            revision=row.revision + 1,
            major=int(major != bytes(row.major_digest)),
            state=_state(reviewed).value,
            changed_at=to_instant(at),
            to_plan=1,
            **_values(each, reviewed),
        )
    )
    return True


async def _remember(connection: AsyncConnection, number: int, names: Sequence[str]) -> None:
    present = set(await connection.scalars(sa.select(item_key.c.key).where(item_key.c.key.in_(names))))
    missing = [{"key": name, "item_id": number} for name in names if name not in present]
    if missing:
        await connection.execute(sa.insert(item_key), missing)


def _values(each: Item, reviewed: Reviewed) -> dict[str, Any]:
    """The columns that an edit changes."""
    major, minor = _digests(each)
    return {
        "url": each.url[:2000],
        "title": reviewed.notice.title[:500],
        "published": None if each.published is None else to_instant(each.published),
        "kind": each.kind,
        "domains": sorted(reviewed.topic.domains),
        "areas": sorted(reviewed.topic.areas),
        "severity": int(reviewed.topic.severity),
        "notice": notice_to_json(reviewed.notice),
        "why": list(reviewed.why),
        "facts": dict(each.facts),
        "follows": list(each.follows),
        "major_digest": major,
        "minor_digest": minor,
    }


def _state(reviewed: Reviewed) -> ItemState:
    return ItemState.HELD if reviewed.held else ItemState.READY


def _digests(each: Item) -> tuple[bytes, bytes]:
    return _digest(each.title, each.document_number), _digest(each.body or each.summary)


def _digest(*texts: str) -> bytes:
    return hashlib.sha256("\0".join("".join(text.split()) for text in texts).encode()).digest()


def _stored_key(key: str) -> str:
    return key if len(key) <= _LONGEST_KEY else "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def _stored(row: sa.Row[Any]) -> StoredItem:
    return StoredItem(
        id=row.id,
        source=row.source,
        url=row.url,
        title=row.title,
        kind=row.kind,
        state=ItemState(row.state),
        revision=row.revision,
        major=bool(row.major),
        topic=Topic(frozenset(row.domains), frozenset(row.areas), Severity(row.severity)),
        notice=notice_from_json(row.notice),
        why=tuple(row.why),
        facts=dict(row.facts),
        follows=tuple(row.follows),
        seen_at=from_instant(row.seen_at),
    )
