"""What becomes of what a look found: new, edited, known already, or taken down. Functions over a connection."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant, to_instant
from pusher.item import Item
from pusher.review.duplicates import is_repost, same_thing
from pusher.review.review import Reviewed
from pusher.watch.item_columns import ItemState, digests, plain, stored_key, words
from pusher.watch.tables import item, item_key, item_revision

#: Any number that no other advisory lock of the service uses.
_ACCEPTING = 0x4954_454D
#: Items with the same words that are compared with a newcomer.
_CANDIDATES = 20
#: `Notice.follows` of what its publisher has taken down.
_TAKEN_DOWN = "撤回"
#: In place of a digest: whatever comes back under this name differs from it.
_NOTHING = b""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of the items that were accepted."""

    #: Numbers of those that were not known.
    new: tuple[int, ...]
    #: Numbers of those that had changed.
    edited: tuple[int, ...]
    #: How many were known and unchanged.
    seen: int


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
        names = list(dict.fromkeys(stored_key(key) for key in (each.key, *keys)))
        number = await _named(connection, names) or await _same_words(connection, each, review)
        if number is None:
            number = await _add(connection, each, review(each), at=at, baseline=baseline)
            new.append(number)
        elif await _edit(connection, number, each, review, at=at):
            edited.append(number)
        else:
            seen += 1
        await _remember(connection, number, names)
    return Accepted(tuple(new), tuple(edited), seen)


async def withdraw(connection: AsyncConnection, source: str, urls: Collection[str], *, at: datetime) -> Sequence[int]:
    """The publisher has taken these pages of `source` down; numbers of the items that this changed.

    What was told becomes a major edit that says so (routes decide whether it is told again); what was not is not told
    any more. Should the page come back, that is an edit like any other.
    """
    gone = sa.select(item).where(
        item.c.source == source, item.c.url.in_(list(urls)), item.c.state != ItemState.WITHDRAWN.value
    )
    changed = []
    for row in (await connection.execute(gone)).all():
        if row.notice["follows"] != _TAKEN_DOWN:
            after = await _taken_down(connection, row, at=at)
            await _change(connection, row.id, {**after, "minor_digest": _NOTHING}, at=at)
            changed.append(int(row.id))
    return changed


async def _taken_down(connection: AsyncConnection, row: Any, *, at: datetime) -> dict[str, Any]:
    """The columns of an item whose page was taken down."""
    if row.state == ItemState.BASELINE.value or (row.to_plan and not row.revision):
        return {"state": ItemState.WITHDRAWN.value}
    step = {"major": 1} if row.to_plan else await _next_revision(connection, row, at=at)
    return {"notice": row.notice | {"follows": _TAKEN_DOWN}, **step}


async def _named(connection: AsyncConnection, names: Sequence[str]) -> int | None:
    """The item that has one of these names; of several the first."""
    wanted = sa.select(item_key.c.item_id).where(item_key.c.key.in_(names)).order_by(item_key.c.item_id).limit(1)
    found: int | None = await connection.scalar(wanted)
    return found


async def _same_words(connection: AsyncConnection, each: Item, review: Callable[[Item], Reviewed]) -> int | None:
    """An item under another address that is the same thing; warnings are told apart by their identifiers alone."""
    if each.kind == "warning":
        return None
    reviewed = review(each)
    candidates = await connection.execute(
        sa.select(
            item.c.id, item.c.source, item.c.url, item.c.title, item.c.published, item.c.notice, item.c.minor_digest
        )
        .where(item.c.plain_title == plain(reviewed.notice.title), item.c.kind != "warning")
        .order_by(item.c.id.desc())
        .limit(_CANDIDATES)
    )
    # Both titles are masked: as published they are not stored.
    ours = Item(each.source, each.key, reviewed.notice.title, each.url, each.published, reviewed.notice.issuer)
    return next((int(row.id) for row in candidates if _is_same(ours, digests(each)[1], row)), None)


def _is_same(ours: Item, text: bytes, row: Any) -> bool:
    """Whether the same words in two titles are one thing.

    Thirty offices publish 「部门预算公开」 on one day, and one office the same title again two days later: each of them
    is a thing of its own unless one says that it is a repost, or the texts agree.
    """
    published = None if row.published is None else from_instant(row.published)
    theirs = Item(row.source, "", row.title, row.url, published, row.notice["issuer"])
    if not same_thing(ours, theirs):
        return False
    if ours.url == theirs.url or is_repost(ours.title) or is_repost(theirs.title):
        return True
    if text == bytes(row.minor_digest) and row.notice["body"]:
        return True
    is_one_day = not ours.published or not published or abs(ours.published - published) < timedelta(days=1)
    return is_one_day and (not ours.issuer or not theirs.issuer or ours.issuer == theirs.issuer)


async def _add(connection: AsyncConnection, each: Item, reviewed: Reviewed, *, at: datetime, baseline: bool) -> int:
    values = words(each, reviewed)
    if baseline:
        values["state"] = ItemState.BASELINE.value
    added = await connection.execute(
        sa.insert(item)
        .values(
            source=each.source,
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
    major, minor = digests(each)
    before = bytes(row.major_digest), bytes(row.minor_digest)
    if not each.body and not each.summary:
        # A list row says less than the article that was read before: that is no edit.
        minor = before[1]
    if row.source != each.source or (major, minor) == before:
        return False
    if row.state == ItemState.WITHDRAWN.value and before[1] != _NOTHING:
        return False
    is_major = major != before[0] or before[1] == _NOTHING
    if row.to_plan:
        # Nobody was told of what it said before: it is still the same publication, or the same edit.
        step = {"major": int(bool(row.revision) and (is_major or bool(row.major)))}
    else:
        step = await _next_revision(connection, row, at=at, major=is_major)
    await _change(connection, number, words(each, review(each)) | step, at=at)
    return True


async def _next_revision(connection: AsyncConnection, row: Any, *, at: datetime, major: bool = True) -> dict[str, int]:
    """Keep what the item says now; the columns of the revision that takes its place."""
    await connection.execute(
        sa.insert(item_revision).values(item_id=row.id, revision=row.revision, notice=row.notice, until=to_instant(at))
    )
    return {"revision": row.revision + 1, "major": int(major), "to_plan": 1}


async def _change(connection: AsyncConnection, number: int, values: dict[str, Any], *, at: datetime) -> None:
    await connection.execute(sa.update(item).where(item.c.id == number).values(changed_at=to_instant(at), **values))


async def _remember(connection: AsyncConnection, number: int, names: Sequence[str]) -> None:
    present = set(await connection.scalars(sa.select(item_key.c.key).where(item_key.c.key.in_(names))))
    missing = [{"key": name, "item_id": number} for name in names if name not in present]
    if missing:
        await connection.execute(sa.insert(item_key), missing)
