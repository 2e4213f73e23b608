"""What the page behind a roll-call's link asks, and the table of who has answered."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.console.answer import Asked
from pusher.warnings import store
from pusher.warnings.office import Office
from pusher.warnings.roll_call import calls
from pusher.warnings.roll_call.calls import Call
from pusher.warnings.roll_call.ladder import UNANSWERED, CallState
from subscribers.links import LinkError, Links
from subscribers.tables import address


@dataclass(frozen=True, slots=True)
class AnswerDesk:
    """Answers by signed links."""

    office: Office
    links: Links

    async def asked(self, token: str) -> Sequence[Asked] | None:
        """See `pusher.console.answer.Desk`; the calls are 已读 from now on."""
        number = self._address(token)
        if number is None:
            return None
        async with self.office.database.write(urgent=True) as connection:
            open_calls = await calls.open_calls_of(connection, await _owner(connection, number))
            for each in open_calls:
                await calls.read(connection, each.id)
            return [await self._asked(connection, each) for each in reversed(open_calls)]

    async def answered(self, token: str, said: Mapping[str, str]) -> int | None:
        """See `pusher.console.answer.Desk`."""
        number = self._address(token)
        if number is None:
            return None
        async with self.office.database.write(urgent=True) as connection:
            owner = await _owner(connection, number)
            at, count = self.office.now(), 0
            # Whoever has tapped already may still say what is being done.
            answered = await calls.answered_calls_of(connection, owner, at)
            for each in (*await calls.open_calls_of(connection, owner), *answered):
                by = each.may_answer(owner)
                count += await calls.answer(connection, each.id, by=by, over="link", at=at, said=said)
        return count

    def _address(self, token: str) -> int | None:
        try:
            return self.links.read_answer(token)
        except LinkError:
            return None

    async def _asked(self, connection: AsyncConnection, each: Call) -> Asked:
        version = await store.get(connection, each.warning_id)
        earlier = await self.office.earlier(connection, version)
        headline = self.office.headline(version, earlier)
        return Asked(each.id, headline, version.content.instruction, version.status.drill)


@dataclass(frozen=True, slots=True)
class Table:
    """How a roll-call stands."""

    warning_id: int
    calls: Sequence[Call]

    @property
    def answered(self) -> int:
        """How many have answered."""
        return sum(each.state is CallState.ANSWERED for each in self.calls)

    @property
    def missing(self) -> Sequence[Call]:
        """Those whose answer is still wanted."""
        return [each for each in self.calls if each.state in UNANSWERED]

    @property
    def median_seconds(self) -> float | None:
        """From the warning to the answer, in the middle; None without an answer."""
        seconds = sorted(each.seconds for each in self.calls if each.seconds is not None)
        return seconds[len(seconds) // 2] if seconds else None


async def table(connection: AsyncConnection, warning_id: int) -> Table:
    """Who has answered a version and who has not. Raises RefusedActError if there is none of this number."""
    await store.get(connection, warning_id)
    return Table(warning_id, await calls.of_warning(connection, warning_id))


def to_json(found: Table, at: datetime) -> dict[str, object]:
    """The table for programs: no names and no numbers of telephones, only those of subscribers."""
    return {
        "warning": found.warning_id,
        "people": len(found.calls),
        "answered": found.answered,
        "missing": len(found.missing),
        "rate": found.answered / len(found.calls) if found.calls else None,
        "median_s": found.median_seconds,
        "calls": [
            {
                "call": each.id,
                "subscriber": each.person_id,
                "role": each.role,
                "area": each.area,
                "state": each.state.value,
                "steps": each.steps,
                "waiting_s": (at - each.started_at).total_seconds() if each.state in UNANSWERED else None,
                "answered_s": each.seconds,
                "answered_by": each.answered_by,
                "answered_over": each.answered_over,
                "answer": dict(each.answer),
                "unclear": [asdict(one) for one in each.unclear],
            }
            for each in found.calls
        ],
    }


async def _owner(connection: AsyncConnection, address_id: int) -> int:
    return await connection.scalar(sa.select(address.c.subscriber_id).where(address.c.id == address_id)) or 0
