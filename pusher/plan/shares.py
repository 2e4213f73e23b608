"""One range of a broadcast's audience, shared out by channel and by when each gets it. Reads only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import after_quiet, to_instant
from pusher.deliver.batch import pack, unpack
from pusher.plan.broadcast import Broadcast
from pusher.plan.outlets import Outlet, personal
from pusher.plan.timing import DAYS_BETWEEN, digest_due, has_digests
from pusher.plan.warned import Warned
from subscribers.audience import select_addresses
from subscribers.timing import Manner, Portion, Present, select_portions, select_waiting


@dataclass(frozen=True, slots=True)
class Share:
    """Recipients of one message who get it at the same time."""

    outlet: Outlet
    #: Address numbers as `pusher.deliver.batch.pack` writes them.
    packed: bytes
    due: datetime

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.packed) // 8


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of the people of a range."""

    #: Who gets it by itself.
    shares: Sequence[Share]
    #: Rows of `waiting`: who gets it in a digest, and when that comes.
    put_aside: Sequence[Mapping[str, Any]]

    def keeping(self, addresses: Callable[[int], bool], people: Callable[[int], bool]) -> "Plan":
        """That part of it which is for these addresses and people."""
        shares = [replace(share, packed=_keeping(share.packed, addresses)) for share in self.shares]
        put_aside = [{**row, "people": _keeping(row["people"], people)} for row in self.put_aside]
        return Plan([share for share in shares if share.size], [row for row in put_aside if row["people"]])


@dataclass(frozen=True, slots=True)
class Range:
    """The subscribers `after` < number <= `upto`, as they are at one moment."""

    broadcast: Broadcast
    outlets: Sequence[Outlet]
    at: datetime
    #: Whose own times hold; None = nobody's.
    manner: Manner | None
    present: Present
    after: int
    upto: int
    #: Where its stride begins: what one person has waiting is put together by it.
    first: int

    async def plan(self, connection: AsyncConnection) -> Plan:
        """Who gets it, how and when."""
        return Plan(await self._shares(connection), await self._put_aside(connection))

    async def _shares(self, connection: AsyncConnection) -> list[Share]:
        by_kind = personal(self.outlets)
        if not by_kind or self.upto <= self.after:
            return []
        audience, kinds = self.broadcast.audience, list(by_kind)
        if self.manner is not None:
            portions = await select_portions(
                connection, audience, kinds, self.manner, self.present, after=self.after, upto=self.upto, at=self.at
            )
            return [self._share(by_kind[portion.kind], portion) for portion in portions]
        selected = await select_addresses(connection, audience, kinds, after=self.after, upto=self.upto, at=self.at)
        chosen = {by_kind[kind]: packed for kind, packed in selected.items()}
        if audience.earlier:
            chosen = await self._with_warned(connection, chosen, list(by_kind.values()))
        return [Share(outlet, packed, self.broadcast.due) for outlet, packed in chosen.items()]

    async def _put_aside(self, connection: AsyncConnection) -> Sequence[Mapping[str, Any]]:
        kinds = list(personal(self.outlets))
        wanted = self.present.has_frequencies and has_digests(self.broadcast)
        if not wanted or not kinds or self.upto <= self.after:
            return []
        waiting = await select_waiting(
            connection, self.broadcast.audience, kinds, after=self.after, upto=self.upto, at=self.at
        )
        return [
            {
                "broadcast_id": self.broadcast.id,
                "due": to_instant(digest_due(self.at, each.frequency, each.hour)),
                "step": DAYS_BETWEEN[each.frequency],
                "first": self.first,
                "people": each.packed,
            }
            for each in waiting
        ]

    def _share(self, outlet: Outlet, portion: Portion) -> Share:
        if portion.until is None:
            return Share(outlet, portion.packed, self.broadcast.due)
        later = after_quiet(self.at, portion.until, expires=self.broadcast.expires, hours=outlet.hours)
        return Share(outlet, portion.packed, later)

    async def _with_warned(
        self, connection: AsyncConnection, chosen: Mapping[Outlet, bytes], outlets: Sequence[Outlet]
    ) -> dict[Outlet, bytes]:
        """And whoever got the earlier broadcasts."""
        channels = [outlet.stands_for for outlet in outlets]
        warned = Warned(self.broadcast.audience.earlier, channels, self.after, self.upto)
        merged = {}
        for outlet in outlets:
            again = await warned.over(connection, outlet.stands_for)
            instead = await warned.instead(connection, outlet.address_kind)
            merged[outlet] = _merge(chosen.get(outlet, b""), pack(again), pack(instead))
        return {outlet: packed for outlet, packed in merged.items() if packed}


def _keeping(packed: bytes, wanted: Callable[[int], bool]) -> bytes:
    return pack([number for number in unpack(packed) if wanted(number)])


def _merge(*several: bytes) -> bytes:
    numbers = {packed[start : start + 8]: None for packed in several for start in range(0, len(packed), 8)}
    return b"".join(numbers)
