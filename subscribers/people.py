"""The acts on one person: taking in, finding, subscribing, choosing, erasing."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import address_form, consent, position
from subscribers.bulk import insert_or, one_adder
from subscribers.consent import Key, Origin
from subscribers.enrol import NAME, Newcomer, Subscription, enrol, wish_row
from subscribers.keys import KeyRing
from subscribers.known import given, key_of, look_up
from subscribers.merging import renumber, set_ranks
from subscribers.position import Position
from subscribers.tables import address, former_address, sign_up, subscriber, subscription
from subscribers.topic import area_code

#: What a person can prefer: one message of a broadcast, on the first address that works, or one on each.
PREFERENCES = ("first", "all")

_LONGEST_AREA = 12
_LONGEST_DOMAIN = 32


class SubscriberError(ValueError):
    """What was asked for cannot be done with this person; one sentence, free of personal data."""


async def add_subscriber(
    connection: AsyncConnection,
    ring: KeyRing,
    *,
    name: str,
    addresses: Sequence[tuple[str, str]],
    subscriptions: Sequence[Subscription],
    preference: str,
    language: str,
    source: str,
    at: datetime,
    confirmed: bool,
    words: str = "",
) -> int:
    """Take a person in by (kind, text as typed) addresses, in order of choice; return his number.

    Who is known by one of the addresses gets the others, the subscriptions and the choices added. Without
    `confirmed` nothing of a known person changes, because anybody can type anybody's number.
    `words`: what he was shown. Raises AddressError and SubscriberError.
    """
    newcomer = Newcomer(
        addresses=[(kind, address_form.normalise(kind, text)) for kind, text in addresses],
        name=name.strip(),
        subscriptions=[checked_wish(wish) for wish in subscriptions],
        preference=_known_preference(preference),
        language=language,
    )
    if not newcomer.addresses:
        raise SubscriberError("a subscriber needs at least one address")
    if not confirmed and (owner := await _owner(connection, ring, newcomer)) is not None:
        return owner
    [found] = await enrol(
        connection, ring, [newcomer], Origin(source, at, words=words), act="confirmed" if confirmed else "given"
    )
    if found.person is None:
        raise SubscriberError(
            "this person was erased at his own wish: lift that with `restore` before adding him again"
        )
    if not found.is_new:
        await _update(connection, ring, found.person, newcomer, source=source, at=at)
    return found.person


async def find_by_address(connection: AsyncConnection, ring: KeyRing, kind: str, text: str) -> int | None:
    """Who has this address, as typed; None if nobody has. Raises AddressError."""
    key = key_of(ring, kind, address_form.normalise(kind, text))
    found = await look_up(connection, [key])
    return found[key].subscriber_id if key in found else None


async def address_numbers(connection: AsyncConnection, key: Key) -> list[int]:
    """The number of an address, if it is stored."""
    query = sa.select(address.c.id).where(address.c.kind == key[0], address.c.fingerprint == key[1])
    return list(await connection.scalars(query))


async def detach(connection: AsyncConnection, key: Key, *, source: str, at: datetime) -> None:
    """An address has another owner now: it is taken from the person it was stored for, who keeps everything else."""
    taken = sa.delete(address).where(address.c.kind == key[0], address.c.fingerprint == key[1])
    gone = (await connection.execute(taken.returning(address.c.id, address.c.subscriber_id, address.c.rank))).first()
    if gone is not None:
        await connection.execute(sa.insert(former_address).values(gone._asdict()))
        await consent.record(connection, [key], "ended", Origin(source, at, consent.ANOTHER_OWNER))


async def subscribe(
    connection: AsyncConnection, person: int, wishes: Sequence[Subscription], *, source: str, at: datetime
) -> None:
    """Add wishes; one for the same domain and area takes the place of the former. Raises SubscriberError."""
    checked = [checked_wish(wish) for wish in wishes]
    keys = await keys_of_person(connection, person)
    if not keys:
        raise SubscriberError(f"there is no subscriber {person}")
    for wish in checked:
        statement = insert_or(connection, subscription).values(wish_row(person, wish))
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["domain", "subscriber_id", "area"], set_={"least": statement.excluded.least}
            )
        )
        await consent.record(connection, keys, "given", Origin(source, at, _about(wish.domain, wish.area)))


async def unsubscribe(
    connection: AsyncConnection,
    person: int,
    wishes: Iterable[tuple[str, str]] | None = None,
    *,
    source: str,
    at: datetime,
) -> int:
    """End the wishes for these (domain, area), None = all of them; how many there were.

    His addresses stay open for lists; `consent.refuse` closes an address for everything.
    """
    ended = sa.delete(subscription).where(subscription.c.subscriber_id == person)
    if wishes is not None:
        named = [(domain, area_code(area)) for domain, area in wishes]
        ended = ended.where(sa.tuple_(subscription.c.domain, subscription.c.area).in_(named))
    gone = (await connection.execute(ended.returning(subscription.c.domain, subscription.c.area))).all()
    keys = await keys_of_person(connection, person)
    for domain, area in gone:
        await consent.record(connection, keys, "ended", Origin(source, at, _about(domain, area)))
    return len(gone)


async def set_preference(
    connection: AsyncConnection, person: int, preference: str, *, order: Sequence[int] = ()
) -> None:
    """Choose "all" or "first", the latter with his address ids in order of choice; those not named follow."""
    chosen = sa.update(subscriber).where(subscriber.c.id == person).values(preference=_known_preference(preference))
    if not (await connection.execute(chosen)).rowcount:
        raise SubscriberError(f"there is no subscriber {person}")
    his = sa.select(address.c.id).where(address.c.subscriber_id == person).order_by(address.c.rank, address.c.id)
    numbers = (await connection.scalars(his)).all()
    named = [number for number in order if number in numbers]
    ranked = dict.fromkeys([*named, *numbers])
    await set_ranks(connection, [(number, rank) for rank, number in enumerate(ranked, start=1)])
    await renumber(connection, [person])


async def locate(
    connection: AsyncConnection, person: int, place: Position | None, *, source: str, at: datetime
) -> None:
    """Keep where he says that he lives, or forget it (None). Raises SubscriberError."""
    keys = await keys_of_person(connection, person)
    if not keys:
        raise SubscriberError(f"there is no subscriber {person}")
    await position.keep(connection, person, place)
    await consent.record(connection, keys, "given" if place else "ended", Origin(source, at, "position"))


async def erase(connection: AsyncConnection, person: int, *, source: str, at: datetime) -> bool:
    """Forget a person: all of it goes but the keyed fingerprints, which keep him out of later imports.

    False if there is no such person.
    """
    await one_adder(connection)
    keys = await keys_of_person(connection, person)
    await consent.end(connection, keys, "erased", consent.ERASED, Origin(source, at))
    # What waits for his confirmation names him as well.
    prints = [fingerprint for _, fingerprint in keys]
    await connection.execute(sa.delete(sign_up).where(sign_up.c.fingerprint.in_(prints)))
    gone = await connection.execute(sa.delete(subscriber).where(subscriber.c.id == person))
    return bool(gone.rowcount)


async def _owner(connection: AsyncConnection, ring: KeyRing, newcomer: Newcomer) -> int | None:
    keys = [one.key for one in given(ring, newcomer.addresses)]
    found = await look_up(connection, keys)
    return next((found[key].subscriber_id for key in keys if key in found), None)


async def _update(
    connection: AsyncConnection, ring: KeyRing, person: int, newcomer: Newcomer, *, source: str, at: datetime
) -> None:
    values: dict[str, object] = {"language": newcomer.language}
    if newcomer.name:
        values["name"] = ring.encrypt(newcomer.name, NAME)
    await connection.execute(sa.update(subscriber).where(subscriber.c.id == person).values(values))
    await set_preference(connection, person, newcomer.preference)
    await subscribe(connection, person, newcomer.subscriptions, source=source, at=at)


async def keys_of_person(connection: AsyncConnection, person: int) -> list[Key]:
    """Kind and fingerprint of each of his addresses; empty if there is no such person."""
    query = sa.select(address.c.kind, address.c.fingerprint).where(address.c.subscriber_id == person)
    return [(row.kind, row.fingerprint) for row in await connection.execute(query)]


def _known_preference(preference: str) -> str:
    if preference not in PREFERENCES:
        raise SubscriberError(f"the preference must be one of {', '.join(PREFERENCES)}")
    return preference


def checked_wish(wish: Subscription) -> Subscription:
    """The wish with its area in short form. Raises SubscriberError."""
    area = area_code(wish.area)
    if not (area.isascii() and area.isdecimal() and len(area) <= _LONGEST_AREA):
        raise SubscriberError("an area must be a division code of at most 12 digits, such as 360403")
    if not 0 < len(wish.domain) <= _LONGEST_DOMAIN:
        raise SubscriberError("a domain must be a code of the taxonomy, such as education: see `pusher domains`")
    return Subscription(wish.domain, area, wish.least)


def _about(domain: str, area: str) -> str:
    return f"{domain} {area}"
