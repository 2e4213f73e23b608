"""From the address numbers of a slice to addresses that may be written to at this moment."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Address
from pusher.deliver.message_store import StoredMessage
from subscribers import recipients, sign_up
from subscribers.keys import KeyRing, KeyRingError

#: Numbers of recipients → those who may be written to, in order. Raises KeyRingError.
_Loader = Callable[[Sequence[int]], Awaitable[list[Address]]]


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
    *,
    at: datetime,
) -> Addressed:
    """The addresses behind `numbers` that may be written to at `at` (aware).

    `own_slots` are filled by the service itself."""
    if stored.address_kind == "public":
        return Addressed([Address(0, "") for _ in numbers])
    own = {name: fill for name, fill in own_slots.items() if name in stored.slots}
    found, unreadable = await _load(_loader(connection, ring, stored, own, at), numbers)
    accounted = {*(each.id for each in found), *unreadable}
    return Addressed(found, [each for each in numbers if each not in accounted], unreadable)


def _loader(
    connection: AsyncConnection,
    ring: KeyRing,
    stored: StoredMessage,
    own: Mapping[str, Callable[[int], str]],
    at: datetime,
) -> _Loader:
    """Where the recipients of a message are found.

    A confirmation is the only message that goes to an address before its owner has agreed, and it goes nowhere else.
    """

    async def of_sign_ups(numbers: Sequence[int]) -> list[Address]:
        return await sign_up.addresses(connection, ring, [each for each in numbers if each < 0], own=own)

    async def of_people(numbers: Sequence[int]) -> list[Address]:
        return await recipients.load(
            connection,
            ring,
            numbers,
            own=own,
            group_ids=stored.groups,
            also_refused=stored.to_refused,
            by_duty=at if stored.by_duty else None,
        )

    return of_sign_ups if stored.message.template == sign_up.CONFIRMATION else of_people


async def _load(load: _Loader, numbers: Sequence[int]) -> tuple[list[Address], list[int]]:
    """The addresses, and the numbers of those that do not open: one damaged value holds nobody else up."""
    try:
        found = await load(numbers)
    except KeyRingError:
        if len(numbers) == 1:
            return [], list(numbers)
    else:
        return found, []
    half = len(numbers) // 2
    first, second = [await _load(load, part) for part in (numbers[:half], numbers[half:])]
    return first[0] + second[0], first[1] + second[1]
