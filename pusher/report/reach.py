"""Who was reached: by broadcast and channel, with the reasons of what did not arrive, and what short messages cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane, Message
from channels.sms_rules import Cost, ShortMessages, cost
from pusher.clock import from_instant, to_instant
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import delivery, message
from pusher.plan.broadcast import ANSWER, BroadcastState
from pusher.plan.tables import broadcast

#: How a delivery ends without the person having it, or without anybody knowing.
_NOT_REACHED = (
    DeliveryState.BOUNCED,
    DeliveryState.FAILED,
    DeliveryState.IN_DOUBT,
    DeliveryState.EXPIRED,
    DeliveryState.SUPPRESSED,
    DeliveryState.CANCELLED,
)
#: Route of broadcasts that went to nobody (`pusher.warnings.rehearsal`).
REHEARSAL = "rehearsal"
_COUNTS = ("planned", "sent", "delivered")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some were not reached."""

    #: "failed", "bounced", "in_doubt", "expired", "suppressed", "cancelled".
    state: str
    #: The provider's own code; "" where there is none.
    code: str
    count: int
    #: The provider's words for one of them, free of addresses.
    example: str


@dataclass(frozen=True, slots=True)
class Reach:
    """One broadcast over one channel."""

    broadcast: int
    title: str
    state: BroadcastState
    channel: str
    #: Aware time of planning.
    at: datetime
    planned: int
    #: Taken by the provider; those that bounced later among them.
    sent: int
    #: The provider says that the person has it.
    delivered: int
    #: The most frequent first.
    reasons: Sequence[Reason]
    #: What the sent ones cost at today's price, where it is a channel of short messages; None elsewhere.
    cost: Cost | None = None

    @property
    def not_reached(self) -> int:
        """How many are known, or feared, not to have it."""
        return sum(reason.count for reason in self.reasons)

    @property
    def waiting(self) -> int:
        """How many have not come to anything yet."""
        bounced = sum(reason.count for reason in self.reasons if reason.state == "bounced")
        return max(0, self.planned - self.sent - (self.not_reached - bounced))


async def since(connection: AsyncConnection, at: datetime, rules: Mapping[str, ShortMessages]) -> Sequence[Reach]:
    """Everything planned since `at`, oldest first; `rules`: the channels of short messages, by name."""
    is_real = broadcast.c.route.not_in((REHEARSAL, ANSWER))
    return await _reach(connection, (broadcast.c.created_at >= to_instant(at)) & is_real, rules)


async def of_broadcast(connection: AsyncConnection, number: int, rules: Mapping[str, ShortMessages]) -> Sequence[Reach]:
    """One broadcast, a row a channel; empty if there is none of this number or it has no channel."""
    return await _reach(connection, broadcast.c.id == number, rules)


def to_json(reach: Reach) -> dict[str, Any]:
    """For programs."""
    return {
        "broadcast": reach.broadcast,
        "title": reach.title,
        "state": reach.state.value,
        "channel": reach.channel,
        "at": reach.at.isoformat(),
        **{name: getattr(reach, name) for name in _COUNTS},
        "waiting": reach.waiting,
        "not_reached": reach.not_reached,
        "reasons": [
            {"state": each.state, "code": each.code, "count": each.count, "example": each.example}
            for each in reach.reasons
        ],
        "segments": None if reach.cost is None else reach.cost.segments,
        "yuan": None if reach.cost is None or reach.cost.yuan is None else str(reach.cost.yuan),
    }


async def _reach(
    connection: AsyncConnection, condition: sa.ColumnElement[bool], rules: Mapping[str, ShortMessages]
) -> Sequence[Reach]:
    rows = (
        await connection.execute(
            sa.select(
                broadcast.c.id.label("number"),
                broadcast.c.title,
                broadcast.c.state,
                broadcast.c.created_at,
                message.c.id.label("message_id"),
                message.c.channel,
                *(message.c[name] for name in _COUNTS),
            )
            .join(message, message.c.broadcast_id == broadcast.c.id)
            .where(condition)
            .order_by(broadcast.c.id, message.c.id)
        )
    ).all()
    reasons = await _reasons(connection, condition)
    costs = await _costs(connection, condition, rules)
    return [
        Reach(
            broadcast=row.number,
            title=row.title,
            state=BroadcastState(row.state),
            channel=row.channel,
            at=from_instant(row.created_at),
            planned=row.planned,
            sent=row.sent,
            delivered=row.delivered,
            reasons=reasons.get(row.message_id, []),
            cost=costs.get(row.message_id),
        )
        for row in rows
    ]


async def _reasons(connection: AsyncConnection, condition: sa.ColumnElement[bool]) -> dict[int, list[Reason]]:
    """By message number, for all messages at once."""
    number = sa.func.count().label("number")
    found = await connection.execute(
        sa.select(
            delivery.c.message_id,
            delivery.c.state,
            delivery.c.code,
            number,
            sa.func.max(delivery.c.detail).label("said"),
        )
        .join(message, message.c.id == delivery.c.message_id)
        .join(broadcast, broadcast.c.id == message.c.broadcast_id)
        .where(condition, delivery.c.state.in_([state.value for state in _NOT_REACHED]))
        .group_by(delivery.c.message_id, delivery.c.state, delivery.c.code)
        .order_by(delivery.c.message_id, number.desc(), delivery.c.state, delivery.c.code)
    )
    reasons: dict[int, list[Reason]] = {}
    for row in found:
        reason = Reason(DeliveryState(row.state).name.lower(), row.code, row.number, row.said)
        reasons.setdefault(row.message_id, []).append(reason)
    return reasons


async def _costs(
    connection: AsyncConnection, condition: sa.ColumnElement[bool], rules: Mapping[str, ShortMessages]
) -> dict[int, Cost]:
    """By message number, for the channels of short messages alone: only their words are read."""
    found = await connection.execute(
        sa.select(message.c.id, message.c.channel, message.c.lane, message.c.content, message.c.sent)
        .join(broadcast, broadcast.c.id == message.c.broadcast_id)
        .where(condition, message.c.channel.in_(list(rules)))
    )
    costs = {}
    for row in found:
        words = {name: row.content.get(name, {}) for name in ("parts", "fields")}
        told = Message(str(row.id), Lane(row.lane), row.content.get("template", ""), **words)
        costs[row.id] = cost(rules[row.channel], told, row.sent)
    return costs
