"""Takes the steps of roll-calls that are due: each step of a warning is a broadcast to those who have not answered."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.clock import to_instant
from pusher.deliver.batch import pack
from pusher.deliver.bell import Bell
from pusher.deliver.enqueue import enqueue
from pusher.deliver.tables import message
from pusher.plan.tables import broadcast as broadcasts
from pusher.warnings import store
from pusher.warnings.office import Office, group_numbers
from pusher.warnings.roll_call import calls
from pusher.warnings.roll_call.calls import Call
from pusher.warnings.roll_call.ladder import Step
from pusher.warnings.roll_call.tables import call_message
from pusher.warnings.sending import send_to
from pusher.warnings.warning import Version
from pusher.watch import store as items
from subscribers.audience import Audience
from subscribers.reachable import may_be_written_to
from subscribers.tables import address

_log = structlog.get_logger()

#: The folder of templates that calls are put into words by.
FOLDER = "roll_call"
#: The slot with the link by which somebody answers, see `templates.render.FOLDER_SLOTS`.
SLOT = "answer_url"
#: A call is worth delivering for so long; later the ladder has gone on.
_USEFUL = timedelta(hours=2)
_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Ringing:
    """The loop of all roll-calls; its timers lie in the database, so they survive a restart."""

    office: Office
    bell: Bell

    async def run(self, stopping: asyncio.Event) -> None:
        """Take what is due, once a second, until `stopping` is set."""
        while not stopping.is_set():
            try:
                await self.once()
            except Exception as surprise:
                _log.exception("roll-call failed", error=type(surprise).__name__)
            try:
                async with asyncio.timeout(_SECONDS):
                    await stopping.wait()
            except TimeoutError:
                continue

    async def once(self) -> None:
        """Take every step that is due now."""
        if not self.office.settings.roll_call.ladders:
            return
        rung: list[str] = []
        async with self.office.database.write(urgent=True) as connection:
            await calls.note_delivered(connection)
            by_warning: defaultdict[int, list[Call]] = defaultdict(list)
            for each in await calls.due(connection, self.office.now()):
                by_warning[each.warning_id].append(each)
            for number, due in by_warning.items():
                rung += await self._take_steps(connection, await store.get(connection, number), due)
        for channel in rung:
            self.bell.ring(channel, Lane.WARNING)

    async def _take_steps(self, connection: AsyncConnection, version: Version, due: Sequence[Call]) -> list[str]:
        ladder = self.office.settings.roll_call.ladder(version.content.level)
        if self.office.now() >= version.content.expires:
            # Nobody is called to a danger whose time is over; who has not answered stands in the table for ever.
            for each in due:
                await calls.stepped(connection, each, ladder, len(ladder), rang=())
            return []
        done: dict[int, int] = {}
        rang: defaultdict[int, list[Step]] = defaultdict(list)
        channels: list[str] = []
        # A number that is another person's: up to the first step that calls or sends somebody else.
        climbing = {each.id for each in due if each.climbs(ladder)}
        for place, step in enumerate(ladder):
            meant = [
                each for each in due if each.steps <= place and (each.id in climbing or self._is_reached(each, step))
            ]
            done |= {each.id: place + 1 for each in meant}
            if step.who == "visit":
                called = {each.id for each in meant}
            else:
                called, used = await self._ring(connection, version, step, meant)
                channels += used
            for number in called:
                rang[number].append(step)
            if step.who != "person":
                climbing -= called
        for each in due:
            await calls.stepped(connection, each, ladder, done.get(each.id, each.steps), rang=rang[each.id])
        return channels

    def _is_reached(self, each: Call, step: Step) -> bool:
        return self.office.now() >= each.started_at + timedelta(minutes=step.minutes)

    async def _ring(
        self, connection: AsyncConnection, version: Version, step: Step, meant: Sequence[Call]
    ) -> tuple[set[int], list[str]]:
        """Send the step's messages; which calls had an address, and the channels that were used."""
        targets = {each.id: _target(each, step) for each in meant}
        known_as = await calls.now_known_as(connection, set(targets.values()))
        targets = {number: known_as.get(target, target) for number, target in targets.items()}
        people = {number for number in targets.values() if number}
        groups = await self._groups(connection, version)
        kinds = self._kinds(step)
        reachable = await _addresses(connection, people, set(kinds.values()), groups, self.office.now())
        by_channel = {
            name: pack(sorted({number for target in targets.values() for number in reachable.get((target, kind), ())}))
            for name, kind in kinds.items()
        }
        by_channel = {name: packed for name, packed in by_channel.items() if packed}
        if by_channel:
            await self._send(connection, version, step, by_channel)
        called = {
            call for call, target in targets.items() if any((target, kind) in reachable for kind in kinds.values())
        }
        return called, list(by_channel)

    async def _groups(self, connection: AsyncConnection, version: Version) -> tuple[int, ...]:
        return await group_numbers(connection, self.office.responsible(version))

    def _kinds(self, step: Step) -> Mapping[str, str]:
        """Channel of the step → kind of address; two may call the same telephone, by words and by voice."""
        outlets = self.office.outlets
        return {name: outlets[name].address for name in step.channels if name in outlets}

    async def _send(
        self, connection: AsyncConnection, version: Version, step: Step, by_channel: Mapping[str, bytes]
    ) -> None:
        at = self.office.now()
        stored = await items.get(connection, version.item_id or 0)
        assert stored is not None
        sent = await send_to(
            connection,
            self.office,
            stored.notice,
            folder=FOLDER,
            channels=list(by_channel),
            # Of these lists, those that outweigh a 退订 do so here too.
            audience=Audience(groups=await self._groups(connection, version), warning=True),
            route=f"roll-call {version.id} {step.minutes:g} min {step.who}",
            expires=min(at + _USEFUL, version.content.expires),
            by="roll-call",
            may_leave=False,
        )
        # Everybody is known already: there is nothing to fan out.
        await connection.execute(sa.update(broadcasts).where(broadcasts.c.id == sent.broadcast_id).values(fanned_out=1))
        for name, packed in by_channel.items():
            number = sent.messages[name]
            await connection.execute(sa.insert(call_message).values(message_id=number, warning_id=version.id))
            await enqueue(connection, number, channel=name, lane=Lane.WARNING, due=to_instant(at), packed=packed)
            await connection.execute(sa.update(message).where(message.c.id == number).values(planned=len(packed) // 8))
            await self.office.database.notify(connection, f"{name} {Lane.WARNING}")


def _target(each: Call, step: Step) -> int:
    return {"person": each.person_id, "deputy": each.deputy_id, "superior": each.superior_id}.get(step.who, 0)


async def _addresses(
    connection: AsyncConnection, people: set[int], kinds: Collection[str], groups: Sequence[int], at: datetime
) -> Mapping[tuple[int, str], Sequence[int]]:
    """Addresses that may be written to, by person and kind."""
    reachable = may_be_written_to(address, groups=groups, warning=True, at=at)
    found: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    rows = await connection.execute(
        sa.select(address.c.id, address.c.subscriber_id, address.c.kind).where(
            address.c.subscriber_id.in_(people), address.c.kind.in_(kinds), reachable
        )
    )
    for row in rows:
        found[row.subscriber_id, row.kind].append(row.id)
    return found
