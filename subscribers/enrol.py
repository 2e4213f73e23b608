"""Taking people in, many at a time: finding out who is known already, and storing the others."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import address_form, consent
from subscribers.bulk import chunks, insert_rows, one_adder, reserve_ids, rows_with
from subscribers.consent import Key, Origin, Standing
from subscribers.instant import to_instant
from subscribers.keys import KeyRing
from subscribers.merging import merge, renumber
from subscribers.same_person import Match, match
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
        entries = [(newcomer, _given(ring, newcomer)) for newcomer in chunk]
        why = await consent.reasons(connection, _keys(given for _, given in entries))
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
    given = [_given(ring, newcomer) for newcomer in newcomers]
    known = await _look_up(connection, _keys(given))
    unknown = [[one for one in addresses if one.key not in known] for addresses in given]
    why = await consent.reasons(connection, _keys(unknown))
    matches = await _matches(connection, given, known)
    fresh = [place for place, found in enumerate(matches) if found.person is None]
    added = await store.add([(newcomers[place], unknown[place]) for place in fresh], why)
    people = [found.person for found in matches]
    for place, number in zip(fresh, added, strict=True):
        people[place] = number
    await store.join(list(zip(matches, unknown, strict=True)), why)
    results = [
        _enrolled(found, addresses, known, why, person=person, act=act)
        for found, addresses, person in zip(matches, given, people, strict=True)
    ]
    await store.open([key for result in results for key in result.opened])
    return results


def wish_row(person: int, wish: Subscription) -> tuple[str, int, str, int]:
    """The wish as `subscription` holds it: domain, subscriber, area, least."""
    return wish.domain, person, wish.area, int(wish.least)


class _Given(NamedTuple):
    key: Key
    value: str


class _Known(NamedTuple):
    subscriber_id: int
    standing: int


def _given(ring: KeyRing, newcomer: Newcomer) -> list[_Given]:
    found: dict[Key, _Given] = {}
    for kind, value in newcomer.addresses:
        key = (kind, ring.fingerprint(kind, address_form.identity(kind, value)))
        found.setdefault(key, _Given(key, value))
    return list(found.values())


def _keys(given: Iterable[Sequence[_Given]]) -> list[Key]:
    return [one.key for addresses in given for one in addresses]


async def _look_up(connection: AsyncConnection, keys: Sequence[Key]) -> dict[Key, _Known]:
    found: dict[Key, _Known] = {}
    for chunk in chunks(keys):
        rows = await rows_with(
            connection,
            address,
            ("kind", "fingerprint", "subscriber_id", "standing"),
            "fingerprint",
            [key[1] for key in chunk],
        )
        for kind, fingerprint, subscriber_id, standing in rows:
            found[kind, fingerprint] = _Known(subscriber_id, standing)
    return found


async def _matches(
    connection: AsyncConnection, given: Sequence[Sequence[_Given]], known: Mapping[Key, _Known]
) -> list[Match]:
    owners = {key: one.subscriber_id for key, one in known.items()}
    behind = [{owners.get(one.key) for one in addresses} for addresses in given]
    # Whoever gives nothing but addresses of one person is that person: no need to look at all of these.
    unclear = {owner for people in behind if len(people) > 1 for owner in people if owner is not None}
    addresses_of = await _addresses_of(connection, sorted(unclear))
    return [
        match([one.key for one in addresses], owners, addresses_of)
        if len(people) > 1
        else Match(next(iter(people), None))
        for addresses, people in zip(given, behind, strict=True)
    ]


async def _addresses_of(connection: AsyncConnection, people: Sequence[int]) -> dict[int, Set[Key]]:
    found: dict[int, set[Key]] = {person: set() for person in people}
    for chunk in chunks(people):
        query = sa.select(address.c.subscriber_id, address.c.kind, address.c.fingerprint).where(
            address.c.subscriber_id.in_(chunk)
        )
        for person, kind, fingerprint in await connection.execute(query):
            found[person].add((kind, fingerprint))
    return {**found}


def _enrolled(
    found: Match,
    given: Sequence[_Given],
    known: Mapping[Key, _Known],
    why: Mapping[Key, str],
    *,
    person: int | None,
    act: str,
) -> Enrolled:
    behind = {person, *found.others, *found.merged}
    his = [one.key for one in given if one.key in known and known[one.key].subscriber_id in behind]
    opened = [key for key in his if act != "given" and known[key].standing == Standing.UNCONFIRMED]
    new = [one.key for one in given if one.key not in known and one.key not in why]
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
        self, entries: Sequence[tuple[Newcomer, Sequence[_Given]]], why: Mapping[Key, str]
    ) -> list[int | None]:
        """Store new people with their addresses and subscriptions; their numbers, None for those who were erased."""
        given = [[one for one in his if why.get(one.key) != consent.ERASED] for _, his in entries]
        numbers = iter(await reserve_ids(self.connection, subscriber, sum(map(bool, given))))
        owners = [next(numbers) if his else None for his in given]
        people = [
            (owner, newcomer, his)
            for owner, (newcomer, _), his in zip(owners, entries, given, strict=True)
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

    async def join(self, entries: Sequence[tuple[Match, Sequence[_Given]]], why: Mapping[Key, str]) -> None:
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

    async def _add_addresses(self, added: Sequence[tuple[int, int, _Given]], why: Mapping[Key, str]) -> None:
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
