"""What is known of one person, as he and the operator may see it: addresses masked, with the history of consent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import consent
from subscribers.choices import Choices, read_choices
from subscribers.consent import Act, Standing
from subscribers.enrol import NAME, Subscription
from subscribers.instant import from_instant
from subscribers.keys import KeyRing
from subscribers.position import Position, of_person
from subscribers.reachable import in_force
from subscribers.tables import address, group, membership, subscriber


@dataclass(frozen=True, slots=True)
class HeldAddress:
    """One address of a person."""

    id: int
    #: "phone", "email", "openid" …
    kind: str
    #: What may be shown of it ("138****8000").
    hint: str
    #: 0 = he wants all channels; else his order of choice.
    rank: int
    standing: Standing
    #: Why it is suppressed; "" if it is not.
    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """Everything that is stored about one subscriber."""

    id: int
    #: "" if none was given.
    name: str
    #: "first" or "all".
    preference: str
    #: Aware, UTC.
    created_at: datetime
    #: In order of choice.
    addresses: Sequence[HeldAddress]
    choices: Choices
    #: Names of the lists that name him.
    groups: Sequence[str]
    #: Where he lives, coarsely: as he says, then as lists say; with the name of the list, "" for himself.
    places: Sequence[tuple[str, Position]]
    #: Oldest first; nothing of whoever had one of his addresses before him.
    history: Sequence[Act]

    @property
    def subscriptions(self) -> Sequence[Subscription]:
        """His wishes."""
        return self.choices.subscriptions


async def show(connection: AsyncConnection, ring: KeyRing, subscriber_id: int) -> Person | None:
    """The person with this number; None if there is none. Raises KeyRingError."""
    row = (await connection.execute(sa.select(subscriber).where(subscriber.c.id == subscriber_id))).one_or_none()
    choices = await read_choices(connection, subscriber_id)
    if row is None or choices is None:
        return None
    his = (
        await connection.execute(
            sa.select(address).where(address.c.subscriber_id == subscriber_id).order_by(address.c.rank, address.c.id)
        )
    ).all()
    keys = [(one.kind, one.fingerprint) for one in his]
    reasons = await consent.reasons(connection, keys)
    return Person(
        id=row.id,
        name=ring.decrypt(row.name, NAME) if row.name else "",
        preference=row.preference,
        created_at=from_instant(row.created_at),
        addresses=[
            HeldAddress(one.id, one.kind, one.hint, one.rank, Standing(one.standing), reasons.get(key, ""))
            for one, key in zip(his, keys, strict=True)
        ],
        choices=choices,
        groups=await _groups(connection, subscriber_id),
        places=await of_person(connection, subscriber_id),
        history=await consent.history(connection, keys, of_its_owner=True),
    )


async def _groups(connection: AsyncConnection, subscriber_id: int) -> list[str]:
    query = (
        sa.select(group.c.name)
        .join_from(membership, group)
        .where(membership.c.subscriber_id == subscriber_id)
        .order_by(group.c.name)
    )
    return list((await connection.scalars(query)).all())


async def duties_of(connection: AsyncConnection, address_id: int, *, at: datetime) -> list[str]:
    """Why warnings come to the person of an address in spite of a 退订, and whom to ask: of each such list."""
    query = (
        sa.select(group.c.duty)
        .join_from(membership, group)
        .join(address, address.c.subscriber_id == membership.c.subscriber_id)
        .where(address.c.id == address_id, group.c.duty != "", in_force(at))
        .order_by(group.c.name)
    )
    return list(await connection.scalars(query))
