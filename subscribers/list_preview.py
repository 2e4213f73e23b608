"""What an import would change, looked up and not carried out."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import address_form, consent
from subscribers.bulk import chunks, rows_with
from subscribers.group_list import GroupList, Listed
from subscribers.keys import KeyRing
from subscribers.known import given, look_up, matches
from subscribers.members import members_of, read_columns
from subscribers.same_person import Match
from subscribers.tables import address, group

#: Hints of people that are shown of each kind of change.
MOST_HINTS = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """What the list would be."""

    name: str
    #: People of the file, without those of refused rows and those who were erased.
    people: int
    #: Who would come, who are on it and of whom the file says something else, and as before; who would go.
    new: int
    changed: int
    same: int
    gone: int
    #: People of the file who had themselves erased; they stay out.
    erased: int
    #: What may be shown of who is new, changed and gone ("138****8000"); at most `MOST_HINTS` each.
    new_hints: Sequence[str]
    changed_hints: Sequence[str]
    gone_hints: Sequence[str]


class _Comparison:
    """Whom a list would have as members, found as `members.Members` finds it."""

    def __init__(self, ring: KeyRing, before: dict[int, bytes | None]) -> None:
        self._ring = ring
        self._before = before
        #: Number of a member → what the file says of him; whoever would be stored anew has a number below 0.
        self._after: dict[int, Listed] = {}
        self.erased = 0

    @property
    def new(self) -> list[Listed]:
        return [listed for member, listed in self._after.items() if member not in self._before]

    @property
    def kept(self) -> int:
        return len(self._after.keys() & self._before.keys())

    @property
    def gone(self) -> list[int]:
        return sorted(self._before.keys() - self._after.keys())

    def changed(self) -> list[Listed]:
        """Who is a member, and of whom the file says something else. Raises KeyRingError."""
        return [
            listed
            for member, listed in self._after.items()
            if member in self._before and read_columns(self._ring, self._before[member]) != listed.columns
        ]

    async def compare(self, connection: AsyncConnection, people: Sequence[Listed]) -> None:
        addresses = [given(self._ring, person.addresses) for person in people]
        known = await look_up(connection, [one.key for his in addresses for one in his])
        why = await consent.reasons(connection, [one.key for his in addresses for one in his if one.key not in known])
        for person, his, found in zip(people, addresses, await matches(connection, addresses, known), strict=True):
            if found.person is None and all(one.key in known or why.get(one.key) == consent.ERASED for one in his):
                self.erased += 1
            else:
                self._note(person, found)

    def _note(self, person: Listed, found: Match) -> None:
        number = -1 - len(self._after) if found.person is None else found.person
        for merged in found.merged:
            # Whoever turns out to be somebody else is a member as that person.
            self._after.pop(merged, None)
            if merged in self._before:
                self._before.setdefault(number, self._before.pop(merged))
        for member in (number, *found.others):
            self._after.setdefault(member, person)


async def preview(
    connection: AsyncConnection, ring: KeyRing, name: str, listed: GroupList, *, keeps_others: bool = False
) -> Difference:
    """What importing `listed` as the list `name` would change; nothing is stored. Raises KeyRingError.

    `keeps_others`: as `groups.import_group`.
    """
    number = await connection.scalar(sa.select(group.c.id).where(group.c.name == name))
    comparison = _Comparison(ring, {} if number is None else await members_of(connection, number))
    for some in chunks(listed.people):
        await comparison.compare(connection, some)
    new, changed, gone = comparison.new, comparison.changed(), [] if keeps_others else comparison.gone
    return Difference(
        name=name,
        people=len(listed.people) - comparison.erased,
        new=len(new),
        changed=len(changed),
        same=comparison.kept - len(changed),
        gone=len(gone),
        erased=comparison.erased,
        new_hints=_hints(new),
        changed_hints=_hints(changed),
        gone_hints=await _hints_of(connection, gone[:MOST_HINTS]),
    )


def _hints(people: Sequence[Listed]) -> list[str]:
    return [address_form.hint(*person.addresses[0]) for person in people[:MOST_HINTS]]


async def _hints_of(connection: AsyncConnection, people: Sequence[int]) -> list[str]:
    rows = await rows_with(connection, address, ("subscriber_id", "hint"), "subscriber_id", people)
    return [dict(reversed(rows)).get(person, "?") for person in people]
