"""Deletes by itself what was kept long enough, some thousand rows a transaction, and says what it did."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import CHINA, to_instant
from pusher.custody import rounds
from pusher.custody.erasure import OVER, forget_deliveries
from pusher.custody.settings import RetentionSettings
from pusher.database import Database
from pusher.deliver.tables import (
    batch,
    delivery,
    early_receipt,
    message,
    number_use,
    seen_event,
    silent_number,
    soft_bounce,
)
from pusher.plan.tables import broadcast
from pusher.sign_up import confirmation, limits
from pusher.warnings.tables import warning
from pusher.warnings.warning import State
from subscribers import lapse, sign_up

_log = structlog.get_logger()

#: Rows of one transaction.
_ROWS = 2_000
#: Seconds between two rounds.
_ROUND = 3_600.0
#: Longer than failures of a mailbox are counted (`channels.receipt.Patience.within`).
_FAILING_DAYS = 60
#: A warning comes once or twice a year.
_SILENT_DAYS = 730
_EPOCH = datetime(1970, 1, 1, tzinfo=CHINA).toordinal()
#: Versions of a warning whose end may still have to go to whoever got them.
_ALIVE = (State.DRAFT, State.CHECKED, State.APPROVING, State.ISSUED)

#: Deletes at most `_ROWS` rows older than the time; how many.
Delete = Callable[[AsyncConnection, datetime, datetime], Awaitable[int]]


#: Who forgets, in the audit log.
ACTOR = "retention"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is forgotten."""

    #: The word for it in the settings (`<name>_days`); "" = it is none of them.
    name: str
    #: What is deleted, for people.
    what: str
    #: (connection, kept since, now) → rows.
    delete: Delete
    #: The period in days where the settings name none; 0 = as soon as it may be.
    days: int = 0

    def period(self, settings: RetentionSettings) -> timedelta:
        """How long it is kept."""
        return settings.period(self.name) if self.name else timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Custodian:
    """The loop that forgets."""

    database: Database
    settings: RetentionSettings
    now: Callable[[], datetime]
    #: Writes a line into the audit log: (connection, what was done).
    note: Callable[[AsyncConnection, str], Awaitable[None]]

    async def run(self, stopping: asyncio.Event) -> None:
        """A round an hour until `stopping` is set."""
        while not stopping.is_set():
            try:
                await self.once()
            except Exception as surprise:
                _log.exception("retention failed", error=type(surprise).__name__)
            try:
                async with asyncio.timeout(_ROUND):
                    await stopping.wait()
            except TimeoutError:
                continue

    async def once(self) -> Mapping[str, int]:
        """Forget everything whose time is over; rows by what they were. A line in the audit log if there were any.

        What one rule cannot forget holds up no other; its failure is raised at the end, and `pusher status` tells it.
        """
        at, gone = self.now(), dict[str, int]()
        failed: dict[str, Exception] = {}
        for rule in RULES:
            try:
                gone[rule.what] = await self._forget(rule, at)
            except Exception as surprise:
                failed[rule.what] = surprise
        problem = "; ".join(f"{what}: {type(surprise).__name__}" for what, surprise in failed.items())
        async with self.database.write() as connection:
            if any(gone.values()):
                await self.note(connection, "; ".join(f"{what}: {rows}" for what, rows in gone.items() if rows))
            await rounds.note(connection, at, problem)
        if any(gone.values()):
            _log.info("retention", rows=sum(gone.values()))
        if failed:
            raise next(iter(failed.values()))
        return gone

    async def _forget(self, rule: Rule, at: datetime) -> int:
        since = at - rule.period(self.settings)
        total = 0
        while True:
            async with self.database.write() as connection:
                rows = await rule.delete(connection, since, at)
            total += rows
            if not rows:
                return total


