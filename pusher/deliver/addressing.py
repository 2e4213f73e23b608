"""From the address numbers of a slice to addresses that may be written to at this moment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Address
from pusher.deliver.message_store import StoredMessage
from subscribers import recipients
from subscribers.keys import KeyRing, KeyRingError


@dataclass(frozen=True, slots=True)
class Addressed:
    """The recipients of a slice, looked up."""

    #: Those to write to, in order, with their slots.
    addresses: Sequence[Address]
    #: Numbers of those who were closed or erased since planning.
    closed: Sequence[int] = ()
    #: Numbers of those whom the key ring does not open.
    unreadable: Sequence[int] = ()


async def look_up(
    connection: AsyncConnection,
    ring: KeyRing,
    stored: StoredMessage,
    numbers: Sequence[int],
    own_slots: Mapping[str, Callable[[int], str]],
) -> Addressed:
    """The addresses behind `numbers`; `own_slots` are filled by the service itself."""
    if stored.address_kind == "public":
        return Addressed([Address(0, "") for _ in numbers])
    found, unreadable = await _load(connection, ring, numbers, stored)
    accounted = {*(each.id for each in found), *unreadable}
    own = [(name, fill) for name, fill in own_slots.items() if name in stored.slots]
    if own:
        found = [
            Address(each.id, each.value, {**each.slots, **{name: fill(each.id) for name, fill in own}})
            for each in found
        ]
    return Addressed(found, [each for each in numbers if each not in accounted], unreadable)


async def _load(
    connection: AsyncConnection, ring: KeyRing, numbers: Sequence[int], stored: StoredMessage
) -> tuple[list[Address], list[int]]:
    """The addresses, and the numbers of those that do not open: one damaged value holds nobody else up."""
    try:
        found = await recipients.load(
            connection,
            ring,
            numbers,
            group_ids=stored.groups,
            also_refused=stored.to_refused,
            by_duty=stored.by_duty,
        )
    except KeyRingError:
        if len(numbers) == 1:
            return [], list(numbers)
    else:
        return found, []
    half = len(numbers) // 2
    first, second = [await _load(connection, ring, part, stored) for part in (numbers[:half], numbers[half:])]
    return first[0] + second[0], first[1] + second[1]
