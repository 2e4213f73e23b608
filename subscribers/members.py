"""Who is on a list: making the people of a file its members, and counting what that changes."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import consent
from subscribers.bulk import chunks, insert_rows, rows_with
from subscribers.consent import Key, Origin
from subscribers.enrol import Enrolled, Newcomer, enrol
from subscribers.group_list import Listed
from subscribers.keys import KeyRing
from subscribers.recipients import COLUMNS
from subscribers.tables import membership

_MEMBERSHIP = ("group_id", "subscriber_id", "columns")


class Members:
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
        self.suppressed = 0
        self.erased = 0

    @property
    def new(self) -> int:
        """How many were not members before."""
        return len(self._after.keys() - self._before.keys())

    @property
    def kept(self) -> int:
        """How many were, and are."""
        return len(self._after.keys() & self._before.keys())

    @property
    def gone(self) -> int:
        """How many were, and are no longer."""
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
        await consent.record(self._connection, newly_listed, "imported", self._origin)

    def _follow(self, found: Enrolled) -> None:
        """Whoever was merged into somebody else is a member as that person."""
        for merged in found.merged:
            self._after.pop(merged, None)
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
