"""Looks after issued warnings: reminds of those that are about to expire without their end, and archives old ones."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import CHINA, to_instant
from pusher.warnings import store
from pusher.warnings.office import Office
from pusher.warnings.tables import warning
from pusher.warnings.warning import State, Version
from pusher.watch import store as items

_log = structlog.get_logger()

#: A warning that is over, or has been expired for so long, is archived.
_KEPT = timedelta(days=30)
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Watchman:
    """The loop; what it has said lies in the database, so nobody is reminded twice."""

    office: Office

    async def run(self, stopping: asyncio.Event) -> None:
        """Look every ten seconds until `stopping` is set."""
        while not stopping.is_set():
            try:
                if await self.once():
                    self.office.issued()
            except Exception as surprise:
                _log.exception("looking after warnings failed", error=type(surprise).__name__)
            try:
                async with asyncio.timeout(_SECONDS):
                    await stopping.wait()
            except TimeoutError:
                continue

    async def once(self) -> Sequence[int]:
        """Remind and archive; numbers of the warnings that somebody was reminded of."""
        at = self.office.now()
        async with self.office.database.write(urgent=True) as connection:
            expiring = await self._expiring(connection, at)
            for version in expiring:
                await self._remind(connection, version, at)
            await connection.execute(
                sa.update(warning)
                .where(
                    warning.c.state.in_([State.ISSUED, State.SUPERSEDED, State.ENDED, State.CORRECTED]),
                    warning.c.expires < to_instant(at - _KEPT),
                )
                .values(state=State.ARCHIVED.value)
            )
        return [version.id for version in expiring]

    async def _expiring(self, connection: AsyncConnection, at: datetime) -> Sequence[Version]:
        soon = at + timedelta(minutes=self.office.settings.remind_minutes)
        numbers = await connection.scalars(
            sa.select(warning.c.id).where(
                warning.c.state == State.ISSUED.value,
                warning.c.expires <= to_instant(soon),
                warning.c.expires > to_instant(at - _KEPT),
                warning.c.reminded_at.is_(None),
            )
        )
        return [await store.get(connection, number) for number in numbers]

    async def _remind(self, connection: AsyncConnection, version: Version, at: datetime) -> None:
        """Tell the officers that the warning ends by itself, and that nobody has said 解除."""
        stored = await items.get(connection, version.item_id or 0)
        if stored is not None:
            ends = version.content.expires.astimezone(CHINA)
            said = f"预警将于{ends:%m月%d日%H时%M分}到期，尚未解除：请更新或解除（pusher warn end {version.id}）。"
            title = f"到期提醒 {stored.notice.title}"[:300]
            await self.office.tell_duty(connection, replace(stored.notice, title=title, summary=said, body=said))
        await connection.execute(
            sa.update(warning).where(warning.c.id == version.id).values(reminded_at=to_instant(at))
        )
        _log.warning("warning expires without its end", warning=version.id)
