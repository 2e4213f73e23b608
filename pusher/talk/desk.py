"""Who hears first what people say, and how the answer goes back: at once where a platform takes it, else by message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from channels.receipt import Inbound
from channels.sms_rules import ShortMessages, objections
from pusher.plan.planner import Outlet, Render
from pusher.talk import answers, words
from pusher.talk.commands import parse
from pusher.talk.talk import Talk
from pusher.warnings.roll_call import replies
from subscribers import consent, people
from subscribers.consent import Key
from templates.failure import TemplateError
from templates.notice import Notice

_log = structlog.get_logger()

#: The folder of templates that answers are put into words by.
FOLDER = "answer"
_BY_MESSAGE = "sms"


@dataclass(frozen=True, slots=True)
class TalkDesk:
    """Takes what people say in the transaction that stores it."""

    talk: Talk
    #: Configured channels by name.
    outlets: Mapping[str, Outlet]
    render: Render
    #: What is known beforehand of channels of short messages, by name.
    rules: Mapping[str, ShortMessages]
    #: Where the owner of an address (by its number) finds his own page.
    own_page: Callable[[int], str]

    async def hear(
        self, connection: AsyncConnection, key: Key, event: Inbound, channel: str, at: datetime
    ) -> str | None:
        """What the channel is to answer in its callback; None for nothing, also where the answer goes by message.

        Whoever must answer a warning has answered it, whatever the words are: nothing else is made of these.
        """
        by_message = self.outlets[channel].form == _BY_MESSAGE
        if self._may_be_reply(event) and await replies.take(connection, key, event, channel, at):
            return None if by_message else words.HEARD
        answer = await self.talk.hear(connection, key, event, channel, at)
        if answer is not None and by_message:
            await self._send(connection, key, answer, channel, at)
            return None
        return answer and await self._with_own_page(connection, key, answer, channel)

    def _may_be_reply(self, event: Inbound) -> bool:
        """Whatever is written; of buttons those that are no command ("收到")."""
        is_button = event.how == "click" and parse(event.text, self.talk.taxonomy) is None
        return event.act == "text" and (not event.how or is_button)

    def _gives_own_links(self, channel: str) -> bool:
        return Lane.PERSONAL in self.outlets[channel].own_links

    async def _with_own_page(self, connection: AsyncConnection, key: Key, answer: str, channel: str) -> str:
        """An answer and the way to one's own page, for whoever is stored with this address and is still its owner."""
        numbers = await people.address_numbers(connection, key)
        if not numbers or not self._gives_own_links(channel) or await consent.is_strangers(connection, key):
            return answer
        return f"{answer}\n{words.own_page(self.own_page(numbers[0]))}"

    async def _send(self, connection: AsyncConnection, key: Key, answer: str, channel: str, at: datetime) -> None:
        expires = at + answers.USEFUL
        notice = Notice(title=answer, summary="", body="", issuer="", published=None, url="")
        try:
            message = self.render(
                _BY_MESSAGE,
                notice,
                folder=FOLDER,
                lane=Lane.PERSONAL,
                expires=expires,
                columns=frozenset(),
                own_link=self._gives_own_links(channel),
            )
        except TemplateError as error:
            _log.error("not answered: a template failed", channel=channel, problem=str(error))
            return
        found = objections(self.rules[channel], message) if channel in self.rules else ()
        if found:
            _log.error("not answered: the gateway would not take it", channel=channel, problem=found[0])
            return
        await answers.send(connection, key, message, channel=channel, at=at, expires=expires)
