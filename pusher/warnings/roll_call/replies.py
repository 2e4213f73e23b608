"""What people write back to a roll-call: an answer stops the ladder, other words are kept, and asked back once.

"不能到岗" is no answer that anybody may rely on: it stands beside the call for the officers, and the deputy is called.
"错号" says that the call has reached nobody: the ladder climbs at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.receipt import Inbound
from pusher.warnings import store
from pusher.warnings.roll_call import calls
from pusher.warnings.roll_call.calls import Call
from pusher.warnings.roll_call.machine import may_be_a_machine
from pusher.warnings.roll_call.said import REPLY, answers
from subscribers import consent
from subscribers.consent import Key
from subscribers.tables import address


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of somebody's words."""

    #: Whether they were an answer.
    is_answer: bool
    #: Whether to ask what they mean: once for each call.
    is_asked_back: bool
    #: "演练" or "测试" where only drills called him, else "".
    drill: str


async def take(
    connection: AsyncConnection, key: Key, event: Inbound, channel: str, at: datetime, *, questions: Sequence[str]
) -> Reply | None:
    """Take the words for an answer to every call of whoever wrote, or keep them; None where nobody calls him.

    Whoever has answered may say more until the warning is over. A number that is another person's answers nothing.
    """
    number = await _owner(connection, key)
    if number is None or await consent.is_strangers(connection, key):
        return None
    said = answers(event.text, questions)
    is_open = await calls.open_calls_of(connection, number)
    meant = is_open or await calls.answered_calls_of(connection, number, at)
    if not meant:
        return None
    drill = await _drill(connection, meant)
    if said is not None or not is_open:
        for each in meant:
            by = each.may_answer(number)
            await calls.answer(connection, each.id, by=by, over=channel, at=at, said=said or {REPLY: event.text})
        return Reply(is_answer=True, is_asked_back=False, drill=drill)
    asked = not all(any(one.asked for one in each.unclear) for each in is_open)
    for each in is_open:
        await calls.not_understood(
            connection, each, event.text, at=at, asked=asked, is_read=not may_be_a_machine(event.text)
        )
    return Reply(is_answer=False, is_asked_back=asked, drill=drill)


async def note(connection: AsyncConnection, key: Key, event: Inbound, at: datetime) -> None:
    """Keep words that were done as a command (退订) beside the calls of whoever wrote: they answer nothing."""
    number = await _owner(connection, key)
    for each in await calls.open_calls_of(connection, number) if number is not None and event.text else ():
        await calls.not_understood(connection, each, event.text, at=at, asked=False)


async def is_called(connection: AsyncConnection, key: Key) -> bool:
    """Whether an answer of whoever has this address is wanted now."""
    number = await _owner(connection, key)
    return number is not None and bool(await calls.open_calls_of(connection, number))


async def wrong_number(connection: AsyncConnection, key: Key, event: Inbound, at: datetime) -> None:
    """Somebody else has the number by now: it stands beside the calls that came to it, and their ladders climb."""
    number = await _owner(connection, key)
    for each in await calls.open_calls_of(connection, number) if number is not None else ():
        await calls.wrong_number(connection, each, event.text, at=at)


async def _owner(connection: AsyncConnection, key: Key) -> int | None:
    kind, fingerprint = key
    number: int | None = await connection.scalar(
        sa.select(address.c.subscriber_id).where(address.c.fingerprint == fingerprint, address.c.kind == kind)
    )
    return number


async def _drill(connection: AsyncConnection, meant: Sequence[Call]) -> str:
    drills = {(await store.get(connection, number)).status.drill for number in {each.warning_id for each in meant}}
    return min(drills)
