"""Groups: the lists that departments keep. An import replaces a list as a whole, or changes nothing."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.bulk import chunks, one_adder, survey
from subscribers.consent import Origin
from subscribers.group_list import GroupList, Refusal
from subscribers.instant import from_instant, to_instant
from subscribers.keys import KeyRing
from subscribers.members import Members
from subscribers.position import replace_of_group
from subscribers.reachable import has_refused
from subscribers.tables import address, group, member_attribute, membership, subscriber
from subscribers.terms import LONGEST_NAME, GroupError, Terms

__all__ = ["Group", "GroupError", "GroupImport", "Terms", "import_group", "list_groups", "named_groups"]

#: People who are taken in within one transaction: on SQLite nothing else is written while it lasts.
_STEP = 500

#: So many, and more than half of a list, leave it only if that is meant: else it is mostly a wrong file.
_MANY = 100

_MEANWHILE = "somebody else changed this list meanwhile: import it once more if yours is the right one"

#: Opens a transaction (`pusher.database.Database.write`).
Writing = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


@dataclass(frozen=True, slots=True)
class GroupImport:
    """What an import did, or why it did nothing."""

    name: str
    #: False: nothing was changed, because rows were refused or nobody was left.
    applied: bool
    #: Rows of the file that name people.
    rows: int
    #: People whom the file names, without those of refused rows.
    people: int
    #: Members who were not in the list before; who were, and are; who were but are no longer.
    new: int
    kept: int
    #: Of those who were and are, of how many the file says something else than before.
    changed: int
    gone: int
    #: People of the file none of whose addresses may be written to.
    suppressed: int
    #: People on the list who said 退订 on an address, and whom its warnings reach there all the same.
    outweighed: int
    #: People of the file who had themselves erased: nothing of them is stored.
    erased: int
    #: People of the file of whom it says where they live.
    located: int
    #: (row, first row that names the same person).
    repeated: Sequence[tuple[int, int]]
    #: Every refused row with its reason.
    refused: Sequence[Refusal]
    #: People whom the file does not name, and who stay on the list all the same.
    others: int
    #: Slot name → heading: what templates may use.
    slots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """A list as it stands."""

    id: int
    name: str
    terms: Terms
    #: None = not counted.
    members: int | None
    #: Slot name → heading.
    slots: Mapping[str, str]
    #: Aware, UTC; None if nothing was imported yet.
    imported_at: datetime | None
    imported_by: str


async def import_group(
    write: Writing,
    ring: KeyRing,
    name: str,
    listed: GroupList,
    *,
    terms: Terms,
    by: str,
    at: datetime,
    whose: str | None = None,
    skip_refused: bool = False,
    keeps_others: bool = False,
    may_shrink: bool = False,
    progress: Callable[[int], None] = lambda _: None,
    note: Callable[[AsyncConnection, GroupImport], Awaitable[None]] | None = None,
) -> GroupImport:
    """Make `listed` the group's list, on these terms; the list changes as a whole or not at all.

    With refused rows nothing changes, unless `skip_refused` leaves these out. People are recognised by their
    addresses; one person is one member. Suppressed addresses stay suppressed. `write` opens short transactions, so that
    nothing urgent waits behind a long list; in the last one the list becomes what the file says and `note` is called.
    `keeps_others`: the file is added to the list, and nobody leaves it; else most of a long list leaves it only if it
    `may_shrink`. `progress` is told how many people were taken in. `whose`: the department that keeps the list, as `by`
    saw it before he read his file; None = whoever does. Raises GroupError, also where it is another's by now.
    """
    terms.check(name, at=at)
    if not listed.people or (listed.refused and not skip_refused):
        return _report(name, listed, applied=False)
    async with write() as connection:
        found = await _begun(connection, name, terms, at, whose=whose)
        members = Members(ring, found.id, Origin(f"group {name}", at, about=terms.basis), terms.selectable)
        await members.read(connection)
    leaving = _leaving(found, terms, keeps_others=keeps_others, may_shrink=may_shrink)
    # Nobody is taken in for a file that is too short anyway, nor for one that names other people.
    leaving.check(members.former - len(listed.people), members.former)
    if leaving.is_guarded(members.former):
        leaving.check(members.former - await _recognised(write, members, listed), members.former)
    done = 0
    for some in chunks(listed.people, _STEP):
        async with write() as connection:
            await members.enrol(connection, some)
        done += len(some)
        progress(done)
    # Encrypting half a million rows takes seconds that are nobody else's.
    rows = await asyncio.to_thread(
        members.differences, all_anew=found.selectable != terms.selectable, keeps_others=leaving.keeps_others
    )
    leaving.check(len(members.gone), members.former)
    if not found.is_used:
        # Nobody is written to because of it yet, so it may grow step by step.
        for part in chunks(rows, _STEP):
            async with write() as connection:
                await members.remove(connection, members.among_former(part))
                await members.insert(connection, part)
    async with write() as connection:
        await one_adder(connection)
        await _check_untouched(connection, found)
        await members.let_go(connection, members.gone)
        if found.is_used:
            await members.remove(connection, members.among_former(rows))
            await members.insert(connection, rows)
        await replace_of_group(connection, found.id, members.places, of=members.named if leaving.keeps_others else None)
        await _check_complete(connection, found.id, members)
        slots = {**found.slots, **listed.slots} if leaving.keeps_others else listed.slots
        await _keep(connection, found.id, listed.digest, slots, terms=terms, by=by, at=at)
        outweighed = await _outweighed(connection, found.id) if terms.duty else 0
        report = _report(name, listed, applied=True, members=members, outweighed=outweighed)
        if note is not None:
            await note(connection, report)
    async with write() as connection:
        await survey(connection, subscriber, address, membership, member_attribute)
    return report


async def _recognised(write: Writing, members: Members, listed: GroupList) -> int:
    """How many of the members a file can mean at most."""
    for some in chunks(listed.people, _STEP):
        async with write() as connection:
            await members.recognise(connection, some)
    return members.recognised


@dataclass(frozen=True, slots=True)
class _Found:
    """A list as an import found it."""

    id: int
    #: Whether anybody can be written to because of it; a list that is being imported for the first time is not.
    is_used: bool
    selectable: tuple[str, ...]
    slots: Mapping[str, str]
    imported_at: int | None


async def _begun(connection: AsyncConnection, name: str, terms: Terms, at: datetime, *, whose: str | None) -> _Found:
    """The list as it is; a new one is past its end until its import is finished."""
    await one_adder(connection)
    known = (await connection.execute(sa.select(group).where(group.c.name == name))).one_or_none()
    if known is not None and whose is not None and known.department != whose[:LONGEST_NAME]:
        raise GroupError(f"the name {name} is taken by a list of another department: choose another one")
    if known is not None:
        is_begun = known.imported_at is None and known.ends_at is not None and known.ends_at <= to_instant(at)
        selectable, slots = tuple(json.loads(known.selectable)), json.loads(known.columns)
        return _Found(known.id, not is_begun, selectable, slots, known.imported_at)
    values = {"name": name, "department": terms.department[:LONGEST_NAME], "basis": terms.basis}
    added = sa.insert(group).values(**values, purpose=terms.purpose.strip(), ends_at=to_instant(at))
    number = (await connection.execute(added.returning(group.c.id))).scalar_one()
    return _Found(int(number), is_used=False, selectable=(), slots={}, imported_at=None)


@dataclass(frozen=True, slots=True)
class _Leaving:
    """Who may leave a list."""

    #: Nobody.
    keeps_others: bool
    #: Anybody.
    may_shrink: bool

    def is_guarded(self, former: int) -> bool:
        """Whether some of the `former` members may not leave."""
        return not self.keeps_others and not self.may_shrink and former >= _MANY

    def check(self, gone: int, former: int) -> None:
        """Raises GroupError if that many of the `former` members may not leave."""
        if self.is_guarded(former) and gone >= _MANY and 2 * gone > former:
            raise GroupError(
                f"at least {gone} of the {former} people on this list are not in the file, and would be written to no "
                "more: add --add to keep them, or --replace if that is meant"
            )


def _leaving(found: _Found, terms: Terms, *, keeps_others: bool, may_shrink: bool) -> _Leaving:
    if not found.is_used:
        # What an import that broke off has left is no list yet.
        return _Leaving(keeps_others=False, may_shrink=True)
    if keeps_others and terms.selectable != found.selectable:
        raise GroupError("which columns people may be selected by can only be changed with the whole list")
    return _Leaving(keeps_others, may_shrink)


async def _check_untouched(connection: AsyncConnection, found: _Found) -> None:
    """Raises GroupError if the list was imported or deleted by somebody else since it was `found`."""
    now = (await connection.execute(sa.select(group.c.imported_at).where(group.c.id == found.id))).one_or_none()
    if now is None or now.imported_at != found.imported_at:
        raise GroupError(_MEANWHILE)


async def _check_complete(connection: AsyncConnection, group_id: int, members: Members) -> None:
    """Raises GroupError if the members are not exactly those of the file: two first imports at once would mix."""
    counted = sa.select(sa.func.count()).select_from(membership).where(membership.c.group_id == group_id)
    if await connection.scalar(counted) != members.new + members.kept + members.others:
        raise GroupError(_MEANWHILE)


async def named_groups(connection: AsyncConnection, names: Sequence[str]) -> list[Group]:
    """The groups of these names that exist; their members are not counted."""
    rows = await connection.execute(sa.select(group).where(group.c.name.in_(names)).order_by(group.c.name))
    return [_group(row, None) for row in rows]


async def list_groups(connection: AsyncConnection) -> list[Group]:
    """All groups by name, with the number of their members."""
    counted = (
        sa.select(membership.c.group_id, sa.func.count().label("members")).group_by(membership.c.group_id).subquery()
    )
    query = (
        sa.select(group, counted.c.members).outerjoin(counted, counted.c.group_id == group.c.id).order_by(group.c.name)
    )
    return [_group(row, row.members or 0) for row in await connection.execute(query)]


def _group(row: sa.Row[Any], members: int | None) -> Group:
    return Group(
        id=row.id,
        name=row.name,
        terms=_terms(row),
        members=members,
        slots=json.loads(row.columns),
        imported_at=None if row.imported_at is None else from_instant(row.imported_at),
        imported_by=row.imported_by or "",
    )


def _terms(row: sa.Row[Any]) -> Terms:
    return Terms(
        purpose=row.purpose,
        basis=row.basis,
        department=row.department,
        ends_at=None if row.ends_at is None else from_instant(row.ends_at),
        duty=row.duty,
        selectable=tuple(json.loads(row.selectable)),
        mapping=json.loads(row.mapping),
    )


async def _keep(
    connection: AsyncConnection,
    group_id: int,
    digest: bytes,
    slots: Mapping[str, str],
    *,
    terms: Terms,
    by: str,
    at: datetime,
) -> None:
    values = {
        "department": terms.department[:LONGEST_NAME],
        "purpose": terms.purpose.strip(),
        "basis": terms.basis,
        "ends_at": None if terms.ends_at is None else to_instant(terms.ends_at),
        "duty": terms.duty.strip(),
        "selectable": json.dumps(terms.selectable),
        "mapping": json.dumps(dict(terms.mapping), ensure_ascii=False),
        "digest": digest,
        "imported_at": to_instant(at),
        "imported_by": by[:LONGEST_NAME],
        "columns": json.dumps(dict(slots), ensure_ascii=False),
    }
    await connection.execute(sa.update(group).where(group.c.id == group_id).values(values))


async def _outweighed(connection: AsyncConnection, group_id: int) -> int:
    counted = (
        sa.select(sa.func.count(sa.distinct(address.c.subscriber_id)))
        .join(membership, membership.c.subscriber_id == address.c.subscriber_id)
        .where(membership.c.group_id == group_id, has_refused(address))
    )
    return await connection.scalar(counted) or 0


def _report(
    name: str, listed: GroupList, *, applied: bool, members: Members | None = None, outweighed: int = 0
) -> GroupImport:
    return GroupImport(
        name=name,
        applied=applied,
        rows=listed.rows,
        people=len(listed.people),
        new=members.new if members else 0,
        kept=members.kept if members else 0,
        changed=members.changed if members else 0,
        gone=len(members.gone) if members else 0,
        suppressed=members.suppressed if members else 0,
        outweighed=outweighed,
        erased=members.erased if members else 0,
        located=sum(person.place is not None for person in listed.people),
        repeated=listed.repeated,
        refused=listed.refused,
        others=members.others if members else 0,
        slots=listed.slots,
    )
