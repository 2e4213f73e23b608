"""The posts of the public board as stored: functions over a connection that the caller opened."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant, to_instant
from pusher.console.tables import board_post
from subscribers.topic import Severity, Topic, wider_areas
from templates.drill import marked

#: How long a warning that names no end stands on top of the board.
STANDS_WITHOUT_END = timedelta(days=1)

#: What no database, page or feed takes: control characters, halves of surrogate pairs, non-characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

#: What a post says of a warning that should never have gone out.
MISTAKE = "误发"
#: A post that says this of an earlier one is no warning itself.
_ENDS = ("解除", "撤回", MISTAKE)

_newer = board_post.alias("newer")


@dataclass(frozen=True, slots=True)
class Post:
    """What is put up."""

    #: Names the post for ever (at most 64 characters); putting it up again replaces it.
    key: str
    #: Plain text.
    title: str
    #: One to three sentences, plain text; may be "".
    summary: str
    #: A fragment of HTML; it is cleaned whenever it is shown.
    html: str
    #: What the board's filters go by. Severity above NOTICE makes it a warning.
    topic: Topic = field(default_factory=Topic)
    #: As people know it; "" if unknown.
    issuer: str = ""
    #: Aware time of first publication; None if unknown.
    published: datetime | None = None
    #: Aware time from which a warning is over by itself; None = it does not say.
    expires: datetime | None = None
    #: None for what was posted by hand.
    item_id: int | None = None
    #: Key of the earlier post that this one updates or ends; "" if none.
    follows: str = ""
    #: "更新", "更正", "撤回", "解除", "误发" where it follows one; else "".
    change: str = ""
    #: "" for live; "测试" or "演练" stands first in title and summary, and the post is no warning in force.
    drill: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """A post as it stands on the board."""

    #: The number in its address.
    id: int
    post: Post
    #: Aware UTC times: when it was first put up, and when its words last changed.
    posted: datetime
    changed: datetime
    #: When it was taken down; None = it stands.
    withdrawn: datetime | None
    #: Number of the latest post that follows this one; None if there is none.
    newer: int | None
    #: Number of the post that this one follows; None if it is not on the board.
    older: int | None

    def is_over(self, at: datetime) -> bool:
        """Whether this is a warning that no longer holds: followed by another post, ending one, or past its time."""
        end = self.post.expires or self.posted + STANDS_WITHOUT_END
        over = self.newer is not None or self.post.change in _ENDS or end <= at
        return self.post.topic.severity > Severity.NOTICE and over


async def put_post(connection: AsyncConnection, post: Post, *, at: datetime) -> int:
    """Put `post` up and return its number; a known key keeps number, place and withdrawal, and takes the new words."""
    values = _row(_printable(post))
    times = {"posted_at": to_instant(at), "changed_at": to_instant(at)}
    added = sa.insert(board_post).values(**values, **times).returning(board_post.c.id)
    try:
        async with connection.begin_nested():
            return int((await connection.execute(added)).scalar_one())
    except IntegrityError:
        return await _replace(connection, values, at)


async def withdraw(connection: AsyncConnection, key: str, *, at: datetime) -> bool:
    """Take a post down: its address says so from now on. False if there was none to take down."""
    standing = (board_post.c.key == key) & board_post.c.withdrawn_at.is_(None)
    taken = await connection.execute(sa.update(board_post).where(standing).values(withdrawn_at=to_instant(at)))
    return taken.rowcount == 1


async def get(connection: AsyncConnection, number: int) -> Posted | None:
    """The post of this number, withdrawn or not; None if there never was one."""
    row = (await connection.execute(_posts().where(board_post.c.id == number))).one_or_none()
    return None if row is None else _posted(row)


async def number_of_item(connection: AsyncConnection, item_id: int) -> int | None:
    """The number of an item's post; None if it is not on the board."""
    newest = sa.select(sa.func.max(board_post.c.id)).where(board_post.c.item_id == item_id)
    found: int | None = await connection.scalar(newest)
    return found