async def _deliveries(connection: AsyncConnection, since: datetime, _at: datetime) -> int:
    """Deliveries of broadcasts that are over, but for warnings whose end may still have to go out."""
    alive = sa.select(warning.c.chain).where(warning.c.state.in_([state.value for state in _ALIVE]))
    needed = sa.select(warning.c.broadcast_id).where(warning.c.broadcast_id.is_not(None), warning.c.chain.in_(alive))
    old = (
        sa.select(message.c.id)
        .join(broadcast)
        .where(broadcast.c.state.in_(OVER), broadcast.c.expires < to_instant(since), broadcast.c.id.not_in(needed))
    )
    await connection.execute(sa.delete(batch).where(batch.c.message_id.in_(old)))
    return await _some(connection, delivery, delivery.c.message_id.in_(old))


async def _of_erased(connection: AsyncConnection, _since: datetime, _at: datetime) -> int:
    return await forget_deliveries(connection)


async def _unconfirmed(connection: AsyncConnection, since: datetime, at: datetime) -> int:
    return await lapse.forget_unconfirmed(connection, since, at=at, limit=_ROWS)


async def _consent(connection: AsyncConnection, since: datetime, _at: datetime) -> int:
    return await lapse.forget_ledger(connection, since, limit=_ROWS)


async def _lists(connection: AsyncConnection, since: datetime, at: datetime) -> int:
    return await lapse.forget_lists(connection, since, at=at, limit=_ROWS)


async def _departed(connection: AsyncConnection, since: datetime, at: datetime) -> int:
    return await lapse.forget_departed(connection, since, at=at, limit=_ROWS)


async def _events(connection: AsyncConnection, since: datetime, _at: datetime) -> int:
    return await _some(connection, seen_event, seen_event.c.at < to_instant(since))


async def _early(connection: AsyncConnection, since: datetime, _at: datetime) -> int:
    return await _some(connection, early_receipt, early_receipt.c.arrived_at < to_instant(since))


async def _failing_days(connection: AsyncConnection, since: datetime, _at: datetime) -> int:
    day = since.astimezone(CHINA).toordinal() - _EPOCH
    return await _some(connection, soft_bounce, soft_bounce.c.day < day)


async def _number_uses(connection: AsyncConnection, since: datetime, _at: datetime) -> int:
    return await _some(connection, number_use, number_use.c.at < to_instant(since))


async def _sign_ups(connection: AsyncConnection, since: datetime, _at: datetime) -> int:
    return await sign_up.forget(connection, since, limit=_ROWS)


async def _confirmations(connection: AsyncConnection, since: datetime, _at: datetime) -> int:
    return await confirmation.forget(connection, since, limit=_ROWS)


async def _page_uses(connection: AsyncConnection, _since: datetime, at: datetime) -> int:
    return await limits.forget(connection, at, limit=_ROWS)


async def _silent(connection: AsyncConnection, since: datetime, _at: datetime) -> int:
    return await _some(connection, silent_number, silent_number.c.last < to_instant(since))


async def _some(connection: AsyncConnection, table: sa.Table, condition: sa.ColumnElement[bool]) -> int:
    key = list(table.primary_key.columns)
    some = sa.select(*key).where(condition).limit(_ROWS)
    return (await connection.execute(sa.delete(table).where(sa.tuple_(*key).in_(some)))).rowcount


#: Everything that is forgotten, in this order.
RULES = (
    Rule("deliveries", "deliveries of broadcasts that are over", _deliveries),
    Rule("", "deliveries of erased people", _of_erased),
    Rule("unconfirmed", "people who never confirmed an address", _unconfirmed),
    Rule("", "sign-ups whose time to be confirmed is over", _sign_ups),
    Rule("unconfirmed", "confirmations of addresses", _confirmations),
    Rule("", "uses of the sign-up page", _page_uses, limits.LONGEST.days),
    Rule("consent", "consent of addresses that are gone", _consent),
    Rule("lists", "lists that are past their end, with who is known from them alone", _lists),
    Rule("lists", "departures from lists, with who is known from them alone", _departed),
    Rule("events", "events of providers", _events),
    Rule("events", "receipts without a delivery", _early),
    Rule("", "sends to single numbers", _number_uses, 2),
    Rule("", "numbers that were not reached", _silent, _SILENT_DAYS),
    Rule("", "days on which mailboxes failed", _failing_days, _FAILING_DAYS),
)
