"""Groups: the lists that departments keep. An import replaces a list as a whole, or changes nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import consent
from subscribers.bulk import chunks, insert_or, insert_rows, one_adder, rows_with
from subscribers.consent import Key, Origin
from subscribers.enrol import Enrolled, Newcomer, enrol
from subscribers.group_list import GroupList, Listed, Refusal
from subscribers.instant import from_instant, to_instant
from subscribers.keys import KeyRing
from subscribers.position import Position, replace_of_group
from subscribers.recipients import COLUMNS
from subscribers.tables import group, membership

#: Legal grounds on which a list may be written to (个人信息保护法 Art. 13); an "emergency" list gets warnings only.
BASES = ("consent", "statutory", "emergency")

_LONGEST_NAME = 64
_MEMBERSHIP = ("group_id", "subscriber_id", "columns")


class GroupError(ValueError):
    """The list cannot be kept like this; one sentence."""


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
    #: People of the file who had themselves erased: nothing of them is stored.
    erased: int
    #: People of the file of whom it says where they live.
    located: int
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
    department: str
    #: "consent", "statutory" or "emergency".
    basis: str
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
    basis: str,
    department: str,
    by: str,
    at: datetime,
    skip_refused: bool = False,
) -> GroupImport:
    """Make `listed` the group's list. With refused rows nothing changes, unless `skip_refused` leaves these out.

    People are recognised by their addresses; one person is one member. Suppressed addresses stay suppressed.
    Raises GroupError.
    """
    _check(name, basis)
    if not listed.people or (listed.refused and not skip_refused):
        return _report(name, listed, applied=False)
    await one_adder(connection)
    group_id = await _keep(connection, name, listed, basis=basis, department=department, by=by, at=at)
    members = _Members(connection, ring, group_id, Origin(f"group {name}", at, about=basis))
    await members.replace(listed.people)
    return _report(name, listed, applied=True, members=members)


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
            department=row.department,
            basis=row.basis,
            members=row.members or 0,
            slots=json.loads(row.columns),
            imported_at=None if row.imported_at is None else from_instant(row.imported_at),
            imported_by=row.imported_by or "",
        )
        for row in await connection.execute(query)
    ]


def _check(name: str, basis: str) -> None:
    if not 0 < len(name.strip()) <= _LONGEST_NAME or not name.isprintable():
        raise GroupError(f"a group's name must have 1 to {_LONGEST_NAME} printable characters")
    if basis not in BASES:
        raise GroupError(f"the legal basis of a group must be one of {', '.join(BASES)}")


async def _keep(
    connection: AsyncConnection, name: str, listed: GroupList, *, basis: str, department: str, by: str, at: datetime
) -> int:
    values = {
        "department": department[:64],
        "basis": basis,
        "digest": listed.digest,
        "imported_at": to_instant(at),
        "imported_by": by[:64],
        "columns": json.dumps(dict(listed.slots), ensure_ascii=False),
    }
    statement = insert_or(connection, group).values(name=name, **values)
    kept = statement.on_conflict_do_update(index_elements=["name"], set_=values).returning(group.c.id)
    return int((await connection.execute(kept)).scalar_one())


class _Members:
    """Replaces the members of one group, and counts."""

    def __init__(self, connection: AsyncConnection, ring: KeyRing, group_id: int, origin: Origin) -> None:
        self._connection = connection
        self._ring = ring
        self._group_id = group_id
        self._origin = origin
        #: Subscriber → encrypted columns, as they were.
        self._before: dict[int, bytes | None] = {}
        #: Subscriber → columns in clear, "" for none.
        self._after: dict[int, str] = {}
        self._places: dict[int, Position] = {}
        self.suppressed = 0
        self.erased = 0

    @property
    def new(self) -> int:
        return len(self._after.keys() - self._before.keys())

    @property
    def kept(self) -> int:
        return len(self._after.keys() & self._before.keys())

    @property
    def gone(self) -> int:
        return len(self._before.keys() - self._after.keys())

    async def replace(self, people: Sequence[Listed]) -> None:
        """Make these people the members."""
        rows = await rows_with(self._connection, membership, ("subscriber_id", "columns"), "group_id", [self._group_id])
        self._before = dict(rows)
        for chunk in chunks(people):
            newcomers = [Newcomer(person.addresses, preference=person.preference) for person in chunk]
            enrolled = await enrol(self._connection, self._ring, newcomers, self._origin, act="imported")
            await self._note(chunk, enrolled)
        await self._write()
        await replace_of_group(self._connection, self._group_id, list(self._places.items()))

    async def _note(self, listed: Sequence[Listed], enrolled: Sequence[Enrolled]) -> None:
        newly_listed: list[Key] = []
        for person, found in zip(listed, enrolled, strict=True):
            self._follow(found)
            if found.person is None:
                self.erased += 1
                continue
            self.suppressed += not found.reachable
            if found.person not in self._before:
                newly_listed += found.known
            for member in (found.person, *found.others):
                self._after.setdefault(member, person.columns)
                if person.place is not None:
                    self._places.setdefault(member, person.place)
        await consent.record(self._connection, newly_listed, "imported", self._origin)

    def _follow(self, found: Enrolled) -> None:
        """Whoever was merged into somebody else is a member as that person."""
        for merged in found.merged:
            self._after.pop(merged, None)
            self._places.pop(merged, None)
            if found.person is not None and merged in self._before:
                self._before.setdefault(found.person, self._before.pop(merged))

    async def _write(self) -> None:
        """Write what differs: most of a list is as it was."""
        changed = [person for person, columns in self._after.items() if self._differs(person, columns)]
        old = [person for person in self._before if person not in self._after]
        mine = membership.c.group_id == self._group_id
        for chunk in chunks(old + [person for person in changed if person in self._before]):
            await self._connection.execute(sa.delete(membership).where(mine, membership.c.subscriber_id.in_(chunk)))
        for chunk in chunks(changed):
            rows = [(self._group_id, person, self._encrypted(self._after[person])) for person in chunk]
            await insert_rows(self._connection, membership, _MEMBERSHIP, rows)

    def _differs(self, person: int, columns: str) -> bool:
        if person not in self._before:
            return True
        before = self._before[person]
        return columns != (self._ring.decrypt(before, COLUMNS) if before else "")

    def _encrypted(self, columns: str) -> bytes | None:
        return self._ring.encrypt(columns, COLUMNS) if columns else None


def _report(name: str, listed: GroupList, *, applied: bool, members: _Members | None = None) -> GroupImport:
    return GroupImport(
        name=name,
        applied=applied,
        rows=listed.rows,
        people=len(listed.people),
        new=members.new if members else 0,
        kept=members.kept if members else 0,
        gone=members.gone if members else 0,
        suppressed=members.suppressed if members else 0,
        erased=members.erased if members else 0,
        located=sum(person.place is not None for person in listed.people),
        repeated=listed.repeated,
        refused=listed.refused,
        slots=listed.slots,
    )
