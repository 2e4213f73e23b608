"""Taking people in, many at a time: finding out who is known already, and storing the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import address_form, consent
from subscribers.bulk import chunks, insert_rows, one_adder, reserve_ids
from subscribers.consent import Key, Origin, Standing
from subscribers.instant import to_instant
from subscribers.keys import KeyRing
from subscribers.known import Given, Known, given, look_up, matches
from subscribers.merging import merge, renumber
from subscribers.same_person import Match
from subscribers.tables import address, subscriber, subscription
from subscribers.topic import Severity

#: Contexts of the encrypted columns, see `KeyRing.encrypt`.
VALUE = "address.value"
NAME = "subscriber.name"

_SUBSCRIBER = ("id", "language", "preference", "name", "created_at")
_ADDRESS = ("subscriber_id", "kind", "rank", "standing", "value", "fingerprint", "hint")
_SUBSCRIPTION = ("domain", "subscriber_id", "area", "least")

#: Rank of an address that is added to a known person until `renumber` puts it behind his others.
_LAST = 32_000


@dataclass(frozen=True, slots=True)
class Subscription:
    """A wish: everything of one domain in one area, from a severity on."""

    #: Domain code of the taxonomy ("education").
    domain: str
    #: Division code without trailing zeros, see `topic.area_code`.
    area: str
    least: Severity = Severity.NOTICE


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is to be taken in, known or not."""

    #: Kind and value as `address_form.normalise` gives it; in order of choice.
    addresses: Sequence[tuple[str, str]]
    name: str = ""
    subscriptions: Sequence[Subscription] = ()
    #: "first" = one message of a broadcast, on the first address that works; "all" = one on each.
    preference: str = "first"
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of a newcomer."""

    #: Who he is; None if nothing of him is stored because he was erased.
    person: int | None
    is_new: bool
    #: Further people behind his addresses, see `same_person.Match.others`.
    others: tuple[int, ...] = ()
    #: People who were merged into him; their numbers are gone.
    merged: tuple[int, ...] = ()
    #: His addresses that were known before, and are as they were.
    known: tuple[Key, ...] = ()
    #: His addresses that were known before and waited for a confirmation, which this one is.
    opened: tuple[Key, ...] = ()
    #: False if every address of his is suppressed.
    reachable: bool = True


async def add_many(
    connection: AsyncConnection, ring: KeyRing, newcomers: Iterable[Newcomer], origin: Origin, *, act: str = "imported"
) -> list[int | None]:
    """Store people of whose addresses none is known yet; their numbers in order, None for those who were erased.

    `act` is the ledger's: after "imported" and "confirmed" the addresses are open, after "given" they wait.
    """
    await one_adder(connection)
    store = _Store(connection, ring, origin, act)
    numbers: list[int | None] = []
    for chunk in chunks(newcomers):
        entries = [(newcomer, given(ring, newcomer.addresses)) for newcomer in chunk]
        why = await consent.reasons(connection, _keys(his for _, his in entries))
        numbers += await store.add(entries, why)
    return numbers


async def enrol(
    connection: AsyncConnection, ring: KeyRing, newcomers: Sequence[Newcomer], origin: Origin, *, act: str
) -> list[Enrolled]:
    """Take people in: the known are recognised by their addresses, the others stored; in their order.

    No two of `newcomers` may share an address. Names, subscriptions and choices of known people are left alone.
    """
    await one_adder(connection)
    store = _Store(connection, ring, origin, act)
    people = [given(ring, newcomer.addresses) for newcomer in newcomers]
    known = await look_up(connection, _keys(people))
    unknown = [[one for one in his if one.key not in known] for his in people]
    why = await consent.reasons(connection, _keys(unknown))
    found = await matches(connection, people, known)
    fresh = [place for place, one in enumerate(found) if one.person is None]
    added = dict(zip(fresh, await store.add([(newcomers[place], unknown[place]) for place in fresh], why), strict=True))
    await store.join(list(zip(found, unknown, strict=True)), why)
    results = [
        _enrolled(one, his, known, why, person=added.get(place, one.person), act=act)
        for place, (one, his) in enumerate(zip(found, people, strict=True))
    ]
    await store.open([key for result in results for key in result.opened])
    return results


def wish_row(person: int, wish: Subscription) -> tuple[str, int, str, int]:
    """The wish as `subscription` holds it: domain, subscriber, area, least."""
    return wish.domain, person, wish.area, int(wish.least)


def _keys(people: Iterable[Sequence[Given]]) -> list[Key]:
    return [one.key for his in people for one in his]


def _enrolled(
    found: Match,
    given_keys: Sequence[Given],
    known: Mapping[Key, Known],
    why: Mapping[Key, str],
    *,
    person: int | None,
    act: str,
) -> Enrolled:
    behind = {person, *found.others, *found.merged}
    his = [one.key for one in given_keys if one.key in known and known[one.key].subscriber_id in behind]
    opened = [key for key in his if act != "given" and known[key].standing == Standing.UNCONFIRMED]
    new = [one.key for one in given_keys if one.key not in known and one.key not in why]
    return Enrolled(
        person=person,
        is_new=found.person is None and person is not None,
        others=found.others,
        merged=found.merged,
        known=tuple(key for key in his if key not in opened),
        opened=tuple(opened),
        reachable=bool(new) or any(known[key].standing != Standing.SUPPRESSED for key in his),
    )


@dataclass(frozen=True, slots=True)
class _Store:
    """Writes what one request or file brings."""

    connection: AsyncConnection
    ring: KeyRing
    origin: Origin
    act: str

    async def add(
        self, entries: Sequence[tuple[Newcomer, Sequence[Given]]], why: Mapping[Key, str]
    ) -> list[int | None]:
        """Store new people with their addresses and subscriptions; their numbers, None for those who were erased."""
        stored = [[one for one in his if why.get(one.key) != consent.ERASED] for _, his in entries]
        numbers = iter(await reserve_ids(self.connection, subscriber, sum(map(bool, stored))))
        owners = [next(numbers) if his else None for his in stored]
        people = [
            (owner, newcomer, his)
            for owner, (newcomer, _), his in zip(owners, entries, stored, strict=True)
            if owner is not None
        ]
        await insert_rows(
            self.connection, subscriber, _SUBSCRIBER, [self._person(owner, new) for owner, new, _ in people]
        )
        ranked = [
            (owner, 0 if newcomer.preference == "all" else rank, one)
            for owner, newcomer, his in people
            for rank, one in enumerate(his, start=1)
        ]
        await self._add_addresses(ranked, why)
        wishes = [wish_row(owner, wish) for owner, newcomer, _ in people for wish in newcomer.subscriptions]
        await insert_rows(self.connection, subscription, _SUBSCRIPTION, wishes)
        return owners

    async def join(self, entries: Sequence[tuple[Match, Sequence[Given]]], why: Mapping[Key, str]) -> None:
        """Give known people their new addresses, and make one of those who are one."""
        added = [
            (found.person, _LAST, one)
            for found, unknown in entries
            for one in unknown
            if found.person is not None and why.get(one.key) != consent.ERASED
        ]
        await self._add_addresses(added, why)
        pairs = [(found.person, other) for found, _ in entries for other in found.merged if found.person is not None]
        await merge(self.connection, pairs)
        await renumber(self.connection, [person for person, *_ in added] + [person for person, _ in pairs])

    async def open(self, keys: Sequence[Key]) -> None:
        """Known addresses that waited for a confirmation need it no more."""
        await consent.stand(self.connection, keys, Standing.OPEN)
        await consent.record(self.connection, keys, self.act, self.origin)

    def _person(self, number: int, newcomer: Newcomer) -> tuple[object, ...]:
        name = self.ring.encrypt(newcomer.name, NAME) if newcomer.name else None
        return number, newcomer.language, newcomer.preference, name, to_instant(self.origin.at)

    async def _add_addresses(self, added: Sequence[tuple[int, int, Given]], why: Mapping[Key, str]) -> None:
        new = Standing.UNCONFIRMED if self.act == "given" else Standing.OPEN
        rows = [
            (
                person,
                key[0],
                rank,
                int(Standing.SUPPRESSED if key in why else new),
                self.ring.encrypt(value, VALUE),
                key[1],
                address_form.hint(key[0], value),
            )
            for person, rank, (key, value) in added
        ]
        await insert_rows(self.connection, address, _ADDRESS, rows)
        await consent.record(self.connection, [one.key for _, _, one in added], self.act, self.origin)
