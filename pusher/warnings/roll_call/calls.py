"""The calls of a warning: begun, taken a step further, answered, closed. Functions over a connection of the caller."""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant, to_instant
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import delivery, message
from pusher.warnings.roll_call.ladder import UNANSWERED, CallState, Step, after_step, next_at
from pusher.warnings.roll_call.roster import Responsible
from pusher.warnings.roll_call.said import REPLY
from pusher.warnings.roll_call.tables import call, call_message
from pusher.warnings.tables import warning
from pusher.warnings.warning import State
from subscribers.tables import address, merged

_LONGEST_ANSWER = 200
#: Of all that one person writes back.
_LONGEST_REPLY = 1_000
#: So many of somebody's unclear words are kept; of more the first and the newest.
_MOST_UNCLEAR = 20
_OPEN = [state.value for state in UNANSWERED]


@dataclass(frozen=True, slots=True)
class Call:
    """One person who must answer one warning."""

    id: int
    warning_id: int
    person_id: int
    deputy_id: int
    superior_id: int
    role: str
    area: str
    state: CallState
    steps: int
    started_at: datetime
    next_at: datetime | None
    answered_at: datetime | None
    answered_by: str
    answered_over: str
    #: Question → answer.
    answer: Mapping[str, str]
    #: "person", "deputy", "superior": whom a step of the ladder has called.
    rang: Sequence[str]
    #: What they said that is no answer, in order.
    unclear: Sequence["Unclear"]

    @property
    def seconds(self) -> float | None:
        """From the warning to the answer; None without one."""
        return None if self.answered_at is None else (self.answered_at - self.started_at).total_seconds()

    def climbs(self, ladder: tuple[Step, ...]) -> bool:
        """Whether its next step is due before its time, because somebody has said that the number is wrong."""
        after = next_at(ladder, done=self.steps)
        is_early = after is not None and self.next_at is not None and self.next_at < self.started_at + after
        return is_early and any(each.wrong_number for each in self.unclear)

    def may_answer(self, subscriber_id: int) -> str:
        """As what this subscriber may answer: "person", "deputy", "superior"; "" if not at all.

        Deputies and superiors only once they were called in this one's place: a town's mayor, who is called at once for
        himself and answers, has not answered for twenty villages.
        """
        if not subscriber_id:
            return ""
        if subscriber_id == self.person_id:
            return "person"
        places = {"deputy": self.deputy_id, "superior": self.superior_id}
        return next((name for name, number in places.items() if number == subscriber_id and name in self.rang), "")


@dataclass(frozen=True, slots=True)
class Unclear:
    """Words that were not understood as an answer."""

    text: str
    #: Seconds after the warning.
    after_s: float
    #: Whether they were asked back what they mean.
    asked: bool
    #: Whether they say that the number is another person's (错号).
    wrong_number: bool = False


async def begin(
    connection: AsyncConnection,
    warning_id: int,
    people: Sequence[Responsible],
    ladder: tuple[Step, ...],
    *,
    at: datetime,
) -> int:
    """Write down who must answer; how many. For whoever is off duty the deputy is called from the first step on."""
    rows = [
        {
            "warning_id": warning_id,
            "person_id": each.called_id,
            "deputy_id": each.deputy_id if each.is_on_duty else 0,
            "superior_id": each.superior_id,
            "role": each.role,
            "area": each.area,
            "state": CallState.WAITING.value,
            "steps": 0,
            "next_at": to_instant(at + (next_at(ladder, done=0) or timedelta())),
            "started_at": to_instant(at),
            "answer": {},
            "rang": [],
            "unclear": [],
        }
        for each in people
    ]
    # Two who are off duty may have the same deputy: one call is enough.
    unique = list({row["person_id"]: row for row in reversed(rows)}.values())
    if unique:
        await connection.execute(sa.insert(call), unique)
    return len(unique)


