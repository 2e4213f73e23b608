"""Everything that is stored of one person, in a form that he can read and take elsewhere (个人信息保护法 Art. 45).

What a list says is its own department's to hand out: for everybody else the department is named, and what is left out
is said. Who may see all lists hands out all of it.
"""

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant
from pusher.custody.erasure import numbers_of
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import delivery, message
from pusher.plan.broadcast import from_row
from pusher.plan.tables import broadcast
from pusher.report import person as report
from pusher.warnings.roll_call.tables import call
from subscribers.keys import KeyRing
from subscribers.person import show
from subscribers.recipients import COLUMNS
from subscribers.sign_up import WISHES
from subscribers.tables import address, agreement, group, membership, sign_up

#: What stands in the place of what is left out.
_ASK = "本人信息由该部门保管，内容请向该部门索取"


async def everything(
    connection: AsyncConnection, ring: KeyRing, person: int, seen: Collection[str] | None
) -> dict[str, Any] | None:
    """All of it in clear, for JSON; times in ISO 8601, UTC. None if nobody has this number. Raises KeyRingError.

    `seen`: names of the lists of which whoever asks may know, None = all. Of the others the file says which departments
    keep them ("left_out"), and nothing else.
    """
    found = await show(connection, ring, person)
    if found is None:
        return None
    told = report.to_json(report.as_seen(found, seen), await report.values(connection, ring, person))
    lists = await _lists(connection, ring, person)
    hidden = [] if seen is None else [each for each in lists if each["list"] not in seen]
    return {
        **told,
        "lists": [each for each in lists if each not in hidden],
        "left_out": [{"department": each, "why": _ASK} for each in sorted({one["department"] for one in hidden})],
        "messages": await _messages(connection, person, seen),
        # What somebody is called upon as is what a list says.
        "roll_calls": [{**each, **({"role": ""} if hidden else {})} for each in await _roll_calls(connection, person)],
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


async def _messages(connection: AsyncConnection, person: int, seen: Collection[str] | None) -> list[dict[str, Any]]:
    """What was sent to him, oldest first; the title of what went to lists alone that are not `seen` is left out."""
    his = await numbers_of(connection, person)
    names = {row.id: row.name for row in await connection.execute(sa.select(group.c.id, group.c.name))}

    def is_hidden(row: Any) -> bool:
        audience = from_row(row).audience
        is_to_lists = audience.topic is None and bool(audience.lists)
        return seen is not None and is_to_lists and not any(names.get(each) in seen for each in audience.lists)

    found = await connection.execute(
        sa.select(broadcast, message.c.channel, delivery.c.state.label("outcome"), delivery.c.at)
        .select_from(message)
        .join(delivery, delivery.c.message_id == message.c.id)
        .join(broadcast, broadcast.c.id == message.c.broadcast_id)
        .where(delivery.c.address_id.in_(his))
        .order_by(delivery.c.at, message.c.id)
    )
    return [
        {
            "title": report.HIDDEN if is_hidden(row) else row.title,
            "channel": row.channel,
            "state": DeliveryState(row.outcome).name.lower(),
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
            # Beside whose address it is to stand is nothing of his.
            "wishes": {**json.loads(ring.decrypt(row.wishes, WISHES)), "beside": None},
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
