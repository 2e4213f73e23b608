"""Everything that is stored of one person, in a form that he can read and take elsewhere (个人信息保护法 Art. 45)."""

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import delivery, message
from pusher.plan.tables import broadcast
from pusher.report import person as report
from pusher.warnings.roll_call.tables import call
from subscribers.keys import KeyRing
from subscribers.person import show
from subscribers.recipients import COLUMNS
from subscribers.sign_up import WISHES
from subscribers.tables import address, agreement, group, membership, sign_up


async def everything(connection: AsyncConnection, ring: KeyRing, person: int) -> dict[str, Any] | None:
    """All of it in clear, for JSON; times in ISO 8601, UTC. None if nobody has this number. Raises KeyRingError."""
    found = await show(connection, ring, person)
    if found is None:
        return None
    told = report.to_json(found, await report.values(connection, ring, person))
    return {
        **told,
        "lists": await _lists(connection, ring, person),
        "messages": await _messages(connection, person),
        "roll_calls": await _roll_calls(connection, person),
        "agreements": await _agreements(connection, person),
        "sign_ups": await _sign_ups(connection, ring, person),
    }


async def _lists(connection: AsyncConnection, ring: KeyRing, person: int) -> list[dict[str, Any]]:
    """The lists that name him, and what they say of him under their own headings."""
    found = await connection.execute(
        sa.select(group.c.name, group.c.department, group.c.basis, group.c.columns.label("headings"), membership)
        .join(membership, membership.c.group_id == group.c.id)
        .where(membership.c.subscriber_id == person)
        .order_by(group.c.name)
    )
    return [
        {
            "list": row.name,
            "department": row.department,
            "basis": row.basis,
            "says": _said(ring, row.columns, json.loads(row.headings)),
        }
        for row in found
    ]


def _said(ring: KeyRing, columns: bytes | None, headings: dict[str, str]) -> dict[str, str]:
    slots: dict[str, str] = json.loads(ring.decrypt(columns, COLUMNS)) if columns else {}
    return {headings.get(slot, slot): text for slot, text in slots.items()}


async def _messages(connection: AsyncConnection, person: int) -> list[dict[str, Any]]:
    """What was sent to him, oldest first."""
    his = sa.select(address.c.id).where(address.c.subscriber_id == person)
    found = await connection.execute(
        sa.select(broadcast.c.title, message.c.channel, delivery.c.state, delivery.c.at)
        .select_from(message)
        .join(delivery, delivery.c.message_id == message.c.id)
        .join(broadcast, broadcast.c.id == message.c.broadcast_id)
        .where(delivery.c.address_id.in_(his))
        .order_by(delivery.c.at, message.c.id)
    )
    return [
        {
            "title": row.title,
            "channel": row.channel,
            "state": DeliveryState(row.state).name.lower(),
            "at": from_instant(row.at).isoformat(),
        }
        for row in found
    ]


async def _agreements(connection: AsyncConnection, person: int) -> list[dict[str, Any]]:
    """The templates that he agreed to get notices of, or refused."""
    found = await connection.execute(
        sa.select(agreement)
        .join(address, address.c.id == agreement.c.address_id)
        .where(address.c.subscriber_id == person)
        .order_by(agreement.c.channel, agreement.c.template)
    )
    return [
        {
            "channel": row.channel,
            "template": row.template,
            "accepted": row.accepted,
            "used": row.used,
            "refused": bool(row.refused),
            "at": from_instant(row.at).isoformat(),
        }
        for row in found
    ]


async def _sign_ups(connection: AsyncConnection, ring: KeyRing, person: int) -> list[dict[str, Any]]:
    """What was filled in for his addresses on the sign-up page of late, by him or by somebody else."""
    found = await connection.execute(
        sa.select(sign_up)
        .join(address, (address.c.fingerprint == sign_up.c.fingerprint) & (address.c.kind == sign_up.c.kind))
        .where(address.c.subscriber_id == person)
        .order_by(sign_up.c.id)
    )
    return [
        {
            "kind": row.kind,
            "state": row.state,
            "wishes": json.loads(ring.decrypt(row.wishes, WISHES)),
            "at": from_instant(row.created_at).isoformat(),
        }
        for row in found
    ]


async def _roll_calls(connection: AsyncConnection, person: int) -> list[dict[str, Any]]:
    """The warnings that he was called to answer, and what was answered."""
    found = await connection.execute(sa.select(call).where(call.c.person_id == person).order_by(call.c.id))
    return [
        {
            "warning": row.warning_id,
            "role": row.role,
            "state": row.state,
            "started_at": from_instant(row.started_at).isoformat(),
            "answer": row.answer,
        }
        for row in found
    ]