async def due(connection: AsyncConnection, at: datetime, *, limit: int = 5_000) -> Sequence[Call]:
    """Unanswered calls whose next step is due, earliest first."""
    rows = await connection.execute(
        sa.select(call)
        .where(call.c.next_at <= to_instant(at), call.c.state.in_(_OPEN))
        .order_by(call.c.next_at, call.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_call(row) for row in rows]


async def stepped(
    connection: AsyncConnection, each: Call, ladder: tuple[Step, ...], steps: int, *, rang: Sequence[Step]
) -> None:
    """`steps` steps of the ladder are over now; `rang`: those of them that really called somebody, or send somebody."""
    state = each.state
    for step in rang:
        state = after_step(state, step)
    after = next_at(ladder, done=steps)
    await connection.execute(
        sa.update(call)
        .where(call.c.id == each.id, call.c.state.in_(_OPEN))
        .values(
            state=state.value,
            steps=steps,
            next_at=None if after is None else to_instant(each.started_at + after),
            rang=list(dict.fromkeys([*each.rang, *(step.who for step in rang if step.channels)])),
        )
    )


async def answer(
    connection: AsyncConnection,
    call_id: int,
    *,
    by: str,
    over: str,
    at: datetime,
    said: Mapping[str, str] | None = None,
) -> bool:
    """An answer: the ladder stops. A later one adds to what was said; False if the call was closed."""
    row = (await connection.execute(sa.select(call).where(call.c.id == call_id).with_for_update())).one_or_none()
    if row is None or row.state == CallState.CLOSED.value:
        return False
    kept = {**row.answer, **{name: _kept(row.answer.get(name, ""), name, text) for name, text in _meant(said)}}
    first = (
        {} if row.answered_at else {"answered_at": to_instant(at), "answered_by": by[:64], "answered_over": over[:32]}
    )
    await connection.execute(
        sa.update(call)
        .where(call.c.id == call_id)
        .values(state=CallState.ANSWERED.value, next_at=None, answer=kept, **first)
    )
    return True


def _meant(said: Mapping[str, str] | None) -> list[tuple[str, str]]:
    return [(name, text.strip()[:_LONGEST_ANSWER]) for name, text in (said or {}).items() if text.strip()]


def _kept(before: str, name: str, text: str) -> str:
    """Of a question the newest answer counts; of free words none is lost."""
    if name != REPLY or not before or before.endswith(text):
        return text
    return f"{before}；{text}"[:_LONGEST_REPLY]


async def not_understood(
    connection: AsyncConnection, each: Call, text: str, *, at: datetime, asked: bool, is_read: bool = True
) -> None:
    """Keep words that are no answer beside the call, which goes on.

    `is_read`: whether somebody has written them, who has then read it, no more; a machine has not.
    """
    await _keep(connection, each, Unclear(text.strip()[:_LONGEST_ANSWER], _seconds(each, at), asked))
    if is_read:
        await read(connection, each.id)


async def wrong_number(connection: AsyncConnection, each: Call, text: str, *, at: datetime) -> None:
    """Keep beside the call that the number is wrong: nobody has read it, and its next step is due now."""
    word = Unclear(text.strip()[:_LONGEST_ANSWER], _seconds(each, at), asked=False, wrong_number=True)
    await _keep(connection, each, word)
    earlier = sa.and_(call.c.id == each.id, call.c.next_at > to_instant(at))
    await connection.execute(sa.update(call).where(earlier).values(next_at=to_instant(at)))


async def _keep(connection: AsyncConnection, each: Call, word: Unclear) -> None:
    kept = [*each.unclear[: _MOST_UNCLEAR - 1], word]
    await connection.execute(sa.update(call).where(call.c.id == each.id).values(unclear=[asdict(one) for one in kept]))


def _seconds(each: Call, at: datetime) -> float:
    return (at - each.started_at).total_seconds()


async def open_calls_of(connection: AsyncConnection, subscriber_id: int) -> Sequence[Call]:
    """Calls that this subscriber may answer now: their own, and those that came to them as deputy or superior."""
    return await _calls_of(connection, subscriber_id, call.c.state.in_(_OPEN))


async def answered_calls_of(connection: AsyncConnection, subscriber_id: int, at: datetime) -> Sequence[Call]:
    """Calls that are answered already, of warnings in force: more may be said to them."""
    in_force = sa.select(warning.c.id).where(
        warning.c.state == State.ISSUED.value, warning.c.expires > to_instant(at), warning.c.id == call.c.warning_id
    )
    is_answered = call.c.state == CallState.ANSWERED.value
    return await _calls_of(connection, subscriber_id, sa.and_(is_answered, in_force.exists()))


async def _calls_of(connection: AsyncConnection, subscriber_id: int, which: sa.ColumnElement[bool]) -> Sequence[Call]:
    gone = await connection.scalars(sa.select(merged.c.gone).where(merged.c.into_id == subscriber_id))
    numbers = {subscriber_id, *gone}
    own = (call.c.person_id, call.c.deputy_id, call.c.superior_id)
    rows = await connection.execute(
        sa.select(call)
        .where(which, sa.or_(*(column.in_(numbers) for column in own)))
        .order_by(call.c.id)
        .with_for_update()
    )
    found = (_as(subscriber_id, numbers, _call(row)) for row in rows)
    return [each for each in found if each.may_answer(subscriber_id)]


def _as(subscriber_id: int, numbers: Container[int], each: Call) -> Call:
    """The call with one number for somebody who had several when it began."""
    return replace(
        each,
        person_id=subscriber_id if each.person_id in numbers else each.person_id,
        deputy_id=subscriber_id if each.deputy_id in numbers else each.deputy_id,
        superior_id=subscriber_id if each.superior_id in numbers else each.superior_id,
    )


async def now_known_as(connection: AsyncConnection, people: Collection[int]) -> Mapping[int, int]:
    """Of these subscribers, those who have turned out to be somebody else since a call began, and whom."""
    rows = await connection.execute(sa.select(merged.c.gone, merged.c.into_id).where(merged.c.gone.in_(people)))
    return {row.gone: row.into_id for row in rows}


async def of_warning(connection: AsyncConnection, warning_id: int) -> Sequence[Call]:
    """All calls of a version: the unanswered first, then by area."""
    rows = await connection.execute(
        sa.select(call).where(call.c.warning_id == warning_id).order_by(call.c.area, call.c.id)
    )
    return sorted((_call(row) for row in rows), key=lambda each: each.state not in UNANSWERED)


async def get(connection: AsyncConnection, call_id: int) -> Call | None:
    """One call; None if there is none."""
    row = (await connection.execute(sa.select(call).where(call.c.id == call_id))).one_or_none()
    return None if row is None else _call(row)


async def read(connection: AsyncConnection, call_id: int) -> None:
    """Somebody opened the link: 已读. It is no answer."""
    unread = [CallState.WAITING.value, CallState.CALLED.value, CallState.DELIVERED.value]
    await connection.execute(
        sa.update(call).where(call.c.id == call_id, call.c.state.in_(unread)).values(state=CallState.READ.value)
    )


async def close(connection: AsyncConnection, warning_ids: Sequence[int]) -> None:
    """No answer is wanted any more: the warning is over, or another version took its place."""
    await connection.execute(
        sa.update(call)
        .where(call.c.warning_id.in_(warning_ids), call.c.state.in_(_OPEN))
        .values(state=CallState.CLOSED.value, next_at=None)
    )


async def broadcasts(connection: AsyncConnection, warning_ids: Sequence[int]) -> Sequence[int]:
    """Numbers of the broadcasts that called for answers to these versions."""
    found = await connection.scalars(
        sa.select(message.c.broadcast_id)
        .join(call_message, call_message.c.message_id == message.c.id)
        .where(call_message.c.warning_id.in_(warning_ids))
        .distinct()
        .order_by(message.c.broadcast_id)
    )
    return list(found)


async def note_delivered(connection: AsyncConnection) -> None:
    """Calls whose message a provider has said to have arrived are 已送达."""
    arrived = (
        sa.select(address.c.subscriber_id)
        .join(delivery, delivery.c.address_id == address.c.id)
        .join(call_message, call_message.c.message_id == delivery.c.message_id)
        .where(call_message.c.warning_id == call.c.warning_id, delivery.c.state == DeliveryState.DELIVERED.value)
    )
    await connection.execute(
        sa.update(call)
        .where(call.c.state == CallState.CALLED.value, call.c.person_id.in_(arrived.correlate(call)))
        .values(state=CallState.DELIVERED.value)
    )


def _call(row: sa.Row[Any]) -> Call:
    return Call(
        id=row.id,
        warning_id=row.warning_id,
        person_id=row.person_id,
        deputy_id=row.deputy_id,
        superior_id=row.superior_id,
        role=row.role,
        area=row.area,
        state=CallState(row.state),
        steps=row.steps,
        started_at=from_instant(row.started_at),
        next_at=None if row.next_at is None else from_instant(row.next_at),
        answered_at=None if row.answered_at is None else from_instant(row.answered_at),
        answered_by=row.answered_by,
        answered_over=row.answered_over,
        answer=dict(row.answer),
        rang=tuple(row.rang),
        unclear=tuple(Unclear(**each) for each in row.unclear),
    )
