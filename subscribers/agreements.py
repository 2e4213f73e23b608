"""Agreements to notices of single templates (订阅通知): who agreed to what, how often, and how much of it is used.

The provider keeps the account that counts: it refuses a notice that nobody agreed to. This one is noted from what it
reports, so that an office sees whom a template still reaches, and a person what he has agreed to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.receipt import Agreement, Said
from subscribers.bulk import insert_or
from subscribers.consent import Key, Standing
from subscribers.instant import to_instant
from subscribers.tables import address, agreement


@dataclass(frozen=True, slots=True)
class Reached:
    """How far one template of a channel reaches; people whose address is closed do not count."""

    template: str
    #: People who agreed at least once and have not refused since.
    people: int
    #: Those of them whose agreements are not used up; of a lasting agreement (长期订阅) this says nothing.
    unused: int
    #: People whose last word was no.
    refused: int


async def note(
    connection: AsyncConnection, key: Key, channel: str, agreements: Sequence[Agreement], at: datetime
) -> None:
    """Note what was said of the agreements of the address `key`, in order; nothing where we do not know it."""
    kind, fingerprint = key
    address_id = await connection.scalar(
        sa.select(address.c.id).where(address.c.kind == kind, address.c.fingerprint == fingerprint)
    )
    for each in agreements if address_id is not None else ():
        accepted, used = int(each.said is Said.ACCEPTED), int(each.said is Said.USED)
        refused, when = int(each.said is Said.REFUSED), to_instant(at)
        said = insert_or(connection, agreement).values(
            address_id=address_id,
            channel=channel,
            template=each.template,
            accepted=accepted,
            used=used,
            refused=refused,
            at=when,
        )
        # Notices that went out say nothing of what the person would say today.
        is_a_choice = each.said in (Said.ACCEPTED, Said.REFUSED)
        changes = {
            "accepted": agreement.c.accepted + accepted,
            "used": agreement.c.accepted if each.said is Said.USED_UP else agreement.c.used + used,
            "refused": refused if is_a_choice else agreement.c.refused,
            "at": when,
        }
        await connection.execute(
            said.on_conflict_do_update(index_elements=["address_id", "channel", "template"], set_=changes)
        )


async def reached(connection: AsyncConnection, channel: str) -> Sequence[Reached]:
    """How far each template of a channel reaches, by its id."""
    agreed = (agreement.c.accepted > 0) & (agreement.c.refused == 0)
    rows = await connection.execute(
        sa.select(
            agreement.c.template,
            sa.func.count().filter(agreed).label("people"),
            sa.func.count().filter(agreed & (agreement.c.accepted > agreement.c.used)).label("unused"),
            sa.func.count().filter(agreement.c.refused == 1).label("refused"),
        )
        .join(address, address.c.id == agreement.c.address_id)
        .where(agreement.c.channel == channel, address.c.standing == Standing.OPEN)
        .group_by(agreement.c.template)
        .order_by(agreement.c.template)
    )
    return [Reached(*row) for row in rows]
