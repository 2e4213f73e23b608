"""What an import would change, looked up and not carried out."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import address_form, consent
from subscribers.bulk import chunks, rows_with
from subscribers.group_list import GroupList, Listed
from subscribers.keys import KeyRing
from subscribers.known import Given, given, look_up, matches
from subscribers.members import members_of, read_columns
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
    """The people of a file against the members of a list."""

    def __init__(self, ring: KeyRing, before: dict[int, bytes | None]) -> None:
        self._ring = ring
        self._before = before
        self._stay: set[int] = set()
        self.new = self.changed = self.erased = 0
        self.new_hints: list[str] = []
        self.changed_hints: list[str] = []

    @property
    def gone(self) -> list[int]:
        return sorted(self._before.keys() - self._stay)

    @property
    def same(self) -> int:
        return len(self._stay) - self.changed

    async def compare(self, connection: AsyncConnection, people: Sequence[Listed]) -> None:
        addresses = [given(self._ring, person.addresses) for person in people]
        known = await look_up(connection, [one.key for his in addresses for one in his])
        why = await consent.reasons(connection, [one.key for his in addresses for one in his if one.key not in known])
        for person, his, found in zip(people, addresses, await matches(connection, addresses, known), strict=True):
            if found.person is None and all(why.get(one.key) == consent.ERASED for one in his):
                self.erased += 1
            else:
                members = [found.person, *found.others, *found.merged]
                self._note(person, his, [one for one in members if one in self._before])

    def _note(self, person: Listed, his: Sequence[Given], members: Sequence[int | None]) -> None:
        fresh = {one for one in members if one is not None} - self._stay
        if not members:
            self.new += 1
            _add(self.new_hints, his)
        elif fresh:
            self._stay |= fresh
            if any(read_columns(self._ring, self._before[one]) != person.columns for one in fresh):
                self.changed += 1
                _add(self.changed_hints, his)


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
    gone = [] if keeps_others else comparison.gone
    return Difference(
        name=name,
        people=len(listed.people) - comparison.erased,
        new=comparison.new,
        changed=comparison.changed,
        same=comparison.same,
        gone=len(gone),
        erased=comparison.erased,
        new_hints=comparison.new_hints,
        changed_hints=comparison.changed_hints,
        gone_hints=await _hints_of(connection, gone[:MOST_HINTS]),
    )


def _add(hints: list[str], his: Sequence[Given]) -> None:
    if len(hints) < MOST_HINTS:
        hints.append(address_form.hint(his[0].key[0], his[0].value))


async def _hints_of(connection: AsyncConnection, people: Sequence[int]) -> list[str]:
    rows = await rows_with(connection, address, ("subscriber_id", "hint"), "subscriber_id", people)
    return [dict(reversed(rows)).get(person, "?") for person in people]
