"""A notice of the warnings' room as a broadcast in the warning lane, with the words of every channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane, Message
from pusher.deliver import message_store
from pusher.plan import broadcast
from pusher.plan.planner import Outlet, Render, on_the_board
from subscribers.audience import Audience
from templates.notice import Notice


class Sender(Protocol):
    """What sending needs of the service (`pusher.warnings.office.Office`)."""

    @property
    def outlets(self) -> Mapping[str, Outlet]:
        """Configured channels by name."""
        ...

    @property
    def render(self) -> Render:
        """Puts a notice into words."""
        ...

    @property
    def public_url(self) -> str:
        """Where residents reach the board, without trailing slash; "" = nowhere."""
        ...

    def now(self) -> datetime:
        """The present, aware."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A broadcast that waits to be fanned out."""

    broadcast_id: int
    #: Number of the message by channel.
    messages: Mapping[str, int]


def in_words(
    sender: Sender, channel: str, notice: Notice, *, folder: str, expires: datetime, may_leave: bool = True
) -> Message:
    """The message of one channel; `may_leave` as in `send_to`. Raises TemplateError."""
    outlet = sender.outlets[channel]
    return sender.render(
        outlet.form,
        notice,
        folder=folder,
        lane=Lane.WARNING,
        expires=expires,
        columns=frozenset(),
        may_leave=may_leave,
        own_link=Lane.WARNING in outlet.own_links,
    )


async def send_to(
    connection: AsyncConnection,
    sender: Sender,
    notice: Notice,
    *,
    folder: str,
    channels: Sequence[str],
    audience: Audience,
    route: str,
    expires: datetime,
    by: str,
    item_id: int | None = None,
    may_leave: bool = True,
) -> Sent:
    """Store the broadcast and its rendered messages; nobody else has to approve it. Raises TemplateError.

    `may_leave`: whether the words hold a link that ends all messages; whoever is told by duty gets none.
    """
    at = sender.now()
    number = await broadcast.propose(
        connection,
        item_id=item_id,
        revision=0,
        route=route[:64],
        title=notice.title,
        lane=Lane.WARNING,
        audience=audience,
        due=at,
        expires=expires,
        by=by,
        at=at,
        approval=False,
    )
    assert number is not None
    if item_id is not None:
        notice = on_the_board(notice, item_id, [sender.outlets[name] for name in channels], sender.public_url)
    messages = {}
    for name in channels:
        outlet = sender.outlets[name]
        words = in_words(sender, name, notice, folder=folder, expires=expires, may_leave=may_leave)
        messages[name] = await message_store.add(
            connection,
            words,
            broadcast_id=number,
            channel=name,
            address_kind=outlet.address,
            expires=expires,
            groups=audience.lists,
            to_refused=bool(audience.earlier),
            by_duty=audience.warning,
        )
    return Sent(number, messages)
