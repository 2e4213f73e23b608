"""A batch: the recipients of one message, in order, that a worker claims and that survive its death."""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from channels.message import Lane

#: Recipients of a full batch. More would make a claim hold too much; fewer, more rows for nothing.
SIZE = 1000

_KEY = re.compile(r"m(\d{1,19})-(-?\d{1,19})", re.ASCII)
#: The largest number that a database takes.
_LARGEST = 2**63 - 1


class BatchState(StrEnum):
    """Where a batch stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    #: Its broadcast is halted.
    HELD = "held"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Batch:
    """A claimed batch: what is left of it, and the claim that entitles to it."""

    id: int
    message_id: int
    channel: str
    lane: Lane
    #: Which try this is, from 1.
    attempt: int
    #: Address numbers in order; 0 = a public place, below 0 = a sign-up that waits (`subscribers.sign_up`).
    recipients: tuple[int, ...]
    #: How many of them, from the front, the ledger knows the outcome of.
    recorded: int
    #: Number of the claim; a worker whose claim was taken over changes nothing.
    claim: int

    @classmethod
    def of(cls, row: Any) -> "Batch":
        """What a row of `pusher.deliver.tables.batch` says."""
        lane, recipients = Lane(row.lane), unpack(row.recipients)
        return cls(row.id, row.message_id, row.channel, lane, row.attempt, recipients, row.recorded, row.claim)


def pack(recipients: Sequence[int]) -> bytes:
    """Address numbers as stored: 8 bytes each, big-endian."""
    return struct.pack(f">{len(recipients)}q", *recipients)


def unpack(packed: bytes) -> tuple[int, ...]:
    """The address numbers of a stored batch."""
    return struct.unpack(f">{len(packed) // 8}q", packed)


def delivery_key(message_id: int, address_id: int) -> str:
    """Name of one delivery for ever: repeated tries carry the same, so that a provider can recognise them."""
    return f"m{message_id}-{address_id}"


def read_delivery_key(key: str) -> tuple[int, int] | None:
    """(message_id, address_id) of a key that a provider echoed; None if it is not one of ours."""
    ours = _KEY.fullmatch(key)
    if ours is None or max(map(abs, numbers := (int(ours[1]), int(ours[2])))) > _LARGEST:
        return None
    return numbers
