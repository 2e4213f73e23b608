"""People who were several and became one while something was on its way to them.

Whoever becomes one with another goes by one number from then on, with the addresses of both. Planned by number alone he
would get a broadcast never, where that number's range is done already, or twice, where it is still to come. So the
ranges leave such people out, the end of the fan-out looks at them once more, and before a digest is sent it is looked
up what they have been told under any of their numbers.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.deliver import unreached
from pusher.deliver.batch import pack, unpack
from pusher.plan.broadcast import Broadcast
from pusher.plan.digest_items import contents_of
from pusher.plan.shares import Plan, Share
from pusher.plan.tables import broadcast
from pusher.plan.told import Told, told
from subscribers.bulk import listed
from subscribers.merging import hold_merged, merged_since
from subscribers.tables import address


@dataclass(frozen=True, slots=True)
class Joined:
    """People who have become one with others since a certain merge."""

    #: Each of their addresses → the number by which its owner goes now.
    owners: Mapping[int, int]
    #: Those of the addresses whose owners want one message, on the first that works.
    one_of: Set[int]

    @property
    def people(self) -> Sequence[int]:
        """Their numbers, ascending."""
        return sorted(set(self.owners.values()))

    def left_out_of(self, plan: Plan) -> Plan:
        """The plan for everybody else."""
        people = set(self.people)
        return plan.keeping(lambda each: each not in self.owners, lambda each: each not in people)

    def alone_of(self, plan: Plan) -> Plan:
        """The plan for nobody else."""
        people = set(self.people)
        return plan.keeping(lambda each: each in self.owners, lambda each: each in people)

    def stretches(self, stride: int) -> Iterator[tuple[int, int]]:
        """Ranges (after, upto) with all of them, none wider than a stride of numbers."""
        for _, some in groupby(self.people, key=lambda each: (each - 1) // stride):
            first, *more = some
            yield first - 1, more[-1] if more else first


async def joined_since(connection: AsyncConnection, serial: int, among: Set[int] | None = None) -> Joined:
    """Whoever took another in after the merge `serial`; `among`: only these numbers."""
    people = set((await merged_since(connection, serial)).values())
    people = people if among is None else people & among
    if not people:
        return Joined({}, frozenset())
    found = await connection.execute(
        sa.select(address.c.id, address.c.subscriber_id, address.c.rank).where(
            address.c.subscriber_id.in_(listed(connection, sorted(people)))
        )
    )
    rows = found.all()
    return Joined({row.id: row.subscriber_id for row in rows}, {row.id for row in rows if row.rank > 0})


async def untold(connection: AsyncConnection, due: Broadcast, joined: Joined, shares: Sequence[Share]) -> list[Share]:
    """What is left of the shares of joined people once all that was planned for them under other numbers is left out.

    Whoever wants one message and was not reached with it is noted as unreached: his next address follows. What follows
    a warning goes to every address that got this one.
    """
    await hold_merged(connection, joined.people)
    digests = (await _digests_with(connection, {due.id}))[due.id]
    known = await told(connection, [due.id, *digests], set(joined.owners))
    own = known[due.id]
    planned = {each for each in joined.owners if not own.is_new(each)}
    served = {joined.owners[each] for each in planned & joined.one_of}
    served |= _told_by([known[each] for each in digests], joined)
    if due.audience.earlier:
        served = set()
    kept = []
    for share in shares:
        numbers = unpack(share.packed)
        left_out = {joined.owners[each] for each in numbers if joined.owners[each] in served}
        lost = [each for each in planned if joined.owners[each] in left_out and own.is_lost(each, due.lane)]
        await unreached.note(connection, share.outlet.message_id, lost)
        new = [each for each in numbers if each not in planned and joined.owners[each] not in left_out]
        kept.append(replace(share, packed=pack(new)))
    return [share for share in kept if share.size]


@dataclass(frozen=True, slots=True)
class Tellers:
    """By what people may have heard already of the contents of a digest."""

    #: Broadcast of the contents → itself, those of its item as it is there or later, and digests with any of these.
    of: Mapping[int, Set[int]]
    #: The newest merge before the first of them was planned: who was one by then has been told as one.
    since: int


async def tellers(connection: AsyncConnection, contents: Sequence[int]) -> Tellers:
    """By what people may have heard already of these broadcasts."""
    same = broadcast.alias("same")
    is_of_it = sa.and_(same.c.item_id == broadcast.c.item_id, same.c.revision >= broadcast.c.revision)
    found = await connection.execute(
        sa.select(broadcast.c.id, same.c.id.label("by"), same.c.merges)
        .join(same, sa.or_(same.c.id == broadcast.c.id, is_of_it))
        .where(broadcast.c.id.in_(contents), same.c.cursor >= 0)
    )
    rows = found.all()
    digests = await _digests_with(connection, {row.by for row in rows})
    of: dict[int, set[int]] = {number: set() for number in contents}
    for row in rows:
        of[row.id] |= {row.by, *digests[row.by]}
    return Tellers(of, min((row.merges for row in rows), default=0))


async def still_to_tell(connection: AsyncConnection, by: Tellers, joined: Joined) -> Mapping[int, Sequence[int]]:
    """Person → those of the contents that he has not heard of, ascending; nobody decides the same meanwhile."""
    await hold_merged(connection, joined.people)
    everything = sorted({each for several in by.of.values() for each in several})
    known = await told(connection, everything, set(joined.owners))
    heard = {number: _told_by([known[each] for each in several], joined) for number, several in by.of.items()}
    return {person: sorted(each for each in by.of if person not in heard[each]) for person in joined.people}


def _told_by(several: Sequence[Told], joined: Joined) -> set[int]:
    """Who got any of these, or is still to get it."""
    return {
        owner
        for number, owner in joined.owners.items()
        if any(not each.is_new(number) and not each.is_lost(number, Lane.ROUTINE) for each in several)
    }


async def _digests_with(connection: AsyncConnection, numbers: Set[int]) -> Mapping[int, Sequence[int]]:
    """Broadcast → digests that hold it and have been written."""
    holding: defaultdict[int, list[int]] = defaultdict(list)
    found = await connection.execute(
        sa.select(broadcast.c.id, broadcast.c.contents).where(
            broadcast.c.contents.is_not(None), broadcast.c.id > min(numbers, default=0)
        )
    )
    for row in found:
        for number in numbers & set(contents_of(row.contents)):
            holding[number].append(row.id)
    return holding
