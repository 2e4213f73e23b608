"""A rehearsal (推演): a warning's whole way on the live lists, with nothing handed to anybody, and the same report.

The messages go over channels that exist nowhere else: their names begin with "~", which no channel of the settings can,
and behind them stands nothing. So no worker of the service can send one, whatever happens to the rehearsal.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from typing_extensions import override

from channels.channel import Bulk, Channel
from channels.failure import SendError
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt
from pusher.clock import from_instant
from pusher.deliver.bell import Bell
from pusher.deliver.dispatch import Desk
from pusher.deliver.postman import Postman
from pusher.deliver.tables import delivery, message
from pusher.plan import broadcast as broadcasts
from pusher.plan.fan_out import FanOut
from pusher.plan.outlets import NOWHERE
from pusher.plan.planner import Outlet
from pusher.warnings import life, store
from pusher.warnings.life import RefusedActError
from pusher.warnings.office import Office
from pusher.warnings.sending import send_to

#: The route of rehearsals, by which reports leave them out.
ROUTE = "rehearsal"
#: How long a rehearsal may take.
_USEFUL = timedelta(minutes=30)


class _Nowhere(Channel, Bulk):
    """Takes everything and gives it to nobody."""

    concurrency = 8
    bulk_limit = 500

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        return Receipt(Outcome.SENT, code="rehearsed")

    @override
    async def send_many(
        self, message: Message, to: Sequence[Address], *, keys: Sequence[str]
    ) -> Sequence[Receipt | SendError]:
        return [Receipt(Outcome.SENT, code="rehearsed")] * len(to)

    @override
    async def close(self) -> None:
        """Nothing was opened."""


@dataclass(frozen=True, slots=True)
class _Sender:
    """The office as `send_to` sees it, with every channel led to nowhere."""

    office: Office
    outlets: Mapping[str, Outlet]
    public_url: str = ""

    @property
    def render(self) -> object:
        return self.office.render

    def now(self) -> datetime:
        return self.office.now()


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One channel's part."""

    channel: str
    planned: int
    #: Handed to nobody.
    sent: int
    #: Closed or erased between matching and handing over.
    suppressed: int
    #: Whose quiet hours would hold it now.
    resting: int
    #: Seconds from the beginning to the first, to half, to 95 % and to the last; None = there were none.
    first_s: float | None
    half_s: float | None
    most_s: float | None
    last_s: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a rehearsal came to."""

    warning: int
    headline: str
    #: Whether everybody who was matched was reached in the rehearsal.
    is_complete: bool
    channels: Sequence[Rehearsed] = field(default_factory=tuple)


async def rehearse(office: Office, number: int, *, by: str) -> Report:
    """Take a draft's whole way on the live lists. Raises RefusedActError where `by` has no part in warnings."""
    began = office.now()
    async with office.database.write(urgent=True) as connection:
        version = await store.get(connection, number)
        _may_rehearse(office, by, version.content.organisation)
        earlier = await office.earlier(connection, version)
        names = list(office.settings.channels)
        # As if it were live: that is what is rehearsed.
        audience = await office.audience(connection, replace(version, status=type(version.status).ACTUAL), earlier)
        sent = await send_to(
            connection,
            _Sender(office, {NOWHERE + name: office.outlets[name] for name in names}),  # type: ignore[arg-type]
            replace(office.notice(version, earlier), drill="演练"),
            folder="warning",
            channels=[NOWHERE + name for name in names],
            audience=audience,
            route=ROUTE,
            expires=began + _USEFUL,
            by=by,
        )
        await office.audit(connection, actor=by, action="warning rehearse", target=f"warning {number}")
    await _carry_out(office, [NOWHERE + name for name in names], sent.broadcast_id)
    return await _report(office, number, office.headline(version, earlier), sent.broadcast_id, began)


def _may_rehearse(office: Office, by: str, organisation: str) -> None:
    for role in ("draft", "check", "approve"):
        try:
            life.officer_for(office.settings, by, role, organisation)
        except RefusedActError:
            continue
        return
    life.officer_for(office.settings, by, "draft", organisation)


async def _carry_out(office: Office, channels: Sequence[str], broadcast_id: int) -> None:
    bell = Bell()
    await FanOut(office.database, bell, office.now).once()
    desk = Desk(office.database, office.ring, bell, f"rehearsal-{os.getpid()}-{os.urandom(3).hex()}", office.now, {})
    postman = Postman(desk, {name: _Nowhere() for name in channels})
    await postman.once()
    async with office.database.write() as connection:
        await broadcasts.finish_settled(connection)
        # Whose quiet hours hold it is counted and not waited for: nobody works for these channels tomorrow.
        await broadcasts.take_back(connection, [broadcast_id], at=office.now())
    await postman.once()


async def _report(office: Office, number: int, headline: str, broadcast_id: int, began: datetime) -> Report:
    """What the counters say; the deliveries themselves go again, because nobody was written to."""
    async with office.database.write() as connection:
        rows = (
            await connection.execute(
                sa.select(message).where(message.c.broadcast_id == broadcast_id).order_by(message.c.id)
            )
        ).all()
        numbers = [row.id for row in rows]
        await connection.execute(sa.delete(delivery).where(delivery.c.message_id.in_(numbers)))
    channels = [
        Rehearsed(
            row.channel.removeprefix(NOWHERE),
            row.planned,
            row.sent,
            row.suppressed,
            row.cancelled,
            *(_seconds(began, row._mapping[f"{name}_sent_at"]) for name in ("first", "half", "most", "last")),
        )
        for row in rows
    ]
    return Report(
        number, headline, all(each.planned == each.sent + each.suppressed + each.resting for each in channels), channels
    )


def _seconds(began: datetime, at: int | None) -> float | None:
    return None if at is None else round((from_instant(at) - began).total_seconds(), 3)
