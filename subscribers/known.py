"""Looking addresses up: what somebody gives, against what is stored."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import address_form
from subscribers.bulk import chunks, rows_with
from subscribers.consent import Key
from subscribers.keys import KeyRing
from subscribers.same_person import Match, match
from subscribers.tables import address


class Given(NamedTuple):
    """An address that somebody gives."""

    key: Key
    #: As `address_form.normalise` gives it.
    value: str


class Known(NamedTuple):
    """An address that is stored."""

    subscriber_id: int
    standing: int


def key_of(ring: KeyRing, kind: str, value: str) -> Key:
    """What equal addresses share, of a normalised one."""
    return kind, ring.fingerprint(kind, address_form.identity(kind, value))


def given(ring: KeyRing, addresses: Iterable[tuple[str, str]]) -> list[Given]:
    """The addresses (kind, normalised value) with their keys, each once, in their order."""
    found: dict[Key, Given] = {}
    for kind, value in addresses:
        key = key_of(ring, kind, value)
        found.setdefault(key, Given(key, value))
    return list(found.values())


async def look_up(connection: AsyncConnection, keys: Sequence[Key]) -> dict[Key, Known]:
    """Those of the addresses that are stored."""
    columns = ("kind", "fingerprint", "subscriber_id", "standing")
    found: dict[Key, Known] = {}
    for chunk in chunks(keys):
        fingerprints = [fingerprint for _, fingerprint in chunk]
        for kind, fingerprint, person, standing in await rows_with(
            connection, address, columns, "fingerprint", fingerprints
        ):
            found[kind, fingerprint] = Known(person, standing)
    return found


async def matches(
    connection: AsyncConnection, people: Sequence[Sequence[Given]], known: Mapping[Key, Known]
) -> list[Match]:
    """Who each of `people` is, by the addresses that they give."""
    owners = {key: one.subscriber_id for key, one in known.items()}
    behind = [{owners.get(one.key) for one in his} for his in people]
    # Whoever gives nothing but addresses of one person is that person: no need to look at all of these.
    unclear = {owner for several in behind if len(several) > 1 for owner in several if owner is not None}
    addresses_of = await _addresses_of(connection, sorted(unclear))
    found: list[Match] = []
    for his, several in zip(people, behind, strict=True):
        if len(several) > 1:
            keys = [one.key for one in his]
            found.append(match(keys, owners, addresses_of))
            # What one gets is his when the next is looked at.
            addresses_of.get(found[-1].person or 0, set()).update(keys)
        else:
            found.append(Match(next(iter(several), None)))
    return found


async def _addresses_of(connection: AsyncConnection, people: Sequence[int]) -> dict[int, set[Key]]:
    found: dict[int, set[Key]] = {person: set() for person in people}
    for chunk in chunks(people):
        query = sa.select(address.c.subscriber_id, address.c.kind, address.c.fingerprint).where(
            address.c.subscriber_id.in_(chunk)
        )
        for person, kind, fingerprint in await connection.execute(query):
            found[person].add((kind, fingerprint))
    return found
