"""Recipients of a batch: address numbers become addresses with the values of their slots, just before they are sent.

Only here are addresses decrypted in bulk. Who was suppressed or erased since the batch was made is left out.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Address
from subscribers.consent import WILLED
from subscribers.enrol import NAME, VALUE
from subscribers.keys import KeyRing

#: Context of a list's encrypted columns.
COLUMNS = "membership.columns"

#: A third of the time of `json.loads`, which looks for white space around what we wrote ourselves.
_read_json = json.JSONDecoder().raw_decode

#: Many numbers as one parameter: the statement's text stays the same however many there are.
_AMONG = {"sqlite": "IN (SELECT value FROM json_each(?))", "postgresql": "= ANY(CAST(%s AS BIGINT[]))"}

#: Plain text and plain tuples: building the query anew for every batch would cost more than running it.
_PEOPLE = (
    "SELECT address.id, address.value, subscriber.name, NULL, 0"
    " FROM address JOIN subscriber ON subscriber.id = address.subscriber_id"
    " WHERE {open} AND address.id {among}"
)
_MEMBERS = (
    "SELECT address.id, address.value, subscriber.name, membership.columns, membership.group_id"
    " FROM address JOIN subscriber ON subscriber.id = address.subscriber_id"
    " LEFT JOIN membership ON membership.subscriber_id = address.subscriber_id AND membership.group_id {among}"
    " WHERE {open} AND address.id {among}"
)
_OPEN = "address.standing = 0"
#: Also those whose owners refused or complained; addresses that are dead, unconfirmed or erased stay out.
_OPEN_OR_REFUSED = (
    "(address.standing = 0 OR (address.standing = 2 AND EXISTS (SELECT 1 FROM suppression"  # noqa: S608 - our constant
    " WHERE suppression.fingerprint = address.fingerprint AND suppression.kind = address.kind"
    " AND suppression.reason IN ('" + "', '".join(WILLED) + "'))))"
)


async def load(
    connection: AsyncConnection,
    ring: KeyRing,
    address_ids: Sequence[int],
    *,
    group_ids: Sequence[int],
    also_refused: bool = False,
) -> list[Address]:
    """The addresses that may be written to at this moment, in the order of `address_ids`; the others are missing.

    Their slots are the columns of the lists `group_ids` (what an earlier list says goes first) and "name" where one
    is known. `also_refused`: whoever was warned hears of the end, also after refusing. Raises KeyRingError.
    """
    dialect = connection.dialect.name
    statement, numbers = (_MEMBERS, (group_ids, address_ids)) if group_ids else (_PEOPLE, (address_ids,))
    found = await connection.exec_driver_sql(
        statement.format(among=_AMONG[dialect], open=_OPEN_OR_REFUSED if also_refused else _OPEN),
        tuple(_packed(dialect, some) for some in numbers),
    )
    rows: Iterable[Any] = found
    if len(group_ids) > 1:
        first = {group_id: place for place, group_id in enumerate(group_ids)}
        rows = sorted(found, key=lambda row: first.get(row[4], len(first)))
    addresses: dict[int, Address] = {}
    for number, value, name, columns, _ in rows:
        known = addresses.get(number)
        if known is None:
            addresses[number] = Address(number, ring.decrypt(value, VALUE), _slots(ring, name, columns))
        else:
            addresses[number] = Address(number, known.value, {**_slots(ring, None, columns), **known.slots})
    return [addresses[number] for number in address_ids if number in addresses]


def _slots(ring: KeyRing, name: bytes | None, columns: bytes | None) -> dict[str, str]:
    slots: dict[str, str] = _read_json(ring.decrypt(columns, COLUMNS))[0] if columns else {}
    if name is not None and "name" not in slots:
        slots["name"] = ring.decrypt(name, NAME)
    return slots


def _packed(dialect: str, numbers: Sequence[int]) -> str:
    listed = ",".join(map(str, numbers))
    return f"[{listed}]" if dialect == "sqlite" else f"{{{listed}}}"
