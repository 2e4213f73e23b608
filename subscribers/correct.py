"""What a person may have put right: his name, his language, an address that is wrong or that he gave up."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import address_form, consent
from subscribers.bulk import one_adder
from subscribers.consent import Origin, Standing
from subscribers.enrol import NAME, VALUE
from subscribers.keys import KeyRing
from subscribers.known import key_of, look_up
from subscribers.merging import renumber
from subscribers.people import SubscriberError
from subscribers.tables import address, former_address, subscriber

#: Rank of an address until `renumber` puts it behind the others.
_LAST = 32_000


async def rename(connection: AsyncConnection, ring: KeyRing, person: int, name: str) -> None:
    """How templates address him; "" = not by name. Raises SubscriberError."""
    kept = ring.encrypt(name.strip(), NAME) if name.strip() else None
    await _change(connection, person, name=kept)


async def speak(connection: AsyncConnection, person: int, language: str) -> None:
    """The language that he wants ("zh", "en"). Raises SubscriberError."""
    await _change(connection, person, language=language)


async def replace_address(
    connection: AsyncConnection,
    ring: KeyRing,
    person: int,
    old: tuple[str, str],
    new: tuple[str, str],
    *,
    source: str,
    at: datetime,
    confirmed: bool,
) -> int:
    """Put the address `new` (kind, text as typed) in the place of his address `old`; the number of the new one.

    Without `confirmed` nothing is sent to it before its owner has confirmed it. Deliveries to the old one stay what
    they were; what is still on its way there is not sent to it, and the person gets it on the next address that is
    open: the new one, if it is confirmed. Raises AddressError, and SubscriberError where `old` is not his or `new` is
    somebody else's.
    """
    await one_adder(connection)
    old_key = key_of(ring, old[0], address_form.normalise(*old))
    value = address_form.normalise(*new)
    new_key = key_of(ring, new[0], value)
    known = await look_up(connection, [old_key, new_key])
    if old_key not in known or known[old_key].subscriber_id != person:
        raise SubscriberError("the address to replace is not this person's: `pusher subscriber show` lists his")
    if new_key in known:
        raise SubscriberError("the new address is known already: it is this person's, or somebody else's")
    was = (await connection.execute(sa.select(address).where(_named(old_key)))).one()
    await connection.execute(sa.delete(address).where(address.c.id == was.id))
    origin = Origin(source, at)
    await consent.record(connection, [old_key], "corrected", origin)
    await consent.record(connection, [new_key], "confirmed" if confirmed else "given", origin)
    suppressed = new_key in await consent.reasons(connection, [new_key])
    open_or_not = Standing.OPEN if confirmed else Standing.UNCONFIRMED
    standing = Standing.SUPPRESSED if suppressed else open_or_not
    number = await _insert(connection, ring, person, (new[0], value), standing, rank=was.rank)
    former = {"id": was.id, "subscriber_id": person, "rank": was.rank, "successor_id": number}
    await connection.execute(sa.insert(former_address).values(former))
    # One that was replaced twice leads to the newest.
    earlier = former_address.c.successor_id == was.id
    await connection.execute(sa.update(former_address).where(earlier).values(successor_id=number))
    return number


async def add_address(
    connection: AsyncConnection, ring: KeyRing, person: int, new: tuple[str, str], origin: Origin
) -> int:
    """Give him a further address (kind, normalised value) that nobody has, behind his others; he has confirmed it.

    Returns its number; the caller has seen to it that nothing stands against the address.
    """
    await consent.record(connection, [key_of(ring, *new)], "confirmed", origin)
    number = await _insert(connection, ring, person, new, Standing.OPEN, rank=_LAST)
    await renumber(connection, [person])
    return number


async def _insert(
    connection: AsyncConnection, ring: KeyRing, person: int, new: tuple[str, str], standing: Standing, *, rank: int
) -> int:
    kind, value = new
    added = sa.insert(address).values(
        subscriber_id=person,
        kind=kind,
        rank=rank,
        standing=int(standing),
        value=ring.encrypt(value, VALUE),
        fingerprint=key_of(ring, kind, value)[1],
        hint=address_form.hint(kind, value),
    )
    return int((await connection.execute(added.returning(address.c.id))).scalar_one())


async def _change(connection: AsyncConnection, person: int, **values: object) -> None:
    changed = await connection.execute(sa.update(subscriber).where(subscriber.c.id == person).values(**values))
    if not changed.rowcount:
        raise SubscriberError(f"there is no subscriber {person}")


def _named(key: consent.Key) -> sa.ColumnElement[bool]:
    return (address.c.kind == key[0]) & (address.c.fingerprint == key[1])
