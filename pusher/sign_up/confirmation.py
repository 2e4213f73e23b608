"""The one message that an unconfirmed address may get, through the same engine as all others.

It is a broadcast of its own with one recipient, in the personal lane: recorded, tried again, and gone when its time is
over. Its recipient is a sign-up and no subscriber, so no other words can ever find it (`pusher.deliver.addressing`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Message
from pusher.clock import to_instant
from pusher.deliver.tables import batch, delivery, message
from pusher.plan import direct
from pusher.plan.broadcast import CONFIRMING, BroadcastState
from pusher.plan.tables import broadcast
from subscribers.keys import KeyRing
from subscribers.links import CONFIRM_WITHIN, Links
from subscribers.sign_up import CODE_SLOT, LINK_SLOT, code_of, recipient
from templates.notice import Notice

#: Name of the route: no settings can name one like it, and lists of broadcasts leave it out.
ROUTE = CONFIRMING

#: The kind of address that a scan tells, and that nobody can type.
SCANNED = "openid"

#: How long a sign-up may be confirmed, by the kind of its address: a link, digits to type, a code to scan.
GOOD_FOR = {"email": CONFIRM_WITHIN, "phone": timedelta(minutes=10), SCANNED: timedelta(minutes=30)}

#: Kinds of address that are sent a code; of others none can be typed, because it could only be guessed.
TYPED = ("phone",)

#: What the codes' secret is derived for.
CODES = "sign-up codes"

_TITLE = "请确认您的订阅"
_BODY = "有人在订阅页面上填写了您的地址。如果是您本人，请确认；如果不是，不用做任何事，什么都不会改变。"


def notice(issuer: str) -> Notice:
    """What a confirmation says: nothing in it comes from whoever filled the form in."""
    return Notice(title=_TITLE, summary=_BODY, body=_BODY, issuer=issuer, published=None, url="")


def slots(ring: KeyRing, links: Links, public_url: str, now: Callable[[], datetime]) -> dict[str, Callable[[int], str]]:
    """What fills the link and the code for a recipient."""
    secret = ring.derive(CODES)
    return {
        LINK_SLOT: lambda number: f"{public_url}/confirm/{links.sign_confirm(-number, at=now())}",
        CODE_SLOT: lambda number: code_of(secret, -number),
    }


async def queue(
    connection: AsyncConnection,
    words: Message,
    number: int,
    *,
    channel: str,
    kind: str,
    at: datetime,
    expires: datetime,
) -> None:
    """Queue the confirmation of the sign-up `number`; the caller rings the bell after the commit."""
    await direct.send_to_one(
        connection,
        words,
        recipient(number),
        route=ROUTE,
        title=_TITLE,
        by="sign-up page",
        channel=channel,
        address_kind=kind,
        at=at,
        expires=expires,
    )


async def forget(connection: AsyncConnection, since: datetime, *, limit: int) -> int:
    """Delete at most `limit` confirmations that are over since then, with all that is known of them; how many."""
    over = (BroadcastState.DONE.value, BroadcastState.CANCELLED.value)
    sought = sa.select(broadcast.c.id).where(
        broadcast.c.route == ROUTE, broadcast.c.state.in_(over), broadcast.c.expires < to_instant(since)
    )
    numbers = (await connection.scalars(sought.order_by(broadcast.c.id).limit(limit))).all()
    if not numbers:
        return 0
    theirs = sa.select(message.c.id).where(message.c.broadcast_id.in_(numbers))
    await connection.execute(sa.delete(delivery).where(delivery.c.message_id.in_(theirs)))
    await connection.execute(sa.delete(batch).where(batch.c.message_id.in_(theirs)))
    await connection.execute(sa.delete(message).where(message.c.broadcast_id.in_(numbers)))
    return (await connection.execute(sa.delete(broadcast).where(broadcast.c.id.in_(numbers)))).rowcount
