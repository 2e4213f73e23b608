"""Groups: the lists that departments keep. An import replaces a list as a whole, or changes nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.bulk import insert_or, one_adder
from subscribers.consent import Origin
from subscribers.group_list import GroupList, Refusal
from subscribers.instant import from_instant, to_instant
from subscribers.keys import KeyRing
from subscribers.members import Members
from subscribers.reachable import has_refused
from subscribers.tables import address, group, membership
from subscribers.terms import LONGEST_NAME, GroupError, Terms

__all__ = ["Group", "GroupError", "GroupImport", "Terms", "import_group", "list_groups"]


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
    #: Members who were not in the list before; who were; who were but are no longer.
    new: int
    kept: int
    gone: int
    #: People of the file none of whose addresses may be written to.
    suppressed: int
    #: People on the list who said 退订 on an address, and whom its warnings reach there all the same.
    outweighed: int
    #: People of the file who had themselves erased: nothing of them is stored.
    erased: int
    #: (row, first row that names the same person).
    repeated: Sequence[tuple[int, int]]
    #: Every refused row with its reason.
    refused: Sequence[Refusal]
    #: Slot name → heading: what templates may use.
    slots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """A list as it stands."""

    id: int
    name: str
    terms: Terms
    members: int
    #: Slot name → heading.
    slots: Mapping[str, str]
    #: Aware, UTC; None if nothing was imported yet.
    imported_at: datetime | None
    imported_by: str


async def import_group(
    connection: AsyncConnection,
    ring: KeyRing,
    name: str,
    listed: GroupList,
    *,
    terms: Terms,
    by: str,
    at: datetime,
    skip_refused: bool = False,
) -> GroupImport:
    """Make `listed` the group's list, on these terms.

    With refused rows nothing changes, unless `skip_refused` leaves these out.

    People are recognised by their addresses; one person is one member. Suppressed addresses stay suppressed.
    Raises GroupError.
    """
    terms.check(name, at=at)
    if not listed.people or (listed.refused and not skip_refused):
        return _report(name, listed, applied=False)
    await one_adder(connection)
    group_id = await _keep(connection, name, listed, terms=terms, by=by, at=at)
    members = Members(connection, ring, group_id, Origin(f"group {name}", at, about=terms.basis))
    await members.replace(listed.people)
    outweighed = await _outweighed(connection, group_id) if terms.duty else 0
    return _report(name, listed, applied=True, members=members, outweighed=outweighed)


async def list_groups(connection: AsyncConnection) -> list[Group]:
    """All groups by name, with the number of their members."""
    counted = (
        sa.select(membership.c.group_id, sa.func.count().label("members")).group_by(membership.c.group_id).subquery()
    )
    query = (
        sa.select(group, counted.c.members).outerjoin(counted, counted.c.group_id == group.c.id).order_by(group.c.name)
    )
    return [
        Group(
            id=row.id,
            name=row.name,
            terms=_terms(row),
            members=row.members or 0,
            slots=json.loads(row.columns),
            imported_at=None if row.imported_at is None else from_instant(row.imported_at),
            imported_by=row.imported_by or "",
        )
        for row in await connection.execute(query)
    ]


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
    connection: AsyncConnection, name: str, listed: GroupList, *, terms: Terms, by: str, at: datetime
) -> int:
    values = {
        "department": terms.department[:LONGEST_NAME],
        "purpose": terms.purpose.strip(),
        "basis": terms.basis,
        "ends_at": None if terms.ends_at is None else to_instant(terms.ends_at),
        "duty": terms.duty.strip(),
        "selectable": json.dumps(terms.selectable),
        "mapping": json.dumps(dict(terms.mapping), ensure_ascii=False),
        "digest": listed.digest,
        "imported_at": to_instant(at),
        "imported_by": by[:LONGEST_NAME],
        "columns": json.dumps(dict(listed.slots), ensure_ascii=False),
    }
    statement = insert_or(connection, group).values(name=name, **values)
    kept = statement.on_conflict_do_update(index_elements=["name"], set_=values).returning(group.c.id)
    return int((await connection.execute(kept)).scalar_one())


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
        gone=members.gone if members else 0,
        suppressed=members.suppressed if members else 0,
        outweighed=outweighed,
        erased=members.erased if members else 0,
        repeated=listed.repeated,
        refused=listed.refused,
        slots=listed.slots,
    )