async def latest(
    connection: AsyncConnection,
    *,
    domain: str = "",
    area: str = "",
    issuer: str = "",
    before: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    warnings: bool = False,
    limit: int = 20,
) -> Sequence[Posted]:
    """Standing posts, newest first, below the number `before`; "" = every domain, every area, every issuer.

    `warnings`: nothing else, whether they hold or not. `since` and `until` (not included): when they were published, or
    put up where the page does not say.

    A post belongs to an area if one of its own areas contains it or lies in it.
    """
    query = _posts().where(board_post.c.withdrawn_at.is_(None), *_matching(domain, area))
    if issuer:
        query = query.where(board_post.c.issuer == issuer)
    if warnings:
        query = query.where(board_post.c.severity > Severity.NOTICE)
    if before is not None:
        query = query.where(board_post.c.id < before)
    at = sa.func.coalesce(board_post.c.published_at, board_post.c.posted_at)
    if since is not None:
        query = query.where(at >= to_instant(since))
    if until is not None:
        query = query.where(at < to_instant(until))
    rows = await connection.execute(query.order_by(board_post.c.id.desc()).limit(limit))
    return [_posted(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the directory: what one issuer published in one domain."""

    #: Code; "" for notices of no domain.
    domain: str
    #: "" where the pages do not say.
    issuer: str
    count: int
    #: Aware UTC time of the newest.
    newest: datetime


async def directory(connection: AsyncConnection) -> Sequence[Entry]:
    """Standing posts by domain and issuer; a post of two domains counts in both."""
    column = board_post.c
    newest = sa.func.max(sa.func.coalesce(column.published_at, column.posted_at))
    found = await connection.execute(
        sa.select(column.domains, column.issuer, sa.func.count(), newest)
        .where(column.withdrawn_at.is_(None))
        .group_by(column.domains, column.issuer)
    )
    entries: dict[tuple[str, str], Entry] = {}
    for domains, issuer, count, at in found:
        for domain in _split(domains) or {""}:
            known = entries.get((domain, issuer))
            total, last = (known.count, known.newest) if known else (0, from_instant(at))
            entries[domain, issuer] = Entry(domain, issuer, total + count, max(last, from_instant(at)))
    return sorted(entries.values(), key=lambda entry: (entry.domain, -entry.count, entry.issuer))


async def issuers(connection: AsyncConnection, *, limit: int = 200) -> Sequence[str]:
    """Who has published most, by name."""
    column = board_post.c
    found = await connection.scalars(
        sa.select(column.issuer)
        .where(column.withdrawn_at.is_(None), column.issuer != "")
        .group_by(column.issuer)
        .order_by(sa.func.count().desc(), column.issuer)
        .limit(limit)
    )
    return sorted(found)


async def last_change(connection: AsyncConnection) -> datetime | None:
    """When anything on the board was last put up, changed or taken down; None = nothing ever stood there."""
    times = [at for at in (await mark(connection))[:2] if at is not None]
    return from_instant(max(times)) if times else None


async def mark(connection: AsyncConnection) -> tuple[int | None, int | None, int | None]:
    """Another one whenever anything on the board has changed; it costs next to nothing to ask."""
    column = board_post.c
    newest = sa.select(_newest(column.changed_at), _newest(column.withdrawn_at), _newest(column.id))
    changed, withdrawn, number = (await connection.execute(newest)).one()
    return changed, withdrawn, number


async def in_force(connection: AsyncConnection, *, at: datetime, area: str = "") -> Sequence[Posted]:
    """The warnings that hold at `at`, the gravest first: live, not withdrawn, not followed by another, not over."""
    column = board_post.c
    not_over = sa.or_(
        column.expires_at > to_instant(at),
        column.expires_at.is_(None) & (column.posted_at > to_instant(at - STANDS_WITHOUT_END)),
    )
    query = _posts().where(
        column.severity > Severity.NOTICE,
        column.drill == "",
        column.withdrawn_at.is_(None),
        column.change.not_in(_ENDS),
        _newest_of_its_kind().is_(None),
        not_over,
        *_matching("", area),
    )
    rows = await connection.execute(query.order_by(column.severity.desc(), column.id.desc()))
    return [_posted(row) for row in rows]


async def mistakes(connection: AsyncConnection, *, at: datetime, area: str = "") -> Sequence[Posted]:
    """What was said within a day of warnings that should never have gone out: as plain to see as they were."""
    column = board_post.c
    query = _posts().where(
        column.change == MISTAKE,
        column.drill == "",
        column.withdrawn_at.is_(None),
        column.posted_at > to_instant(at - STANDS_WITHOUT_END),
        *_matching("", area),
    )
    return [_posted(row) for row in await connection.execute(query.order_by(column.id.desc()))]


async def _replace(connection: AsyncConnection, values: dict[str, object], at: datetime) -> int:
    """Give the post of a known key its new words; without a change, its time of change stays as well."""
    column = board_post.c
    former = (await connection.execute(sa.select(board_post).where(column.key == values["key"]))).one()
    if any(getattr(former, name) != value for name, value in values.items()):
        changed = sa.update(board_post).where(column.id == former.id)
        await connection.execute(changed.values(**values, changed_at=to_instant(at)))
    return int(former.id)


def _newest(column: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    # Each in a query of its own: then both are read off the end of an index.
    return sa.select(sa.func.max(column)).scalar_subquery()


def _posts() -> sa.Select[tuple[object, ...]]:
    older = board_post.alias("older")
    number_of_older = sa.select(older.c.id).where(older.c.key == board_post.c.follows).scalar_subquery()
    return sa.select(board_post, _newest_of_its_kind().label("newer"), number_of_older.label("older"))


def _newest_of_its_kind() -> sa.ScalarSelect[int]:
    """Number of the newest standing post that follows this one; a test follows no live post, nor a live one a test."""
    follows = (_newer.c.follows == board_post.c.key) & (_newer.c.drill == board_post.c.drill)
    return sa.select(sa.func.max(_newer.c.id)).where(follows, _newer.c.withdrawn_at.is_(None)).scalar_subquery()


def _matching(domain: str, area: str) -> Sequence[sa.ColumnElement[bool]]:
    conditions = []
    if domain:
        conditions.append(board_post.c.domains.contains(f",{domain},", autoescape=True))
    if area:
        wider = [board_post.c.areas.contains(f",{code},", autoescape=True) for code in sorted(wider_areas([area]))]
        conditions.append(sa.or_(board_post.c.areas.contains(f",{area}", autoescape=True), *wider))
    return conditions


def _row(post: Post) -> dict[str, object]:
    return {
        "key": post.key,
        "item_id": post.item_id,
        "domains": _joined(post.topic.domains),
        "areas": _joined(post.topic.areas),
        "severity": int(post.topic.severity),
        "title": post.title,
        "summary": post.summary,
        "html": post.html,
        "issuer": post.issuer,
        "published_at": None if post.published is None else to_instant(post.published),
        "expires_at": None if post.expires is None else to_instant(post.expires),
        "follows": post.follows or None,
        "change": post.change,
        "drill": post.drill,
    }


def _posted(row: sa.Row[tuple[object, ...]]) -> Posted:
    values = row._mapping
    return Posted(
        id=values["id"],
        post=Post(
            key=values["key"],
            title=values["title"],
            summary=values["summary"],
            html=values["html"],
            topic=Topic(_split(values["domains"]), _split(values["areas"]), Severity(values["severity"])),
            issuer=values["issuer"],
            published=_time(values["published_at"]),
            expires=_time(values["expires_at"]),
            item_id=values["item_id"],
            follows=values["follows"] or "",
            change=values["change"],
            drill=values["drill"],
        ),
        posted=from_instant(values["posted_at"]),
        changed=from_instant(values["changed_at"]),
        withdrawn=_time(values["withdrawn_at"]),
        newer=values["newer"],
        older=values["older"],
    )


def _printable(post: Post) -> Post:
    title, summary, html, issuer = (
        _UNPRINTABLE.sub("", words) for words in (post.title, post.summary, post.html, post.issuer)
    )
    if post.drill:
        title, summary = marked(title, post.drill), marked(summary, post.drill)
    return replace(post, title=title, summary=summary, html=html, issuer=issuer)


def _joined(codes: Iterable[str]) -> str:
    return "".join(f",{code}" for code in sorted(codes)) + ","


def _split(codes: str) -> frozenset[str]:
    return frozenset(code for code in codes.split(",") if code)


def _time(instant: int | None) -> datetime | None:
    return None if instant is None else from_instant(instant)
