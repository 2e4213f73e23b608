"""Whether the ledger, the counters, and what the channels saw agree once everything has come to its end."""

from collections import Counter, defaultdict
from collections.abc import Set
from dataclasses import dataclass

import sqlalchemy as sa

from channels.message import Lane
from pusher.database import Database
from pusher.deliver.state import COUNTERS, SETTLED, DeliveryState, counted
from pusher.deliver.tables import batch, delivery, message
from pusher.plan.tables import broadcast

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
            _check_delivery(f"m{each.id}-{address_id}", Lane(each.lane), state, witness)


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
