"""What people write back: whoever must answer a warning has answered it, whatever the words are.

"不能到岗" is an answer as well as "收到": the words are kept for the staff who read the table. Silence is none.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.receipt import Inbound
from pusher.warnings.roll_call import calls
from subscribers.consent import Key
from subscribers.tables import address

#: Under which name the words of a reply are kept beside the answers to questions.
REPLY = "回复"


async def take(connection: AsyncConnection, key: Key, event: Inbound, channel: str, at: datetime) -> bool:
    """Answer every open call of whoever wrote; False where no answer of theirs is wanted."""
    kind, fingerprint = key
    number = await connection.scalar(
        sa.select(address.c.subscriber_id).where(address.c.fingerprint == fingerprint, address.c.kind == kind)
    )
    if number is None:
        return False
    open_calls = await calls.open_calls_of(connection, number)
    for each in open_calls:
        said = {REPLY: event.text}
        await calls.answer(connection, each.id, by=each.may_answer(number), over=channel, at=at, said=said)
    return bool(open_calls)
