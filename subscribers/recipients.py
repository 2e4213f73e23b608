"""Recipients of a batch: address numbers become addresses with the values of their slots, just before they are sent.

Only here are addresses decrypted in bulk. Who was suppressed or erased since the batch was made is left out.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Address
from subscribers.consent import REFUSED, WILLED
from subscribers.enrol import NAME, VALUE
from subscribers.instant import to_instant
from subscribers.keys import KeyRing

#: Context of a list's encrypted columns.
COLUMNS = "membership.columns"

#: A third of the time of `json.loads`, which looks for white space around what we wrote ourselves.
_read_json = json.JSONDecoder().raw_decode

#: Many numbers as one parameter: the statement's text stays the same however many there are.
_AMONG = {"sqlite": "IN (SELECT value FROM json_each(?))", "postgresql": "= ANY(CAST(%s AS BIGINT[]))"}

#: Plain text and plain tuples: building the query anew for every batch would cost more than running it.
_PEOPLE = (
    "SELECT address.id, address.value, subscriber.name, NULL, 0, NULL"
    " FROM address JOIN subscriber ON subscriber.id = address.subscriber_id"
    " WHERE {open} AND address.id {among}"
)
_MEMBERS = (
    "SELECT address.id, address.value, subscriber.name, membership.columns, membership.group_id, {duty}"
    " FROM address JOIN subscriber ON subscriber.id = address.subscriber_id"
    " LEFT JOIN membership ON membership.subscriber_id = address.subscriber_id AND membership.group_id {among}"
    " WHERE {open} AND address.id {among}"
)
_OPEN = "address.standing = 0"
#: Closed by nothing but its owner's will, of the given kinds; dead, unconfirmed and erased ones are not.
_REFUSED = (
    "(address.standing = 2 AND EXISTS (SELECT 1 FROM suppression"
    " WHERE suppression.fingerprint = address.fingerprint AND suppression.kind = address.kind"
    " AND suppression.dead = '' AND suppression.reason IN ('{reasons}')))"
)
_OPEN_OR_REFUSED = f"({_OPEN} OR {_REFUSED})".format(reasons="', '".join(WILLED))
#: Members of a list that outweighs a 退订.
_BY_DUTY = (
    "EXISTS (SELECT 1 FROM membership AS his JOIN recipient_group ON recipient_group.id = his.group_id"
    " WHERE his.subscriber_id = address.subscriber_id AND recipient_group.duty <> ''"
    " AND (recipient_group.ends_at IS NULL OR recipient_group.ends_at > {at}) AND his.group_id {among})"
)
_OPEN_OR_BY_DUTY = f"({_OPEN} OR ({_REFUSED.format(reasons=REFUSED)} AND {_BY_DUTY}))"
#: Why it still comes, to whoever refused.
_DUTY = (
    "CASE WHEN address.standing = 2 THEN"
    " (SELECT recipient_group.duty FROM recipient_group WHERE recipient_group.id = membership.group_id) END"
)
#: The slot in which a message says so, and how it begins.
STILL_COMES = "still_comes"
_WHY = "您曾退订，这条预警依职责仍发给您："


async def load(
    connection: AsyncConnection,
    ring: KeyRing,
    address_ids: Sequence[int],
    *,
    own: Mapping[str, Callable[[int], str]] = {},
    group_ids: Sequence[int],
    also_refused: bool = False,
    by_duty: datetime | None = None,
) -> list[Address]:
    """The addresses that may be written to at this moment, in the order of `address_ids`; the others are missing.

    Their slots are the columns of the lists `group_ids` (what an earlier list says goes first), "name" where one is
    known, and what `own` says of an address by its number. `also_refused`: whoever was warned hears of the end, also
    after refusing. `by_duty`: members of those of the lists that outweigh a 退订 at this time get it all the same, and
    the slot "still_comes" says why; None = no list does. Raises KeyRingError.
    """
    dialect = connection.dialect.name
    reached = _OPEN_OR_REFUSED if also_refused else _OPEN_OR_BY_DUTY if by_duty is not None and group_ids else _OPEN
    statement, numbers = (_MEMBERS, [group_ids]) if group_ids else (_PEOPLE, [])
    if reached is _OPEN_OR_BY_DUTY:
        numbers.append(group_ids)
    found = await connection.exec_driver_sql(
        statement.format(
            open=reached.replace("{among}", _AMONG[dialect]).replace("{at}", str(by_duty and to_instant(by_duty))),
            among=_AMONG[dialect],
            duty=_DUTY if reached is _OPEN_OR_BY_DUTY else "NULL",
        ),
        tuple(_packed(dialect, some) for some in (*numbers, address_ids)),
    )
    rows: Iterable[Any] = found
    if len(group_ids) > 1:
        first = {group_id: place for place, group_id in enumerate(group_ids)}
        rows = sorted(found, key=lambda row: first.get(row[4], len(first)))
    addresses: dict[int, Address] = {}
    for number, value, name, columns, _, duty in rows:
        known = addresses.get(number)
        slots = _slots(ring, name if known is None else None, columns)
        if duty:
            slots[STILL_COMES] = _WHY + duty
        if known is None:
            for place, fill in own.items():
                slots[place] = fill(number)
            addresses[number] = Address(number, ring.decrypt(value, VALUE), slots)
        else:
            addresses[number] = Address(number, known.value, {**slots, **known.slots})
    return [addresses[number] for number in address_ids if number in addresses]


def _slots(ring: KeyRing, name: bytes | None, columns: bytes | None) -> dict[str, str]:
    slots: dict[str, str] = _read_json(ring.decrypt(columns, COLUMNS))[0] if columns else {}
    if name is not None and "name" not in slots:
        slots["name"] = ring.decrypt(name, NAME)
    return slots


def _packed(dialect: str, numbers: Sequence[int]) -> str:
    listed = ",".join(map(str, numbers))
    return f"[{listed}]" if dialect == "sqlite" else f"{{{listed}}}"
