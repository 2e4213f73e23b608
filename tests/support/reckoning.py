"""Whether the ledger, the counters, and what the channels saw agree once everything has come to its end."""

from collections import Counter, defaultdict
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from channels.message import Lane
from pusher.database import Database
from pusher.deliver.state import COUNTERS, SETTLED, DeliveryState, counted
from pusher.deliver.tables import batch, delivery, message, unreached
from pusher.deliver.unreached import LOST
from pusher.plan.tables import broadcast
from subscribers.tables import address

#: Microseconds that one phase of a simulated town takes at most.
_LONGEST_PHASE = 1_000_000_000

#: States in which nobody needs to have got anything.
_NOT_REACHED = (DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.SUPPRESSED, DeliveryState.CANCELLED)


@dataclass(frozen=True)
class Witness:
    """What the outside knows, by the keys of deliveries."""

    #: How often each may have reached its receiver.
    got: Counter[str]
    #: Of which a provider said later that it took them.
    vouched: Set[str]
    #: Of which a provider said later that they arrived.
    arrived: Set[str]


async def check(database: Database, witness: Witness) -> None:
    """Assert that all is settled, that the counters are those of a recount, and that the lanes keep their promises."""
    async with database.read() as connection:
        left = (await connection.execute(sa.select(batch.c.id, batch.c.state).where(batch.c.state != "done"))).all()
        states = set(await connection.scalars(sa.select(broadcast.c.state)))
        messages = (await connection.execute(sa.select(message))).all()
        rows = (await connection.execute(sa.select(delivery))).all()
    assert left == []
    assert states <= {"done", "cancelled"}
    ledger: defaultdict[int, dict[int, DeliveryState]] = defaultdict(dict)
    for row in rows:
        ledger[row.message_id][row.address_id] = DeliveryState(row.state)
    for each in messages:
        _check_counters(each, ledger[each.id])
        for address_id, state in ledger[each.id].items():
            if Lane(each.lane) is Lane.WARNING and each.state == "cancelled" and state is DeliveryState.IN_DOUBT:
                # It was taken back while the worker that had it was dead: nobody is sent it again to make sure.
                continue
            _check_delivery(f"m{each.id}-{address_id}", Lane(each.lane), state, witness)


async def check_people(database: Database, witness: Witness, *, halted: Set[int]) -> None:
    """Assert that nobody with another address stays unreached, and that nobody is told twice who must not be.

    `halted`: broadcasts that may have expired while there was still somebody to reach.
    """
    async with database.read() as connection:
        people = (await connection.execute(sa.select(address).where(address.c.rank > 0))).all()
        rows = (await connection.execute(_WITH_MESSAGE)).all()
        noted = (await connection.execute(sa.select(unreached))).all()
    assert noted == []
    owner = {each.id: each.subscriber_id for each in people}
    told: defaultdict[tuple[int, int], list[sa.Row[Any]]] = defaultdict(list)
    for row in rows:
        if row.address_id in owner:
            told[row.broadcast_id, owner[row.address_id]].append(row)
    for (number, person), his in told.items():
        tried = {row.address_id for row in his}
        if number not in halted and all(_is_lost_in_time(row) for row in his):
            kinds = {row.address_kind for row in rows if row.broadcast_id == number}
            his_own = [each for each in people if each.subscriber_id == person and each.standing == 0]
            left = [each.id for each in his_own if each.kind in kinds and each.id not in tried]
            assert left == [], f"broadcast {number} never went to {left}, and nobody else of {person} got it"
        if his[0].lane != Lane.WARNING.value:
            sure = [row for row in his if not _is_over(row, witness)]
            assert len(sure) <= 1, f"broadcast {number} went to {person} on {len(sure)} addresses"


def _is_lost_in_time(row: sa.Row[Any]) -> bool:
    """Whether it is known that a delivery reached nobody, since a time when another could still be begun."""
    in_time = row.at + _LONGEST_PHASE < row.expires
    return in_time and row.broadcast_state == "done" and DeliveryState(row.state) in LOST


def _is_over(row: sa.Row[Any], witness: Witness) -> bool:
    """Whether one delivery is, or may have been, known as lost when the next address was looked for."""
    return (
        DeliveryState(row.state) in _NOT_REACHED or row.state == DeliveryState.BOUNCED or _key(row) in witness.vouched
    )


def _key(row: sa.Row[Any]) -> str:
    return f"m{row.message_id}-{row.address_id}"


_WITH_MESSAGE = (
    sa.select(
        delivery,
        message.c.broadcast_id,
        message.c.lane,
        message.c.expires,
        message.c.address_kind,
        broadcast.c.state.label("broadcast_state"),
    )
    .join(message, message.c.id == delivery.c.message_id)
    .join(broadcast, broadcast.c.id == message.c.broadcast_id)
)


def _check_counters(row: sa.Row[tuple[object, ...]], states: dict[int, DeliveryState]) -> None:
    recount = counted((None, state) for state in states.values())
    recount["planned"] = len(states)
    stored = {name: getattr(row, name) for name in COUNTERS}
    assert stored == {name: recount[name] for name in COUNTERS}
    assert stored["planned"] == sum(stored[name] for name in SETTLED)


def _check_delivery(key: str, lane: Lane, state: DeliveryState, witness: Witness) -> None:
    got, is_vouched = witness.got[key], key in witness.vouched
    if key in witness.arrived:
        assert state is DeliveryState.DELIVERED, f"{key} has arrived, and is {state.name}"
    if lane is not Lane.WARNING:
        assert got <= 1, f"{key} ({lane}, {state.name}) may have been got {got} times"
    if state in (DeliveryState.SENT, DeliveryState.DELIVERED):
        assert got >= 1 or is_vouched, f"{key} ({lane}) is {state.name}, yet nobody took it"
    if lane is Lane.WARNING and not got:
        assert state in _NOT_REACHED or is_vouched, f"{key} is {state.name}, yet nobody got the warning"
