"""Who is on a list: making the people of a file its members, and counting what that changes."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import consent
from subscribers.attributes import prints_of
from subscribers.bulk import chunks, insert_or, insert_rows, listed, rows_with
from subscribers.consent import Key, Origin
from subscribers.enrol import Enrolled, Newcomer, enrol
from subscribers.group_list import Listed
from subscribers.instant import to_instant
from subscribers.keys import KeyRing
from subscribers.known import given, look_up
from subscribers.position import Position
from subscribers.recipients import COLUMNS
from subscribers.tables import address, departure, member_attribute, membership, subscriber
from subscribers.terms import GroupError

_MEMBERSHIP = ("group_id", "subscriber_id", "columns")
_ATTRIBUTE = ("group_id", "fingerprint", "subscriber_id")

#: A member as it is to be stored: subscriber, encrypted columns, fingerprints of what he may be selected by.
Row = tuple[int, bytes | None, Sequence[bytes]]


class Members:
    """What becomes of the members of one group, step by step; every step is a transaction of its caller's."""

    def __init__(self, ring: KeyRing, group_id: int, origin: Origin, selectable: Sequence[str]) -> None:
        self._ring = ring
        self._group_id = group_id
        self._origin = origin
        self._selectable = selectable
        #: Subscriber → encrypted columns, as they were.
        self._before: dict[int, bytes | None] = {}
        #: Subscriber → columns in clear, "" for none.
        self._after: dict[int, str] = {}
        #: Subscriber → where he lives, as the file says.
        self._places: dict[int, Position] = {}
        #: Members who have an address that the file names.
        self._recognised: set[int] = set()
        self.suppressed = 0
        self.erased = 0
        #: Once `differences` were found: how many were not members before; were, and are; were and are, and of whom the
        #: file says something else.
        self.new = self.kept = self.changed = 0
        #: And subscribers who were members, and are no longer; how many the file does not name, and are still.
        self.gone: Sequence[int] = ()
        self.others = 0

    @property
    def named(self) -> Sequence[int]:
        """Whom the file names."""
        return list(self._after)

    @property
    def places(self) -> Sequence[tuple[int, Position]]:
        """Where members live, as the file says."""
        return list(self._places.items())

    async def read(self, connection: AsyncConnection) -> None:
        """Look at the members as they are."""
        self._before = await members_of(connection, self._group_id)

    @property
    def recognised(self) -> int:
        """How many of the members `recognise` has seen: nobody else can stay one."""
        return len(self._recognised)

    async def recognise(self, connection: AsyncConnection, people: Sequence[Listed]) -> None:
        """See which members some people of the file can be; nothing is stored."""
        keys = [one.key for person in people for one in given(self._ring, person.addresses)]
        known = await look_up(connection, keys)
        self._recognised.update(self._before.keys() & {one.subscriber_id for one in known.values()})

    async def enrol(self, connection: AsyncConnection, people: Sequence[Listed]) -> None:
        """Take some people of the file in; they are members only once `insert` says so."""
        newcomers = [Newcomer(person.addresses, preference=person.preference) for person in people]
        enrolled = await enrol(connection, self._ring, newcomers, self._origin, act="imported")
        newly_listed: list[Key] = []
        for person, found in zip(people, enrolled, strict=True):
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
        await consent.record(connection, newly_listed, "imported", self._origin)

    def _follow(self, found: Enrolled) -> None:
        """Whoever was merged into somebody else is a member as that person."""
        for merged in found.merged:
            self._after.pop(merged, None)
            self._places.pop(merged, None)
            if found.person is not None and merged in self._before:
                self._before.setdefault(found.person, self._before.pop(merged))

    @property
    def former(self) -> int:
        """How many members there were."""
        return len(self._before)

    def differences(self, *, all_anew: bool, keeps_others: bool = False) -> list[Row]:
        """The members that are not stored as they are to be: most of a list is as it was, unless `all_anew`.

        `keeps_others`: whoever the file does not name stays a member.
        """
        found: list[Row] = []
        self.new = len(self._after.keys() - self._before.keys())
        self.kept = len(self._after) - self.new
        others = self._before.keys() - self._after.keys()
        self.gone = [] if keeps_others else sorted(others)
        self.others = len(others) - len(self.gone)
        for person, columns in sorted(self._after.items()):
            is_changed = person in self._before and columns != read_columns(self._ring, self._before[person])
            self.changed += is_changed
            if all_anew or is_changed or person not in self._before:
                sealed = self._ring.encrypt(columns, COLUMNS) if columns else None
                found.append((person, sealed, prints_of(self._ring, self._group_id, self._selectable, columns)))
        return found

    async def remove(self, connection: AsyncConnection, people: Sequence[int]) -> None:
        """Make these people members no more."""
        mine = membership.c.group_id == self._group_id
        for chunk in chunks(people):
            await connection.execute(sa.delete(membership).where(mine, membership.c.subscriber_id.in_(chunk)))

    async def let_go(self, connection: AsyncConnection, people: Sequence[int]) -> None:
        """Make these people members no more, for good: the ledger says so, and in time they are forgotten."""
        await self.remove(connection, people)
        at = to_instant(self._origin.at)
        for chunk in chunks(people):
            his = await rows_with(connection, address, ("kind", "fingerprint"), "subscriber_id", chunk)
            await consent.record(connection, [(kind, print_) for kind, print_ in his], "ended", self._origin)
            left = insert_or(connection, departure).from_select(
                ["subscriber_id", "at"],
                sa.select(listed(connection, chunk).subquery(), sa.literal(at, sa.BigInteger)).where(sa.true()),
            )
            await connection.execute(
                left.on_conflict_do_update(index_elements=["subscriber_id"], set_={"at": left.excluded.at})
            )

    async def insert(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """Make these people members. Raises GroupError if one of them was erased or merged since he was taken in."""
        for chunk in chunks(rows):
            people = [person for person, *_ in chunk]
            if len(await rows_with(connection, subscriber, ("id",), "id", people)) < len(people):
                raise GroupError("people of this list were changed by somebody else meanwhile: import it once more")
            members = [(self._group_id, person, sealed) for person, sealed, _ in chunk]
            await insert_rows(connection, membership, _MEMBERSHIP, members)
            prints = [(self._group_id, one, person) for person, _, of_person in chunk for one in of_person]
            await insert_rows(connection, member_attribute, _ATTRIBUTE, prints)

    def among_former(self, rows: Sequence[Row]) -> list[int]:
        """Those of `rows` who were members before."""
        return [person for person, *_ in rows if person in self._before]


async def members_of(connection: AsyncConnection, group_id: int) -> dict[int, bytes | None]:
    """The members of a group, with their encrypted columns."""
    return dict(await rows_with(connection, membership, ("subscriber_id", "columns"), "group_id", [group_id]))


def read_columns(ring: KeyRing, sealed: bytes | None) -> str:
    """A member's columns as JSON; "" for none. Raises KeyRingError."""
    return ring.decrypt(sealed, COLUMNS) if sealed else ""
