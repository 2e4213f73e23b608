"""Looks after issued warnings: alarms the officers where one does not get out, reminds of those that are about to
expire without their end, and archives old ones.
"""

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
from pusher.warnings.progress import Progress, progress
from pusher.warnings.tables import warning
from pusher.warnings.warning import State, Version
from pusher.watch import store as items

_log = structlog.get_logger()

#: A warning that is over, or has been expired for so long, is archived.
_KEPT = timedelta(days=30)
_SECONDS = 10.0
#: How long after it was let go a warning is watched on its way.
_WATCHED = timedelta(hours=6)


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
        """Alarm, remind and archive; numbers of the warnings that somebody was told of."""
        at = self.office.now()
        troubled = await self._troubled(at)
        async with self.office.database.write(urgent=True) as connection:
            expiring = await self._expiring(connection, at)
            for version in expiring:
                await self._remind(connection, version, at)
            alarming = [each.version.id for each in troubled if await self._alarm(connection, each, at)]
            await connection.execute(
                sa.update(warning)
                .where(
                    warning.c.state.in_([State.ISSUED, State.SUPERSEDED, State.ENDED, State.CORRECTED]),
                    warning.c.expires < to_instant(at - _KEPT),
                )
                .values(state=State.ARCHIVED.value)
            )
        return [version.id for version in expiring] + alarming

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

    async def _troubled(self, at: datetime) -> Sequence[Progress]:
        """How far those have got that something is wrong with; a look that keeps nobody from writing."""
        async with self.office.database.read() as connection:
            sent = await store.sent_between(connection, at - _WATCHED, at)
            looks = [await progress(connection, each.id, proof=False) for each in sent]
        return [each for each in looks if each is not None and each.troubles(at)]

    async def _alarm(self, connection: AsyncConnection, found: Progress, at: datetime) -> bool:
        """Tell the officers what does not work, each thing once; whether there was anything new.

        Whoever is on duty need not look at a screen to learn that a channel is down (Maui 2023).
        """
        version = found.version
        troubles = found.troubles(at)
        known = await store.alarmed(connection, version.id)
        new = [name for name in troubles if name not in known]
        stored = await items.get(connection, version.item_id or 0)
        if not new or stored is None:
            return False
        said = "；".join(_told(name, found) for name in new)
        title = f"发布受阻 {stored.notice.title}"[:300]
        body = f"{said}。查看：pusher warn status {version.id} --areas"
        await self.office.tell_duty(connection, replace(stored.notice, title=title, summary=body, body=body))
        await store.note_alarmed(connection, version.id, [*known, *new])
        _log.error("warning does not get out", warning=version.id, troubles=new)
        return True

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


def _told(name: str, found: Progress) -> str:
    """One trouble in the officers' language, with what to do."""
    if name == "matching":
        return "收件人还没有选完，请检查 pusher run 是否在运行"
    if name == "series":
        return "同一地区24小时内再次发布红色预警，请提升应急响应，当面通知上级"
    stages = next(each for each in found.channels if each.channel == name)
    return f"渠道 {name}：{stages.waiting} 人在等，{stages.not_reached} 人没有收到，请改用电话、喇叭、上门通知"
